"""Whether a classifier that says 90% is right nine times in ten, and how to make it so.

C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017), "On calibration of modern neural networks",
https://arxiv.org/abs/1706.04599. The confidence of a prediction is its probability, the largest of
its row. A temperature T divides all logits, p = softmax(z / T): the predictions stay as they are,
above 1 they become less sure, below 1 surer.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

EXTREMES = 0.01, 100.0  # between which a temperature is searched


class Reliability(NamedTuple):
    """Predictions sorted into bins of equal width by their confidence.

    edges: (bins + 1,) from 0 to 1; bin i is (edges[i], edges[i + 1]], the first with its 0.
    counts: (bins,) int, predictions in each.
    confidence, accuracy: (bins,) means of each; 0 where a bin is empty.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error: |accuracy - confidence|, averaged over predictions."""
        return float(np.average(np.abs(self.accuracy - self.confidence), weights=self.counts))


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Returns probabilities (examples, classes) float64.

    >>> softmax(np.log([[1, 3]])).round(3).tolist()
    [[0.25, 0.75]]
    """
    return np.exp(_log_softmax(logits, temperature))


def negative_log_likelihood(
    logits: np.ndarray, labels: Sequence[int], temperature: float = 1.0
) -> float:
    """Returns the mean nats of the labels.

    >>> round(negative_log_likelihood(np.log([[1, 3]]), [0]), 4)  # log 4
    1.3863
    """
    return float(-np.mean(_of_labels(_log_softmax(logits, temperature), labels)))


def fit_temperature(logits: np.ndarray, labels: Sequence[int]) -> float:
    """Returns the temperature that gives validation labels the fewest nats (Guo 2017).

    With b = 1 / T the nats are convex in b, so there is one minimum. One change, by J. C. Platt
    (1999), "Probabilistic outputs for support vector machines": a label counts for
    1 - 1 / (examples + 2), the rest is spread evenly over all classes. It is lost in the mistakes
    that a classifier makes, and where it made none, on a small validation set, it keeps the
    temperature from falling to 0 and every confidence from rising to 1. Where no temperature is
    better than 1 (logits that are all equal), it is 1.

    Args:
        logits: (examples, classes) float, finite; logarithms of probabilities will do.
        labels: (examples,) int.

    Raises:
        ValueError: If there is no example, or a logit is not finite.

    Seven of ten are right, all at the odds of 9 to 1; the fair odds are near 7 to 3:

    >>> temperature = fit_temperature(np.log([[9, 1]] * 1000), [0] * 700 + [1] * 300)
    >>> bool(abs(temperature - np.log(9) / np.log(7 / 3)) < 0.01)
    True
    """
    logits = np.asarray(logits, np.float64)
    if not len(logits) or not np.isfinite(logits).all():
        raise ValueError("A temperature needs finite logits of at least one example.")
    spread = 1 / (len(logits) + 2)

    def nats(log_temperature):
        scores = _log_softmax(logits, np.exp(log_temperature))
        return -np.mean((1 - spread) * _of_labels(scores, labels) + spread * scores.mean(-1))

    found = minimize_scalar(
        nats, bounds=np.log(EXTREMES), method="bounded", options={"xatol": 1e-6}
    )
    return float(np.exp(found.x)) if found.fun < nats(0.0) else 1.0


def reliability(confidence: Sequence[float], right: Sequence[bool], bins: int = 15) -> Reliability:
    """Sorts predictions into bins by confidence.

    Args:
        confidence: (predictions,) float in [0, 1].
        right: (predictions,) bool, whether each is right.
        bins: How many; 15 is what papers report.

    Raises:
        ValueError: If there is no prediction, or a confidence out of range.

    >>> table = reliability([0.2, 0.9, 0.7], [False, True, False], bins=2)
    >>> table.counts.tolist(), table.confidence.tolist(), table.accuracy.tolist()
    ([1, 2], [0.2, 0.8], [0.0, 0.5])
    >>> round(table.error, 6)  # (0.2 * 1 + 0.3 * 2) / 3
    0.266667
    """
    confidence, right = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    if not len(confidence) or not (confidence >= 0).all() or not (confidence <= 1).all():
        raise ValueError("Calibration needs at least one prediction, confidences in [0, 1].")
    edges = np.linspace(0, 1, bins + 1)
    where = np.maximum(np.searchsorted(edges, confidence, side="left") - 1, 0)
    counts = np.bincount(where, minlength=bins)
    sums = [np.bincount(where, values, minlength=bins) for values in (confidence, right)]
    return Reliability(edges, counts, *(values / np.maximum(counts, 1) for values in sums))


def expected_calibration_error(
    probabilities: np.ndarray, labels: Sequence[int], bins: int = 15
) -> float:
    """Returns by how much confidence and accuracy differ in a bin, averaged over examples.

    Args:
        probabilities: (examples, classes) float.
        labels: (examples,) int.
        bins: Of equal width.

    >>> expected_calibration_error(np.array([[0.75, 0.25]] * 4), [0, 0, 0, 1])
    0.0
    """
    right = probabilities.argmax(1) == np.asarray(labels)
    return reliability(_confidence(probabilities), right, bins).error


def brier_score(probabilities: np.ndarray, labels: Sequence[int]) -> float:
    """Returns the mean squared distance to the truth, summed over classes: 0 is best, 2 worst.

    G. W. Brier (1950), "Verification of forecasts expressed in terms of probability",
    https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    >>> brier_score(np.array([[0.5, 0.5], [0.0, 1.0]]), [0, 1])
    0.25
    """
    truth = np.eye(probabilities.shape[1])[np.asarray(labels)]
    return float(np.mean(np.sum((probabilities - truth) ** 2, -1)))


def _confidence(probabilities):
    """The largest of each row; what rounding put above 1 is 1."""
    return np.minimum(np.asarray(probabilities, np.float64).max(1), 1)


def _log_softmax(logits, temperature):
    scaled = np.asarray(logits, np.float64) / temperature
    scaled = scaled - scaled.max(-1, keepdims=True)
    return scaled - np.log(np.sum(np.exp(scaled), -1, keepdims=True))


def _of_labels(scores, labels):
    return np.take_along_axis(scores, np.asarray(labels)[:, None], -1)[:, 0]

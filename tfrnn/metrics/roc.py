"""How well a score tells two kinds of examples apart, at all thresholds at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Curve(NamedTuple):
    """A ROC curve from (0, 0) to (1, 1): (points,) float64, a point for each distinct score.

    false_alarms: the share of the negative examples at or above the score.
    hits: the share of the positive ones.
    """

    false_alarms: np.ndarray
    hits: np.ndarray


def roc(scores: Sequence[float], positive: Sequence[bool]) -> Curve:
    """Returns what is at or above each score, from above the highest to the lowest.

    Args:
        scores: (examples,) float, not NaN: the higher, the rather positive.
        positive: (examples,) bool.

    Raises:
        ValueError: If one of the two kinds is missing, or a score is NaN.

    >>> roc([0.1, 0.6, 0.6, 0.9], [False, True, False, True]).hits.tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    scores, positive = np.asarray(scores, np.float64), np.asarray(positive, bool)
    if positive.all() or not positive.any():
        raise ValueError("A ROC curve needs examples of both kinds, positive and negative.")
    if np.isnan(scores).any():
        raise ValueError(f"A ROC curve needs scores, got NaN at {np.isnan(scores).argmax()}.")
    distinct, ranks = np.unique(-scores, return_inverse=True)
    counts = (np.bincount(ranks[kind], minlength=len(distinct)) for kind in (~positive, positive))
    return Curve(*(np.concatenate([[0], np.cumsum(count)]) / count.sum() for count in counts))


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """Returns the area under the ROC curve.

    It is the chance that a positive example has a higher score than a negative one, where a tie
    counts half (H. B. Mann, D. R. Whitney 1947, https://doi.org/10.1214/aoms/1177730491).
    Out-of-scope texts are the positive ones of `auroc(-confidence, outside)`.

    Raises:
        ValueError: If one of the two kinds is missing, or a score is NaN.

    Three of the four pairs are in order and one is a tie:

    >>> auroc([0.1, 0.6, 0.6, 0.9], [False, True, False, True])
    0.875
    """
    curve = roc(scores, positive)
    return float(np.trapezoid(curve.hits, curve.false_alarms))

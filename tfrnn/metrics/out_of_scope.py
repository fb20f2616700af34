"""How well a classifier knows what it was not made for, and from which confidence on it may speak.

A text is rejected when its confidence is below a threshold. All functions take the same three:

    confidence  (texts,) float: how sure the classifier is that a text is one of its own, such as
                its largest probability, or 1 - that of an explicit out-of-scope label
    right       (texts,) bool: whether the label it would give is right; of no matter out of scope
    outside     (texts,) bool: whether the text is out of scope

S. Larson et al. (2019), "An evaluation dataset for intent classification and out-of-scope
prediction", https://arxiv.org/abs/1909.02027, has the two figures that belong together: the share
of what is in scope that gets its right label, and the share of what is out of scope that is
rejected. A threshold is chosen on validation, never on the texts that are scored with it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np


class Rejection(NamedTuple):
    """What a threshold does; each a float, or (thresholds,) float64 for many of them.

    threshold: what is below it is rejected.
    recall: share of the texts out of scope that are rejected; NaN when there are none.
    accuracy: share of the texts in scope that are accepted and get their right label: one that is
        rejected counts as wrong, so it falls as the threshold rises.
    accepted_accuracy: the right share of the texts in scope that are accepted; NaN when none is.
        It says nothing of those that are lost, and as a rule rises with the threshold.
    coverage: share of the texts in scope that are accepted.
    """

    threshold: np.ndarray | float
    recall: np.ndarray | float
    accuracy: np.ndarray | float
    accepted_accuracy: np.ndarray | float
    coverage: np.ndarray | float


def rejections(
    confidence: Sequence[float], right: Sequence[bool], outside: Sequence[bool]
) -> Rejection:
    """Returns what every threshold does that makes a difference, from none rejected to all.

    A threshold is half way between two confidences that occur, so that what chooses on validation
    has room on both sides.

    Raises:
        ValueError: If no text is in scope.

    >>> table = rejections([0.9, 0.5, 0.1], [True, True, False], [False, False, True])
    >>> table.threshold[:3].tolist(), table.recall.tolist(), table.accuracy.tolist()
    ([0.1, 0.3, 0.7], [0.0, 1.0, 1.0, 1.0], [1.0, 1.0, 0.5, 0.0])
    """
    confidence, outside = np.asarray(confidence, np.float64), np.asarray(outside, bool)
    inside = ~outside
    if not inside.any():
        raise ValueError("Rejection needs at least one text in scope.")
    distinct, ranks = np.unique(confidence, return_inverse=True)
    middle = (distinct[:-1] + distinct[1:]) / 2
    between = np.where(middle > distinct[:-1], middle, distinct[1:])  # neighbours have no middle
    threshold = np.concatenate([distinct[:1], between, [np.nextafter(distinct[-1], np.inf)]])
    silenced, correct, strangers = (
        np.concatenate([[0], np.cumsum(np.bincount(ranks, kind, len(distinct)))])
        for kind in (inside, inside & np.asarray(right, bool), outside)
    )  # how many of each kind a threshold rejects
    accepted, correct = inside.sum() - silenced, correct[-1] - correct
    return Rejection(
        threshold=threshold,
        recall=_share(strangers, outside.sum()),
        accuracy=_share(correct, inside.sum()),
        accepted_accuracy=_share(correct, accepted),
        coverage=_share(accepted, inside.sum()),
    )


def at_threshold(
    confidence: Sequence[float],
    right: Sequence[bool],
    outside: Sequence[bool],
    threshold: float,
) -> Rejection:
    """Returns what one threshold does, chosen elsewhere: all floats.

    >>> at_threshold([0.9, 0.5, 0.1], [True, True, False], [False, False, True], 0.6)
    Rejection(threshold=0.6, recall=1.0, accuracy=0.5, accepted_accuracy=1.0, coverage=0.5)
    """
    confidence, outside = np.asarray(confidence, np.float64), np.asarray(outside, bool)
    accepted = confidence >= threshold
    correct = accepted & ~outside & np.asarray(right, bool)
    inside, kept = (~outside).sum(), (accepted & ~outside).sum()
    return Rejection(
        threshold=float(threshold),
        recall=float(_share((~accepted & outside).sum(), outside.sum())),
        accuracy=float(_share(correct.sum(), inside)),
        accepted_accuracy=float(_share(correct.sum(), kept)),
        coverage=float(_share(kept, inside)),
    )


def recall_at_accuracy(
    confidence: Sequence[float],
    right: Sequence[bool],
    outside: Sequence[bool],
    least: float = 0.9,
) -> float | None:
    """Returns the highest out-of-scope recall at an in-scope accuracy of at least `least`.

    In-scope accuracy is after rejection, and a rejected text of the scope counts as wrong. Of the
    texts themselves the best threshold is taken, so this figure describes the score, as AUROC
    does; what a user gets is `at_threshold` with a threshold from validation.

    Returns:
        A share, or None where the accuracy is lower even with nothing rejected.

    Raises:
        ValueError: If one of the two kinds of texts is missing.

    >>> recall_at_accuracy([0.9, 0.5, 0.1], [True, True, False], [False, False, True], 1.0)
    1.0
    """
    table = _with_strangers(confidence, right, outside)
    good = table.accuracy >= least
    return float(table.recall[good].max()) if good.any() else None


def recall_at_accepted_accuracy(
    confidence: Sequence[float],
    right: Sequence[bool],
    outside: Sequence[bool],
    least: float = 0.9,
) -> float | None:
    """Returns the out-of-scope recall once the accepted texts are right in at least `least`.

    The other usual reading of "accuracy after rejection": what is rejected does not count. Who
    rejects nearly everything reaches any accuracy and any recall, so the threshold is the lowest
    that reaches it; read it beside the coverage.

    Returns:
        A share, or None where no threshold reaches the accuracy.

    Raises:
        ValueError: If one of the two kinds of texts is missing.

    The text at 0.2 has to go, and takes the stranger along:

    >>> recall_at_accepted_accuracy([0.9, 0.2, 0.1], [True, False, False], [False, False, True])
    1.0
    """
    table = _with_strangers(confidence, right, outside)
    good = table.accepted_accuracy >= least
    return float(table.recall[good.argmax()]) if good.any() else None


def balanced_mean(recall: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Returns (recall + accuracy) / 2: a point of one is worth a point of the other."""
    return (recall + accuracy) / 2


def harmonic_mean(recall: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Returns 2 / (1 / recall + 1 / accuracy): neither may be low; 0 where one is."""
    both = np.asarray(recall + accuracy, np.float64)
    return 2 * recall * accuracy / np.where(both > 0, both, 1)


def choose_threshold(
    confidence: Sequence[float],
    right: Sequence[bool],
    outside: Sequence[bool],
    worth: Callable[[np.ndarray, np.ndarray], np.ndarray] = balanced_mean,
) -> float:
    """Returns the threshold with the best (out-of-scope recall, in-scope accuracy).

    For validation texts of both kinds. Of thresholds that are equally good, the lowest.

    Args:
        confidence: See the module.
        right: See the module.
        outside: See the module.
        worth: (thresholds,) recalls and accuracies -> what each pair is worth.

    Raises:
        ValueError: If one of the two kinds of texts is missing.

    >>> choose_threshold([0.9, 0.5, 0.1], [True, True, False], [False, False, True])
    0.3
    """
    table = _with_strangers(confidence, right, outside)
    return float(table.threshold[worth(table.recall, table.accuracy).argmax()])


def keep_accuracy(
    confidence: Sequence[float], right: Sequence[bool], outside: Sequence[bool], least: float
) -> float:
    """Returns the highest threshold at which in-scope accuracy is at least `least`.

    It rejects as much as it may, and works without a single text out of scope. A rejected text of
    the scope counts as wrong. Where the accuracy is lower anyway, nothing is rejected.

    Raises:
        ValueError: If no text is in scope.

    >>> keep_accuracy([0.9, 0.5, 0.1], [True, True, False], [False, False, False], 0.3)
    0.7
    """
    table = rejections(confidence, right, outside)
    good = np.flatnonzero(table.accuracy >= least)
    return float(table.threshold[good[-1]] if len(good) else table.threshold[0])


def _with_strangers(confidence, right, outside):
    if not np.any(outside):
        raise ValueError("Out-of-scope recall needs at least one text out of scope.")
    return rejections(confidence, right, outside)


def _share(count, total):
    """Count / total, NaN where the total is 0."""
    total = np.asarray(total, np.float64)
    return np.where(total > 0, count / np.where(total > 0, total, 1), np.nan)

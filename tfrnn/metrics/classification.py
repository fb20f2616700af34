"""How often a classifier is right, label by label, and where it goes wrong.

Labels and predictions are ids (examples,) int in [0, classes). A matrix of confusions is
(classes, classes) int64, rows true, columns predicted; what is said of single labels is computed
from it, for sentences and for the words of a tagger alike.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class LabelScores(NamedTuple):
    """Of each label: (classes,) arrays; a score without a single case is 0.

    precision: the share of right ones among what was predicted to be this label.
    recall: the share that was found of what is this label.
    f1: their harmonic mean, 2 true positives / (predicted + true).
    support: how many examples have this label.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


class Confusion(NamedTuple):
    """`count` examples of `label` were taken for `prediction`, a `share` of that label's."""

    label: int
    prediction: int
    count: int
    share: float


class Mistake(NamedTuple):
    """An example that was labelled wrong.

    index: which. label: its label. prediction: what was predicted, at this `confidence`.
    chance: the probability that the label itself was given.
    """

    index: int
    label: int
    prediction: int
    confidence: float
    chance: float


def accuracy(labels: Sequence[int], predictions: Sequence[int]) -> float:
    """Returns the share of predictions that are right.

    >>> accuracy([0, 1, 2, 2], [0, 2, 2, 2])
    0.75

    Raises:
        ValueError: If there is none, or one for something else.
    """
    labels, predictions = _pair(labels, predictions)
    return float(np.mean(labels == predictions))


def confusion_matrix(labels: Sequence[int], predictions: Sequence[int], classes: int) -> np.ndarray:
    """Returns (classes, classes) int64: how many of each label (row) were taken for each (column).

    >>> confusion_matrix([0, 1, 2, 2], [0, 2, 2, 2], classes=3).tolist()
    [[1, 0, 0], [0, 0, 1], [0, 0, 2]]

    Raises:
        ValueError: If there is none, one for something else, or an id out of range.
    """
    labels, predictions = _pair(labels, predictions)
    for ids in (labels, predictions):
        if ids.min() < 0 or ids.max() >= classes:
            raise ValueError(f"Ids must be in [0, {classes}), got {ids.min()} to {ids.max()}.")
    cells = np.bincount(labels * classes + predictions, minlength=classes**2)
    return cells.reshape(classes, classes)


def label_scores(matrix: np.ndarray) -> LabelScores:
    """Returns precision, recall, F1 and support of each label.

    Of the two that are not 0, one was right and the other not found:

    >>> scores = label_scores(np.array([[1, 0, 0], [0, 0, 1], [0, 0, 2]]))
    >>> scores.precision.round(3).tolist(), scores.recall.tolist(), scores.f1.tolist()
    ([1.0, 0.0, 0.667], [1.0, 0.0, 1.0], [1.0, 0.0, 0.8])
    """
    right, true, predicted = np.diagonal(matrix), matrix.sum(1), matrix.sum(0)
    return LabelScores(
        precision=right / np.maximum(predicted, 1),
        recall=right / np.maximum(true, 1),
        f1=2 * right / np.maximum(true + predicted, 1),
        support=true,
    )


def macro_f1(matrix: np.ndarray) -> float:
    """Returns the mean F1 of the labels that occur, be it as a label or as a prediction.

    Rare labels weigh as much as frequent ones. A label that neither occurs nor is predicted says
    nothing of the model and is left out, as scikit-learn does.

    >>> round(macro_f1(np.array([[1, 0, 0], [0, 0, 1], [0, 0, 2]])), 3)
    0.6
    """
    occurs = matrix.sum(0) + matrix.sum(1) > 0
    return float(np.mean(label_scores(matrix).f1[occurs]))


def most_confused(matrix: np.ndarray, most: int = 20) -> list[Confusion]:
    """Returns the pairs (label, prediction) that are mistaken most often, the most frequent first.

    Of pairs that are mistaken equally often, the larger share of its label comes first.

    >>> most_confused(np.array([[8, 2], [1, 1]]))
    [Confusion(label=0, prediction=1, count=2, share=0.2), Confusion(label=1, prediction=0, \
count=1, share=0.5)]
    """
    support = matrix.sum(1)
    pairs = [
        Confusion(row, column, int(matrix[row, column]), float(matrix[row, column] / support[row]))
        for row, column in np.argwhere(matrix).tolist()
        if row != column
    ]
    return sorted(pairs, key=lambda pair: (-pair.count, -pair.share))[:most]


def worst_mistakes(
    probabilities: np.ndarray, labels: Sequence[int], most: int = 20
) -> list[Mistake]:
    """Returns the wrong predictions that were the surest, the surest first.

    These are the examples to read: a wrong label in the data, or what the model has yet to learn.

    Args:
        probabilities: (examples, classes) float.
        labels: (examples,) int.
        most: So many at most.

    >>> worst_mistakes(np.array([[0.9, 0.1], [0.3, 0.7], [0.8, 0.2]]), [1, 0, 0])
    [Mistake(index=0, label=1, prediction=0, confidence=0.9, chance=0.1), Mistake(index=1, \
label=0, prediction=1, confidence=0.7, chance=0.3)]
    """
    labels, predictions = _pair(labels, probabilities.argmax(1))
    wrong = np.flatnonzero(labels != predictions)
    confidence = probabilities.max(1)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:most]
    return [
        Mistake(
            index=int(i),
            label=int(labels[i]),
            prediction=int(predictions[i]),
            confidence=float(confidence[i]),
            chance=float(probabilities[i, labels[i]]),
        )
        for i in surest
    ]


def _pair(labels, predictions):
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if len(labels) == 0 or labels.shape != predictions.shape:
        raise ValueError(
            "A score needs a prediction for each of at least one label, got "
            f"{len(predictions):,} for {len(labels):,}."
        )
    return labels, predictions

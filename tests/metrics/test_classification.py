"""Scores of labels against scikit-learn, and the mistakes that are shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from tfrnn.metrics.classification import (
    Confusion,
    accuracy,
    confusion_matrix,
    label_scores,
    macro_f1,
    most_confused,
    worst_mistakes,
)

CLASSES = 5
PAIRS = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=40
)


@settings(deadline=None)
@given(PAIRS)
def test_scikit_learn_agrees(pairs):
    labels, predictions = np.array(pairs).T
    every = {"labels": range(CLASSES), "zero_division": 0}
    matrix = confusion_matrix(labels, predictions, CLASSES)
    wanted = oracle.confusion_matrix(labels, predictions, labels=range(CLASSES))
    np.testing.assert_array_equal(matrix, wanted)
    assert accuracy(labels, predictions) == pytest.approx(
        oracle.accuracy_score(labels, predictions), abs=1e-15
    )
    wanted = oracle.precision_recall_fscore_support(labels, predictions, **every)
    np.testing.assert_allclose(label_scores(matrix), wanted, atol=1e-15)
    wanted = oracle.f1_score(labels, predictions, average="macro", zero_division=0)
    assert macro_f1(matrix) == pytest.approx(wanted, abs=1e-15)


@settings(deadline=None)
@given(PAIRS)
def test_confusions_are_all_the_mistakes_in_order(pairs):
    labels, predictions = np.array(pairs).T
    matrix = confusion_matrix(labels, predictions, CLASSES)
    found = most_confused(matrix, most=CLASSES**2)
    assert sum(pair.count for pair in found) == np.sum(labels != predictions)
    for pair in found:
        taken = (labels == pair.label) & (predictions == pair.prediction)
        assert pair.count == taken.sum() and pair.label != pair.prediction
        assert pair.share == pytest.approx(pair.count / np.sum(labels == pair.label))
    order = [(pair.count, pair.share) for pair in found]
    assert order == sorted(order, reverse=True)
    assert most_confused(matrix, most=2) == found[:2]


def test_confusions_by_hand():
    """Two are taken for 1 of the ten that are 0 and of the four that are 2."""
    matrix = np.array([[8, 2, 0], [0, 7, 1], [0, 2, 2]])
    assert most_confused(matrix) == [
        Confusion(label=2, prediction=1, count=2, share=0.5),
        Confusion(label=0, prediction=1, count=2, share=0.2),
        Confusion(label=1, prediction=2, count=1, share=0.125),
    ]


def test_the_surest_mistakes_come_first():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 200)
    labels = rng.integers(0, 4, 200)
    found = worst_mistakes(probabilities, labels, most=10)
    wrong = [i for i in range(200) if probabilities[i].argmax() != labels[i]]
    wanted = sorted(wrong, key=lambda i: -probabilities[i].max())[:10]
    assert [mistake.index for mistake in found] == wanted
    for mistake in found:
        row = probabilities[mistake.index]
        assert (mistake.label, mistake.prediction) == (labels[mistake.index], row.argmax())
        assert (mistake.confidence, mistake.chance) == (row.max(), row[labels[mistake.index]])


def test_without_mistakes_there_are_none():
    assert worst_mistakes(np.eye(3), [0, 1, 2]) == []
    assert most_confused(3 * np.eye(3, dtype=int)) == []


def test_a_single_label():
    matrix = confusion_matrix([0, 0], [0, 0], classes=1)
    assert matrix.tolist() == [[2]]
    assert macro_f1(matrix) == 1
    assert accuracy([0, 0], [0, 0]) == 1


def test_a_label_that_does_not_occur_scores_nothing_and_does_not_count():
    matrix = confusion_matrix([0, 1], [0, 1], classes=3)
    assert label_scores(matrix).f1.tolist() == [1, 1, 0]
    assert macro_f1(matrix) == 1


@pytest.mark.parametrize("labels, predictions", [([], []), ([0], []), ([0, 1], [0])])
def test_what_cannot_be_scored_is_refused(labels, predictions):
    with pytest.raises(ValueError, match=f"got {len(predictions)} for {len(labels)}"):
        accuracy(labels, predictions)
    with pytest.raises(ValueError, match=f"got {len(predictions)} for {len(labels)}"):
        confusion_matrix(labels, predictions, 2)


@pytest.mark.parametrize("labels, predictions", [([0, 2], [0, 1]), ([0, 1], [-1, 1])])
def test_ids_out_of_range_are_refused(labels, predictions):
    with pytest.raises(ValueError, match=r"Ids must be in \[0, 2\), got (0 to 2|-1 to 1)"):
        confusion_matrix(labels, predictions, classes=2)

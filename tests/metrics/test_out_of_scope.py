"""Thresholds by trying each of them, and the definitions that are easily mixed up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfrnn.metrics.out_of_scope import (
    at_threshold,
    balanced_mean,
    choose_threshold,
    harmonic_mean,
    keep_accuracy,
    recall_at_accepted_accuracy,
    recall_at_accuracy,
    rejections,
)

# Eight texts in scope (three labelled wrong) and four out of it.
CONFIDENCE = [0.9, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.6, 0.4, 0.2, 0.1]
RIGHT = [True, True, True, False, True, True, False, False, *[False] * 4]
OUTSIDE = [False] * 8 + [True] * 4
TEXTS = (CONFIDENCE, RIGHT, OUTSIDE)

DRAWN = st.lists(
    st.tuples(st.integers(0, 8), st.booleans(), st.booleans()), min_size=1, max_size=25
)  # few confidences, so that ties come up


def split(drawn):
    confidence, right, outside = zip(*drawn)
    return np.array(confidence) / 8, np.array(right), np.array(outside)


def of_both(drawn):
    return len({outside for *_, outside in drawn}) == 2


def slow_twin(texts, threshold):
    """Recall, accuracy, accuracy of the accepted, coverage: text by text."""
    inside = [(c >= threshold, r) for c, r, o in zip(*texts) if not o]
    strangers = [c < threshold for c, _, o in zip(*texts) if o]
    accepted = [r for kept, r in inside if kept]
    return (
        np.mean(strangers) if strangers else np.nan,
        np.mean([kept and r for kept, r in inside]),
        np.mean(accepted) if accepted else np.nan,
        len(accepted) / len(inside),
    )


@settings(deadline=None)
@given(DRAWN.filter(lambda drawn: not all(outside for *_, outside in drawn)))
def test_every_threshold_does_what_the_slow_twin_says(drawn):
    texts = split(drawn)
    table = rejections(*texts)
    for threshold, *found in zip(*table):
        np.testing.assert_allclose(found, slow_twin(texts, threshold), rtol=1e-12)
        np.testing.assert_allclose(at_threshold(*texts, threshold)[1:], found, rtol=1e-12)
    rejected = [(texts[0] < threshold).sum() for threshold in table.threshold]
    assert rejected[0] == 0 and rejected[-1] == len(drawn)
    assert len(rejected) == len(set(rejected)) == len(set(texts[0])) + 1


def test_a_rejected_text_is_wrong_for_one_accuracy_and_absent_from_the_other():
    """At 0.55 three of eight are gone, of the five that stay four are right."""
    found = at_threshold(*TEXTS, 0.55)
    assert found == (0.55, 3 / 4, 4 / 8, 4 / 5, 5 / 8)


def test_what_equals_the_threshold_is_accepted():
    assert at_threshold(*TEXTS, 0.6) == (0.6, *at_threshold(*TEXTS, 0.55)[1:])


@settings(deadline=None)
@given(DRAWN.filter(of_both), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
def test_recalls_are_the_best_of_all_thresholds(drawn, least):
    texts = split(drawn)
    tried = [slow_twin(texts, threshold) for threshold in np.arange(-1, 18) / 16]
    wanted = [recall for recall, accuracy, *_ in tried if accuracy >= least]
    assert recall_at_accuracy(*texts, least) == (max(wanted) if wanted else None)
    wanted = [recall for recall, _, accepted, _ in tried if accepted >= least]
    assert recall_at_accepted_accuracy(*texts, least) == (wanted[0] if wanted else None)


def test_recalls_by_hand():
    """Nothing below 0.5 may stay for 5 of 8 right; from 0.65 on 3 of 4 are, from 0.75 on all."""
    assert recall_at_accuracy(*TEXTS, 5 / 8) == 3 / 4
    assert recall_at_accuracy(*TEXTS, 0.7) is None
    assert recall_at_accepted_accuracy(*TEXTS, 0.8) == 3 / 4
    assert recall_at_accepted_accuracy(*TEXTS, 0.9) == 1
    assert recall_at_accepted_accuracy([0.5, 0.2], [False, False], [False, True]) is None


@settings(deadline=None)
@given(DRAWN.filter(of_both), st.sampled_from([balanced_mean, harmonic_mean]))
def test_no_threshold_is_worth_more_than_the_chosen(drawn, worth):
    texts = split(drawn)
    chosen = choose_threshold(*texts, worth=worth)
    best = worth(*slow_twin(texts, chosen)[:2])
    tried = [(worth(*slow_twin(texts, t)[:2]), -t) for t in np.arange(-1, 18) / 16]
    value, lowest = max(tried)
    assert best == pytest.approx(value, abs=1e-12)
    assert (texts[0] < chosen).sum() <= (texts[0] < -lowest).sum()


def test_means():
    assert balanced_mean(0.2, 0.6) == pytest.approx(0.4)
    assert harmonic_mean(0.2, 0.6) == pytest.approx(0.3)
    assert harmonic_mean(np.array([0.0, 0.5]), np.array([0.0, 0.5])).tolist() == [0, 0.5]


@settings(deadline=None)
@given(DRAWN.filter(lambda drawn: not all(outside for *_, outside in drawn)))
def test_as_much_is_rejected_as_accuracy_allows(drawn):
    texts = split(drawn)
    most = slow_twin(texts, -1)[1]
    for least in {most, most / 2}:
        threshold = keep_accuracy(*texts, least)
        assert slow_twin(texts, threshold)[1] >= least
        above = texts[0][texts[0] >= threshold]
        if len(above):
            higher = np.nextafter(above.min(), 2)
            assert slow_twin(texts, higher)[1] < least
    assert (texts[0] >= keep_accuracy(*texts, most + 0.01)).all()


def test_a_threshold_lies_half_way():
    assert choose_threshold(*TEXTS) == pytest.approx(0.45)
    assert keep_accuracy(*TEXTS, 5 / 8) == pytest.approx(0.45)


def test_a_threshold_between_neighbours_tells_them_apart():
    low, high = 0.5, np.nextafter(0.5, 1)
    threshold = choose_threshold([high, low], [True, False], [False, True])
    assert low < threshold <= high


def test_thresholds_can_be_written_as_json():
    table = rejections([1.0, 0.0], [True, True], [False, False])
    assert np.isfinite(table.threshold).all()


def test_without_strangers_there_is_no_recall():
    texts = ([0.9, 0.4], [True, False], [False, False])
    assert np.isnan(rejections(*texts).recall).all()
    assert np.isnan(at_threshold(*texts, 0.5).recall)
    for score in (recall_at_accuracy, recall_at_accepted_accuracy, choose_threshold):
        with pytest.raises(ValueError, match="at least one text out of scope"):
            score(*texts)


def test_with_strangers_alone_there_is_nothing_to_keep():
    with pytest.raises(ValueError, match="at least one text in scope"):
        rejections([0.9], [False], [True])

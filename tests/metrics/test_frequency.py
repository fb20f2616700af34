"""Baselines that count."""

import numpy as np
import pytest

from tfrnn.metrics.frequency import MajorityClass, MostFrequentTag


def test_the_majority_has_its_share():
    model = MajorityClass.fit([2, 0, 2, 2, 1], classes=4)
    found = model.predict_proba(["any", "", "text"])
    np.testing.assert_allclose(found, [[0.2, 0.2, 0.6, 0]] * 3)
    assert model.predict_proba([]).shape == (0, 4)


@pytest.mark.parametrize("labels", [[], [3], [-1, 0]])
def test_labels_out_of_range_are_refused(labels):
    with pytest.raises(ValueError, match=r"at least one label, all in \[0, 3\)"):
        MajorityClass.fit(labels, classes=3)


WORDS = [["run", "runs", "Run"], ["run", "run"], ["well", "the", "the"]]
TAGS = [["N", "V", "X"], ["V", "V"], ["A", "D", "D"]]


def test_each_word_gets_its_most_frequent_tag_and_others_that_of_all():
    model = MostFrequentTag.fit(WORDS, TAGS)
    assert model.predict(["run", "Run", "the", "unseen", ""]) == ["V", "X", "D", "V", "V"]
    assert model.predict([]) == []


def test_ties_go_to_the_tag_that_is_more_frequent_overall_then_by_name():
    words, tags = [["a", "a"], ["b", "b"], ["c"]], [["X", "N"], ["Z", "Y"], ["X"]]
    for order in ([0, 1, 2], [2, 1, 0]):
        model = MostFrequentTag.fit([words[i] for i in order], [tags[i][::-1] for i in order])
        assert model.predict(["a", "b", "d"]) == ["X", "Y", "X"]


@pytest.mark.parametrize(
    "words, tags", [([], []), ([[]], [[]]), ([["a"]], []), ([["a", "b"]], [["X"]])]
)
def test_words_without_tags_are_refused(words, tags):
    with pytest.raises(ValueError, match=r"at least one word|argument"):
        MostFrequentTag.fit(words, tags)

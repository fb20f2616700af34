"""Spans against seqeval, a second implementation of conlleval, and words by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support

from tfrnn.metrics.tags import (
    Span,
    are_bio,
    sentence_accuracy,
    span_score,
    span_scores,
    spans,
    token_accuracy,
    unseen_accuracy,
)

TAGS = st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b", "B-a-b", "I-a-b"])
SENTENCES = st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=8), min_size=1, max_size=5)


def split(sentences):
    return [[[pair[side] for pair in sentence] for sentence in sentences] for side in (0, 1)]


def by_seqeval(tags, predictions, average=None):
    return precision_recall_fscore_support(tags, predictions, average=average, zero_division=0)


@settings(deadline=None)
@given(st.lists(TAGS, max_size=10))
def test_seqeval_finds_the_same_spans(tags):
    wanted = [Span(kind, first, last + 1) for kind, first, last in get_entities(tags)]
    assert spans(tags) == wanted


@settings(deadline=None)
@given(SENTENCES)
def test_seqeval_scores_alike(sentences):
    tags, predictions = split(sentences)
    np.testing.assert_allclose(
        span_score(tags, predictions), by_seqeval(tags, predictions, "micro"), atol=1e-12
    )
    found = span_scores(tags, predictions)
    if found:
        wanted = np.transpose(by_seqeval(tags, predictions))
        np.testing.assert_allclose(list(found.values()), wanted, atol=1e-12)
    assert list(found) == sorted({span.type for s in [*tags, *predictions] for span in spans(s)})


def test_a_sentence_by_hand():
    """Of three spans one is found whole, one cut short, one with another type; one is invented."""
    tags = ["B-artist", "I-artist", "O", "B-year", "O", "B-song", "I-song"]
    guess = ["B-artist", "I-artist", "B-year", "B-song", "O", "B-song", "O"]
    found = span_score([tags], [guess])
    assert found == (1 / 4, 1 / 3, 2 / 7, 3)
    assert span_scores([tags], [guess]) == {
        "artist": (1, 1, 1, 1),
        "song": (0, 0, 0, 1),
        "year": (0, 0, 0, 1),
    }


@pytest.mark.parametrize(
    "tags, wanted",
    [
        ([], []),
        (["O", "O"], []),
        (["I-a"], [("a", 0, 1)]),
        (["O", "I-a", "I-a"], [("a", 1, 3)]),
        (["B-a", "I-b"], [("a", 0, 1), ("b", 1, 2)]),
        (["B-a", "B-a"], [("a", 0, 1), ("a", 1, 2)]),
        (["I-a", "B-a", "I-a"], [("a", 0, 1), ("a", 1, 3)]),
        (["B-a", "O", "I-a"], [("a", 0, 1), ("a", 2, 3)]),
    ],
)
def test_where_spans_begin(tags, wanted):
    assert spans(tags) == wanted


def test_a_span_does_not_reach_into_the_next_sentence():
    assert span_score([["B-a"], ["I-a"]], [["B-a"], ["I-a"]]).support == 2


def test_no_spans_score_nothing():
    assert span_score([["O"]], [["O"]]) == (0, 0, 0, 0)
    assert span_scores([["O"]], [["O"]]) == {}


@pytest.mark.parametrize("tag", ["NOUN", "B", "B-", "E-a", "b-a", "", "B_a"])
def test_other_tags_are_no_spans(tag):
    assert not are_bio(["O", "B-a", tag])
    with pytest.raises(ValueError, match=f"Spans need tags O, B-type and I-type, got '{tag}'"):
        spans(["O", tag])


def test_bio():
    assert are_bio(["B-a"]) and are_bio({"I-a", "O"})
    assert not are_bio([]) and not are_bio(["O"])


def test_words():
    words = [["the", "gnu", "ran"], ["gnus"]]
    tags, guess = [["D", "N", "V"], ["N"]], [["D", "N", "N"], ["V"]]
    assert token_accuracy(tags, guess) == 2 / 4
    assert sentence_accuracy(tags, guess) == 0
    assert sentence_accuracy(tags, [["D", "N", "V"], ["V"]]) == 1 / 2
    assert unseen_accuracy(words, tags, guess, known={"the", "ran"}) == 1 / 2
    assert unseen_accuracy(words, tags, guess, known=["the", "ran", "gnu"]) == 0
    assert unseen_accuracy(words, tags, guess, known=["the", "gnu", "ran", "gnus"]) is None


def test_an_empty_sentence_is_right_and_has_no_word():
    assert sentence_accuracy([[], ["N"]], [[], ["V"]]) == 1 / 2
    assert token_accuracy([[], ["N"]], [[], ["N"]]) == 1
    with pytest.raises(ValueError, match="at least one word"):
        token_accuracy([[]], [[]])
    with pytest.raises(ValueError, match="at least one sentence"):
        sentence_accuracy([], [])


@pytest.mark.parametrize("score", [token_accuracy, sentence_accuracy, span_score, span_scores])
def test_lengths_that_differ_are_refused(score):
    with pytest.raises(ValueError, match=r"predictions for 1 of 2 sentences"):
        score([["O"], ["O"]], [["O"]])
    with pytest.raises(ValueError, match="Sentence 1 needs a tag for each of its 2 words, got 1"):
        score([["O"], ["O", "O"]], [["O"], ["O"]])


def test_words_without_tags_are_refused():
    with pytest.raises(ValueError, match="argument"):
        unseen_accuracy([["a", "b"]], [["O"]], [["O"]], known=[])

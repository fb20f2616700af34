"""Ranks by hand, and against scikit-learn where there are no ties."""

import numpy as np
import pytest
from sklearn.metrics import label_ranking_average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

from tfrnn.metrics.retrieval import (
    chance,
    cosines,
    found,
    mean_reciprocal_rank,
    ranks,
    unit,
    word_cosines,
)

SCORES = np.random.default_rng(0).normal(size=(40, 10))


def test_ranks_by_hand():
    scores = np.array([[3.0, 1, 2], [1, 2, 3], [2, 2, 1], [0, 0, 0]])
    np.testing.assert_array_equal(ranks(scores), [1, 3, 1.5, 2])
    assert mean_reciprocal_rank(scores) == pytest.approx(np.mean([1, 1 / 3, 1 / 1.5, 1 / 2]))
    assert found(scores) == pytest.approx(np.mean([1, 0, 1 / 2, 1 / 3]))


def test_without_ties_it_is_what_scikit_learn_says():
    truth = np.zeros_like(SCORES, int)
    truth[:, 0] = 1  # the mean precision of one right label is its reciprocal rank
    wanted = label_ranking_average_precision_score(truth, SCORES)
    assert mean_reciprocal_rank(SCORES) == pytest.approx(wanted)
    assert found(SCORES) == np.mean(SCORES.argmax(1) == 0)


def test_who_guesses_comes_to_chance():
    draws = np.random.default_rng(1).random((20_000, 10))
    assert mean_reciprocal_rank(draws) == pytest.approx(chance(10), rel=0.02)
    assert mean_reciprocal_rank(np.zeros((3, 10))) < chance(10)  # knowing nothing gains nothing


def test_cosines():
    vectors = np.vstack([SCORES[:6], np.zeros(10)])
    np.testing.assert_allclose(cosines(vectors), cosine_similarity(vectors), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(unit(vectors), axis=1), [1] * 6 + [0])


def test_words_in_common():
    known = ["a cat sleeps", "a dog runs", "a dog sleeps"]
    table = word_cosines(known, ["a cat sleeps", "the cat sleeps", "dogs run"])
    assert table[0, 0] == pytest.approx(1) and table[0, 1] > 0.5
    assert table[0, 2] == 0

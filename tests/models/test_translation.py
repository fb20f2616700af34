"""Translations by their words."""

import numpy as np

from models.translation import Translation, by_words


def test_the_pieces_of_words_are_put_together():
    weights = np.array([[0.5, 0.25, 0.25, 0], [0.125, 0.125, 0.5, 0.25], [0, 0, 0, 1]], np.float32)
    source, pieces = ("▁a", "b", "▁c", "<end>"), ("▁x", "y", "<end>")
    found = by_words(Translation("xy", 0.0, True, source, pieces, weights))
    assert found[1:] == (["ab", "c", "<end>"], ["xy", "<end>"])
    np.testing.assert_array_equal(found[0], [[0.5, 0.375, 0.125], [0, 0, 1]])
    cut = by_words(Translation("xy", 0.0, False, source, pieces[:2], weights[:2]))
    assert cut[2] == ["xy"] and cut[0].shape == (1, 3)
    spelt = ("▁", "a", "b", "<end>")
    found = by_words(Translation("ab", 0.0, True, spelt, spelt[2:], weights[1:]))
    assert found[1:] == ([*spelt], ["b", "<end>"])
    np.testing.assert_array_equal(found[0], weights[1:])

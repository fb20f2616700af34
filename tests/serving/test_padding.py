"""Padding that other rows of a batch need is taken from a request's outputs."""

import numpy as np

from tfrnn.serving.padding import axes_of, cut


def strings(rows):
    return np.array(rows, object)


def test_tags_are_cut_to_the_words_of_the_request():
    found = cut(
        {
            "words": strings([[b"a", b"", b"c", b"", b""], [b"a", b"", b"", b"", b""]]),
            "tags": strings([[b"X", b"", b"Y", b"", b""], [b"X", b"", b"", b"", b""]]),
            "probabilities": np.arange(10.0).reshape(2, 5),
        }
    )
    assert found["words"].tolist() == [[b"a", b"", b"c"], [b"a", b"", b""]]
    assert found["tags"].shape == (2, 3)
    assert found["probabilities"].tolist() == [[0, 1, 2], [5, 6, 7]]


def test_a_translation_is_cut_on_both_axes():
    pieces = strings([[[b"ein", b"Hund", b"", b""], [b"Hund", b"", b"", b""]]])
    weights = np.arange(2 * 4 * 5.0).reshape(1, 2, 4, 5)
    found = cut(
        {
            "text": strings([[b"ein Hund", b"Hund"]]),
            "scores": np.zeros([1, 2]),
            "ended": np.ones([1, 2], bool),
            "source": strings([[b"a", b"dog", b"</s>", b"", b""]]),
            "pieces": pieces,
            "weights": weights,
        }
    )
    assert found["pieces"].shape == (1, 2, 2)
    assert found["source"].tolist() == [[b"a", b"dog", b"</s>"]]
    np.testing.assert_array_equal(found["weights"], weights[:, :, :2, :3])
    assert found["scores"].shape == found["text"].shape == (1, 2)


def test_a_caption_keeps_all_its_places():
    found = cut(
        {
            "text": strings([[b"x"]]),
            "scores": np.zeros([1, 1]),
            "ended": np.ones([1, 1], bool),
            "grid": np.array([[7, 7]]),
            "pieces": strings([[[b"x", b"", b""]]]),
            "weights": np.zeros([1, 1, 3, 49]),
        }
    )
    assert found["weights"].shape == (1, 1, 1, 49) and found["grid"].tolist() == [[7, 7]]


def test_nothing_is_cut_of_what_is_not_known():
    outputs = {"words": strings([[b"a", b""]]), "numbers": np.zeros([1, 2])}
    assert axes_of(outputs) == {}
    assert cut(outputs)["words"].shape == (1, 2)


def test_texts_without_a_word():
    empty = {"words": strings([[b"", b""]]), "tags": strings([[b"", b""]])}
    found = cut(empty | {"probabilities": np.zeros([1, 2])})
    assert {value.shape for value in found.values()} == {(1, 0)}
    none = {"words": np.zeros([1, 0], object), "tags": np.zeros([1, 0], object)}
    assert cut(none | {"probabilities": np.zeros([1, 0])})["tags"].shape == (1, 0)

"""Layers that read words by their spelling, against plain Python; and words left out."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close
from tfrnn.layers import CharacterCNN, PairEmbedding, SubwordEmbedding, WordDropout
from tfrnn.layers.distinct import distinct_words, spread
from tfrnn.layers.subwords import END, START, ngrams

WORDS = [["a", "rain", "ocean"], ["rain", "x" * 16, ""], ["", "", ""]]
WIDTH = 16


def characters(sentences=WORDS):
    rows = [
        [[b + 1 for b in word.encode()] + [0] * (WIDTH - len(word)) for word in row]
        for row in sentences
    ]
    return tf.constant(rows, tf.int32)


def fnv(signs):
    """FNV-1a with 32 bits over the signs of an n-gram."""
    found = 2166136261
    for sign in signs:
        found = ((found ^ sign) * 16777619) % 2**32
    return found


def test_fnv_is_the_published_hash():
    """The test vectors of its authors for "a" and "foobar"."""
    assert fnv(b"a") == 0xE40C292C
    assert fnv(b"foobar") == 0xBF9CF968


def buckets_of(word, shortest, longest, buckets):
    signs = [START, *(byte + 1 for byte in word.encode()), END] if word else []
    return sorted(
        1 + fnv(signs[i : i + n]) % (buckets - 1)
        for n in range(shortest, longest + 1)
        for i in range(len(signs) - n + 1)
    )


@pytest.mark.parametrize(("shortest", "longest"), [(2, 5), (1, 1), (3, 3), (5, 40)])
def test_ngrams(shortest, longest):
    flat = [word for row in WORDS for word in row]
    found = ngrams(tf.reshape(characters(), [-1, WIDTH]), shortest, longest, 1000)
    for word, row in zip(flat, found.numpy(), strict=True):
        assert sorted(row[row > 0].tolist()) == buckets_of(word, shortest, longest, 1000), word


@pytest.fixture
def subwords():
    layer = SubwordEmbedding(3, buckets=50, dtype="float64")
    layer.build((None, None, WIDTH))
    return layer


def test_a_subword_vector_is_the_mean_of_its_ngrams(subwords):
    table = subwords.embeddings.numpy()
    wanted = np.zeros((3, 3, 3))
    for i, row in enumerate(WORDS):
        for j, word in enumerate(row):
            if word:
                wanted[i, j] = table[buckets_of(word, 2, 5, 50)].mean(0)
    close(subwords(characters()), wanted)


def test_the_gradient_of_subwords(subwords):
    weights = np.random.default_rng(0).normal(size=(3, 3, 3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(subwords(characters()) * weights)
    gradient = tf.convert_to_tensor(tape.gradient(loss, subwords.embeddings))
    wanted = np.zeros((50, 3))
    for i, row in enumerate(WORDS):
        for j, word in enumerate(row):
            found = buckets_of(word, 2, 5, 50)
            for bucket in found:
                wanted[bucket] += weights[i, j] / len(found)
    close(gradient, wanted)


def test_ngrams_drop_out_only_while_training():
    layer = SubwordEmbedding(1, buckets=4000, shortest=1, longest=1, rate=0.25, seed=1)
    layer.build((None, None, WIDTH))
    words = [["".join(chr(97 + (i + k) % 26) for k in range(12)) for i in range(20)]] * 20
    x = characters(words)
    np.testing.assert_array_equal(layer(x), layer(x, training=False))
    # Each of the 26 letters, a start and an end have vectors of their own; count who is kept.
    layer.embeddings.assign(tf.ones_like(layer.embeddings))
    np.testing.assert_allclose(layer(x, training=True), 1, atol=1e-6)  # a mean, not a sum
    letters = 1 + fnv([98]) % 3999
    layer.embeddings.assign(tf.one_hot([letters], 4000, axis=0, dtype=tf.float32))
    draws = [float(tf.reduce_mean(tf.cast(layer(x, training=True) > 0, tf.float32))) for _ in "abc"]
    there = np.mean(["a" in word for row in words for word in row])
    # A batch looks at each of 20 distinct words once, so 60 draws of one n-gram in all.
    assert len(set(draws)) > 1
    assert 0.5 * there < np.mean(draws) < 0.97 * there


@pytest.mark.parametrize(
    "sizes",
    [{"features": 0}, {"buckets": 1}, {"shortest": 0}, {"shortest": 4, "longest": 3}, {"rate": 1}],
)
def test_subwords_that_cannot_be(sizes):
    with pytest.raises(ValueError, match=r"^SubwordEmbedding needs features >= 1"):
        SubwordEmbedding(**{"features": 2} | sizes)


@pytest.fixture
def cnn():
    layer = CharacterCNN(5, embed=3, window=3, dtype="float64")
    layer.build((None, None, WIDTH))
    rng = np.random.default_rng(0)
    for weight in layer.weights:
        weight.assign(rng.normal(size=weight.shape))
    return layer


def test_a_convolution_over_characters(cnn):
    table, kernel, bias = (weight.numpy() for weight in cnn.weights)
    wanted = np.zeros((3, 3, 5))
    for i, row in enumerate(WORDS):
        for j, word in enumerate(row):
            letters = [np.zeros(3), *(table[byte + 1] for byte in word.encode()), np.zeros(3)]
            found = [np.concatenate(letters[k : k + 3]) @ kernel + bias for k in range(len(word))]
            if word:
                wanted[i, j] = np.maximum(0, np.max(found, 0))
    assert (wanted > 0).any() and (wanted[:2, :2] == 0).any()
    close(cnn(characters()), wanted)


def test_a_convolution_that_cannot_be():
    with pytest.raises(ValueError, match="odd window, got 4"):
        CharacterCNN(2, window=4)
    with pytest.raises(ValueError, match="units > 0, got units=0"):
        CharacterCNN(0)


def test_pairs_of_words():
    layer = PairEmbedding(2, buckets=7, dtype="float64")
    words = [[5, 3, 3, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    found, table = layer(tf.constant(words, tf.int32)).numpy(), layer.embeddings.numpy()
    wanted = np.zeros((3, 4, 2))
    for row, ids in enumerate(words):
        for place, (one, after) in enumerate(zip(ids, [*ids[1:], 0])):
            if one:
                wanted[row, place] = table[(1_000_003 * one + 7_919 * after) % 7]
    close(found, wanted)
    with pytest.raises(ValueError, match="units > 0"):
        PairEmbedding(0)


def test_distinct_words():
    words, places = distinct_words(characters())
    assert len(words) == 5  # a, rain, ocean, sixteen x, nothing
    np.testing.assert_array_equal(tf.reshape(tf.gather(words, places), [3, 3, WIDTH]), characters())
    back = spread(tf.cast(words[:, :1], tf.float32), places, characters())
    np.testing.assert_array_equal(back[..., 0], characters()[..., 0])


def test_words_drop_out_only_while_training():
    words = tf.constant(np.random.default_rng(0).integers(0, 9, (50, 40)), tf.int32)
    layer = WordDropout(0.3, seed=4)
    np.testing.assert_array_equal(layer(words), words)
    dropped = layer(words, training=True).numpy()
    changed = dropped != words.numpy()
    assert set(dropped[changed]) == {1}
    assert not changed[words.numpy() == 0].any()
    assert 0.25 < changed[words.numpy() > 1].mean() < 0.35
    assert (layer(words, training=True).numpy() != dropped).any()
    np.testing.assert_array_equal(WordDropout(0.3, seed=4)(words, training=True), dropped)
    with pytest.raises(ValueError, match=r"rate in \[0, 1\), got rate=1"):
        WordDropout(1)


def test_settings_come_back():
    for layer in (
        SubwordEmbedding(3, buckets=9, shortest=1, longest=2, rate=0.5),
        CharacterCNN(4, embed=2, window=7, kinds=99),
        WordDropout(0.25),
    ):
        again = type(layer).from_config(layer.get_config())
        assert again.get_config() == layer.get_config()
        assert isinstance(again, keras.layers.Layer)

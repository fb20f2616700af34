"""The models of sentences as one writes them in Keras: its layers from the first to the last.

What Keras has no layer for (a mean over the n-grams of a word, attention that pools, a CRF) is
written with `keras.ops`. Attributes stand in the order of ours, so that weights pass over by their
order. Nothing is dropped: these models are only timed.
"""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from models.configs import ClassifierConfig, IntentSlotsConfig, TaggerConfig
from models.intent_slots import Reading
from tfrnn.data.batch import Batch
from tfrnn.data.tokens import BYTES
from tfrnn.layers import Independent
from tfrnn.layers.pairs import FIRST, SECOND
from tfrnn.layers.subwords import ngrams


class Classifier(keras.Model):
    """`models.SentenceClassifier` in Keras' layers; `prepare_batch` has the inputs ready for it."""

    def __init__(self, config: ClassifierConfig, *, words: int, labels: int):
        super().__init__()
        cell = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[config.cell]
        self.embed = keras.layers.Embedding(words, config.word_embed)
        self.spell = keras.layers.Embedding(config.buckets, config.subword_embed)
        self.encoder = keras.layers.Bidirectional(cell(config.units, return_sequences=True))
        self.pool = AttentionPooling(config.attention_units)
        self.logits = keras.layers.Dense(labels)
        self.wide_spell = keras.layers.Embedding(config.wide_buckets, config.wide)
        self.wide_pairs = keras.layers.Embedding(config.wide_buckets, config.wide)
        self.wide_logits = keras.layers.Dense(labels, use_bias=False)

    def call(self, inputs, training=False):
        mask = inputs["words"] > 0
        real = ops.cast(mask, "float32")
        counts = ops.sum(real, 1, keepdims=True)
        spelt = mean_of(self.spell, inputs["ngrams"])
        vectors = ops.concatenate([self.embed(inputs["words"]), spelt], -1)
        hidden = self.encoder(vectors, mask=mask, training=training)
        largest = ops.max(ops.where(mask[..., None], hidden, -1e9), 1)
        mean = ops.einsum("btf,bt->bf", hidden, real / counts)
        pooled = ops.concatenate([largest, mean, self.pool(hidden, mask)], -1)
        pairs = self.wide_pairs(inputs["pairs"]) * real[..., None]
        wide = ops.concatenate([mean_of(self.wide_spell, inputs["wide_ngrams"]), pairs], -1)
        parts = self.logits(pooled), self.wide_logits(ops.sum(wide, 1) / ops.sqrt(counts))
        # Each learns by itself; of readings, the axis before the labels, there is one.
        return ops.stack(parts, 1)[:, :, None] if training else (parts[0] + parts[1]) / 2


class AttentionPooling(keras.layers.Layer):
    """`tfrnn.layers.AttentionPooling` of two dense layers."""

    def __init__(self, units: int):
        super().__init__()
        self.hidden = keras.layers.Dense(units, activation="tanh")
        self.context = keras.layers.Dense(1, use_bias=False)

    def call(self, inputs, mask):
        scores = ops.squeeze(self.context(self.hidden(inputs)), -1)
        weights = ops.softmax(ops.where(mask, scores, -1e9))
        return ops.einsum("btf,bt->bf", inputs, weights)


class WordEncoder(keras.layers.Layer):
    """`models.word_encoder.WordEncoder` in Keras' layers: inputs -> hidden, mask."""

    def __init__(self, config: TaggerConfig, *, words: int):
        super().__init__()
        self.config = config
        self.embed = keras.layers.Embedding(words, config.word_embed)
        self.letters = keras.layers.Embedding(BYTES, config.character_embed)
        self.patterns = keras.layers.Conv1D(
            config.character_features, config.window, padding="same", activation="relu"
        )
        self.lstms = [
            keras.layers.Bidirectional(keras.layers.LSTM(config.units, return_sequences=True))
            for _ in range(config.layers)
        ]

    def call(self, inputs):
        words, characters = inputs["words"], inputs["characters"]
        _, time, width = characters.shape
        flat = ops.reshape(characters, [-1, width])
        real = ops.cast(flat > 0, "float32")[..., None]
        found = ops.max(self.patterns(self.letters(flat) * real) * real, 1)
        spelt = ops.reshape(found, [-1, time, self.config.character_features])
        hidden, mask = ops.concatenate([self.embed(words), spelt], -1), words > 0
        for lstm in self.lstms:
            hidden = lstm(hidden, mask=mask)
        return hidden, mask


class Tagger(keras.Model):
    """`models.Tagger` with a softmax."""

    def __init__(self, config: TaggerConfig, *, words: int, tags: int):
        super().__init__()
        self.encoder = WordEncoder(config, words=words)
        self.scores = keras.layers.Dense(tags)

    def call(self, inputs, training=False):
        hidden, mask = self.encoder(inputs)
        return Independent(self.scores(hidden), mask)


class IntentSlots(keras.Model):
    """`models.IntentSlots` with its CRF."""

    def __init__(self, config: IntentSlotsConfig, *, words: int, labels: int, tags: int):
        super().__init__()
        self.encoder = WordEncoder(config, words=words)
        self.pool = AttentionPooling(config.attention_units)
        self.logits = keras.layers.Dense(labels)
        self.scores = keras.layers.Dense(tags)
        self.crf = CRF(tags)

    def call(self, inputs, training=False):
        hidden, mask = self.encoder(inputs)
        label = self.logits(self.pool(hidden, mask))
        return Reading(label, self.crf(self.scores(hidden), mask))


class CRF(keras.layers.Layer):
    """`tfrnn.layers.CRF` as far as training goes: emissions and mask -> `Chain`."""

    def __init__(self, tags: int):
        super().__init__()
        shapes = {"transitions": (tags, tags), "start": (tags,), "end": (tags,)}
        for name, shape in shapes.items():
            setattr(self, name, self.add_weight(shape, "zeros", name=name))

    def call(self, emissions, mask):
        weights = (self.transitions, self.start, self.end)
        return Chain(emissions, mask, *map(tf.convert_to_tensor, weights))


class Chain(NamedTuple):
    """See `tfrnn.layers.Chain`; its loop over the words is unrolled, which is quickest."""

    emissions: tf.Tensor
    mask: tf.Tensor
    transitions: tf.Tensor
    start: tf.Tensor
    end: tf.Tensor

    def log_likelihood(self, tags):
        """Returns log p of `tags`, (batch, time) int32, as (batch,)."""
        real = ops.cast(self.mask, "float32")
        hot = ops.one_hot(tags, self.emissions.shape[-1]) * real[..., None]
        last = real - ops.pad(real[:, 1:], [[0, 0], [0, 1]])
        pairs = hot[:, 1:] * ops.matmul(hot[:, :-1], self.transitions)
        score = ops.sum(hot * self.emissions, [1, 2]) + ops.sum(pairs, [1, 2])
        score += ops.sum(hot[:, 0] * self.start, 1)
        score += ops.sum(hot * last[..., None] * self.end, [1, 2])
        ways = self.start + self.emissions[:, 0]
        for t in range(1, self.emissions.shape[1]):
            arriving = ops.logsumexp(ways[:, :, None] + self.transitions, 1)
            new = arriving + self.emissions[:, t]
            ways = ops.where(self.mask[:, t, None], new, ways)
        return score - ops.logsumexp(ways + self.end, -1)


MAKE = {"intent": Classifier, "tagger": Tagger, "slots": IntentSlots}


def mean_of(embed: keras.layers.Embedding, ids):
    """Returns the means of the vectors of ids, (batch, time, n), 0 of which are none."""
    real = ops.cast(ids > 0, "float32")
    shares = real / ops.maximum(ops.sum(real, -1, keepdims=True), 1.0)
    return ops.einsum("btnf,btn->btf", embed(ids), shares)


def prepare_batch(batch: Batch, config: ClassifierConfig | TaggerConfig) -> Batch:
    """Returns a batch with the hashes that a classifier reads: Keras need not make them in a step.

    The n-grams end with the longest word of the batch.
    """
    if not isinstance(config, ClassifierConfig):
        return batch
    words, characters = batch.inputs["words"], batch.inputs["characters"]
    ids, after = (tf.cast(w, tf.int64) for w in (words, tf.pad(words[:, 1:], [[0, 0], [0, 1]])))
    inputs = {
        "words": words,
        "ngrams": _ngrams(characters, config.buckets),
        "wide_ngrams": _ngrams(characters, config.wide_buckets),
        "pairs": tf.cast((FIRST * ids + SECOND * after) % config.wide_buckets, tf.int32),
    }
    return batch._replace(inputs=inputs)


def _ngrams(characters, buckets):
    longest = int(tf.reduce_max(tf.math.count_nonzero(characters, -1)))
    flat = tf.reshape(characters[..., :longest], [-1, longest])
    return tf.reshape(ngrams(flat, 2, 5, buckets), [*characters.shape[:2], -1])


def copy_weights(ours: keras.Model, theirs: keras.Model) -> None:
    """Gives theirs the weights of ours, by their order; a convolution's has the window apart."""
    for mine, twin in zip(ours.weights, theirs.weights, strict=True):
        twin.assign(np.reshape(mine, twin.shape))

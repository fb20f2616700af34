"""The models of sentences as one writes them in Keras: its layers from the first to the last.

What Keras has no layer for (a mean over the n-grams of a word, attention that pools) is written
with `keras.ops`; for the CRF the package's own stands in. Attributes stand in the order of ours, so
that weights pass over by their order. Nothing is dropped: these models are only timed.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from models.configs import ClassifierConfig, IntentSlotsConfig, TaggerConfig
from models.intent_slots import Reading
from tfrnn.data.batch import Batch
from tfrnn.layers import CRF, Independent
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
        return self.logits(pooled) + self.wide_logits(ops.sum(wide, 1) / ops.sqrt(counts))


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
        self.letters = keras.layers.Embedding(257, config.character_embed)
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
        self.crf = CRF()

    def call(self, inputs, training=False):
        hidden, mask = self.encoder(inputs)
        label = self.logits(self.pool(hidden, mask))
        return Reading(label, self.crf(self.scores(hidden), mask=mask))


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

"""Classifier of sentences, for what is wanted (`intent`) and how it is meant (`sentiment`).

A bidirectional recurrent layer over words, pooled: Graves and Schmidhuber 2005,
https://doi.org/10.1016/j.neunet.2005.06.042, with attention as in Yang et al. 2016,
https://aclanthology.org/N16-1174, over word vectors that know the spelling of a word, Bojanowski
et al. 2017, https://arxiv.org/abs/1607.04606.

    words, characters -> word vector, subword vector -> dropout -> GRU or LSTM, both directions
    -> max, mean, attention, last states side by side -> dropout -> logits (batch, labels)
    subword vectors, vectors of pairs of words -> sums over the words -> dropout -> other logits

The last line is the wide part of Cheng et al. 2016, "Wide & Deep Learning",
https://arxiv.org/abs/1606.07792: what n-grams say by themselves need not pass the recurrent layer.
They train both parts on the sum of their logits. Here each has to name the label by itself, and in
use the logits are averaged, as those of an ensemble: it did better (ours, measured).

While training a sentence may be read twice, so that what differs between two dropouts can be
lessened: Liang et al. 2021, "R-Drop", https://arxiv.org/abs/2106.14448.
"""

import dataclasses
from collections.abc import Callable
from functools import partial

import keras
import tensorflow as tf

from models.configs import ClassifierConfig
from tfrnn.layers import (
    GRU,
    LSTM,
    AttentionPooling,
    Bidirectional,
    MaxPooling,
    MeanPooling,
    PairEmbedding,
    SubwordEmbedding,
    WordDropout,
)
from tfrnn.layers.distinct import distinct_words
from tfrnn.training.losses import agreeing_cross_entropy
from tfrnn.training.own_loss import OwnLoss


class WideLogits(keras.layers.Layer):
    """What the n-grams and the pairs of words of a sentence say of its label.

    Sums over the words, divided by the root of their number so that long sentences are not louder.

    Call arguments: those of `SentenceClassifier`. Returns: (batch, labels) float32.
    """

    def __init__(self, config: ClassifierConfig, labels: int, **kwargs):
        super().__init__(**kwargs)
        self.width = config.wide
        policy = self.dtype_policy
        self.spell = SubwordEmbedding(
            config.wide,
            buckets=config.wide_buckets,
            rate=config.ngram_dropout,
            dtype=policy,
            name="subwords",
        )
        pairs = {"buckets": config.wide_buckets, "dtype": policy}
        self.pairs = PairEmbedding(config.wide, **pairs, name="pairs")
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.logits = keras.layers.Dense(labels, use_bias=False, dtype="float32", name="logits")

    def build(self, input_shape=None):
        self.spell.build((None, None, None))
        self.pairs.build((None, None))
        self.logits.build((None, 2 * self.width))
        self.built = True

    def call(self, inputs, training=False):
        words = inputs["words"]
        vectors = [self.spell(inputs["characters"], training=training), self.pairs(words)]
        sums = tf.reduce_sum(tf.cast(tf.concat(vectors, -1), tf.float32), 1)
        count = tf.math.count_nonzero(words, 1, keepdims=True, dtype=tf.float32)
        scaled = tf.math.divide_no_nan(sums, tf.sqrt(count))
        return self.logits(self.dropout(scaled, training=training))


@keras.saving.register_keras_serializable("tfrnn")
class SentenceClassifier(OwnLoss, keras.Model):
    """Gives each label of a sentence a logit.

    Padding changes nothing, and a sentence without words has logits too.

    Args:
        config: Sizes.
        words: Ids the lexicon knows, padding (0) and the unknown word (1) included.
        labels: How many labels there are.

    Call arguments:
        inputs: {"words": (batch, time) int32, 0 on padding, which comes last;
            "characters": (batch, time, width) int32, bytes plus 1, 0 on padding}.
        training: Whether dropout is on.

    Returns:
        (batch, labels) float32 logits, the mean of those of the parts; in training
        (batch, parts, readings, labels), for each is to name the label. In Keras' `fit` the
        metrics, and a loss of Keras' own, see their mean.
    """

    def __init__(self, config: ClassifierConfig, *, words: int, labels: int, **kwargs):
        super().__init__(**kwargs)
        self.supports_jit = False  # distinct words in use, see _encode
        self.config, self.words, self.labels = config, words, labels
        policy = self.dtype_policy
        cell = {"gru": GRU, "lstm": LSTM}[config.cell]
        self.unknown = WordDropout(config.word_dropout, name="word_dropout")
        self.embed = keras.layers.Embedding(words, config.word_embed, dtype=policy, name="embed")
        self.spell = SubwordEmbedding(
            config.subword_embed,
            buckets=config.buckets,
            rate=config.ngram_dropout,
            dtype=policy,
            name="subwords",
        )
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.encoder = Bidirectional(
            cell(config.units, dtype=policy, name="forward"),
            cell(config.units, dtype=policy, name="backward"),
            name="encoder",
        )
        self.max = MaxPooling(dtype=policy, name="max")
        self.mean = MeanPooling(dtype=policy, name="mean")
        self.attention = None
        if "attention" in config.pooling:
            units = config.attention_units
            self.attention = AttentionPooling(units, dtype=policy, name="attention")
        self.late_dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="late_dropout")
        self.logits = keras.layers.Dense(labels, dtype="float32", name="logits")
        self.wide = WideLogits(config, labels, dtype=policy, name="wide") if config.wide else None

    def build(self, input_shape=None):
        config = self.config
        self.embed.build((None, None))
        self.spell.build((None, None, None))
        self.encoder.build((None, None, config.word_embed + config.subword_embed))
        wide = 2 * config.units
        if self.attention:
            self.attention.build((None, None, wide))
        self.logits.build((None, wide * len(config.pooling)))
        if self.wide:
            self.wide.build()
        self.built = True

    def call(self, inputs, training=False):
        readings = self.config.readings if training else 1
        if readings > 1:
            inputs = {name: tf.repeat(x, readings, 0) for name, x in inputs.items()}
        hidden, last, mask = self._encode(inputs, training)
        pooled = [self._pool(kind, hidden, last, mask) for kind in self.config.pooling]
        parts = [self.logits(self.late_dropout(tf.concat(pooled, -1), training=training))]
        if self.wide:
            parts.append(self.wide(inputs, training=training))
        if not training:
            return tf.add_n(parts) / len(parts)
        return tf.stack([tf.reshape(x, [-1, readings, self.labels]) for x in parts], 1)

    def explain(self, inputs) -> tf.Tensor:
        """Returns the share of the attention that each word gets, (batch, time) float32.

        Raises:
            ValueError: If the model pools without attention.
        """
        if not self.attention:
            raise ValueError("This model pools without attention.")
        hidden, _, mask = self._encode(inputs, training=False)
        return self.attention(hidden, mask=mask)[1]

    def cost(self, outputs, batch) -> tf.Tensor:
        """Is `nats` of the model's sizes, for Keras' `fit`."""
        return nats(self.config)(outputs, batch)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Leaves the parts apart for the model's own loss only; called by Keras."""
        y_pred = y_pred if self.loss is None else _together(y_pred)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Measures what the parts say together; called by Keras."""
        return super().compute_metrics(x, y, _together(y_pred), sample_weight)

    def _encode(self, inputs, training):
        words, mask = inputs["words"], inputs["words"] > 0
        if training:
            known = self.embed(self.unknown(words, training=True))
            spelt = self.spell(inputs["characters"], training=True)
            vectors = self.dropout(tf.concat([known, spelt], -1), training=True)
            hidden, last = self.encoder(vectors, mask=mask, training=True)
            return hidden, last, mask
        # Without dropout a word's vector and its product with the kernels are the same wherever
        # it stands: both are made once for each distinct word.
        rows = tf.concat([words[..., None], inputs["characters"]], -1)
        distinct, places = distinct_words(rows)
        vectors = [self.embed(distinct[:, 0]), self.spell(distinct[None, :, 1:])[0]]
        vectors = tf.concat(vectors, -1)
        places = tf.reshape(places, tf.shape(words))
        ahead = tf.gather(self.encoder.forward.project(vectors), places)
        behind = tf.gather(self.encoder.backward.project(vectors), tf.reverse(places, [1]))
        state = self.encoder.initial_state(tf.shape(words)[0])
        hidden, last = self.encoder.unroll((ahead, behind), state, mask)
        return hidden, last, mask

    def _pool(self, kind, hidden, last, mask):
        match kind:
            case "max":
                return self.max(hidden, mask=mask)
            case "mean":
                return self.mean(hidden, mask=mask)
            case "attention":
                return self.attention(hidden, mask=mask)[0]
            case "last":
                ends = (last.forward.hidden, last.backward.hidden)
                return tf.cast(tf.concat(ends, -1), self.compute_dtype)

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        sizes = {"config": dataclasses.asdict(self.config)}
        sizes |= {"words": self.words, "labels": self.labels}
        return sizes | {"name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        sizes = config["config"] | {"pooling": tuple(config["config"]["pooling"])}
        return cls(**config | {"config": ClassifierConfig(**sizes)})


def nats(config: ClassifierConfig) -> Callable:
    """Returns what a classifier of these sizes learns from: (outputs, batch) -> (batch,)."""
    return partial(agreeing_cross_entropy, smoothing=config.smoothing, agreement=config.agreement)


def _together(logits):
    """(batch, parts, readings, labels) of training, or (batch, labels) -> (batch, labels)."""
    return tf.reduce_mean(logits, [1, 2]) if logits.shape.rank == 4 else logits

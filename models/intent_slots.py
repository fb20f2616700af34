"""Names what a sentence wants, and which of its words say the particulars.

One encoder with two heads: Liu and Lane 2016, "Attention-Based Recurrent Neural Network Models for
Joint Intent Detection and Slot Filling", https://arxiv.org/abs/1609.01454; its encoder here is that
of the tagger, Ma and Hovy 2016, https://arxiv.org/abs/1603.01354.

    words, characters -> word vector, character patterns -> dropout -> BiLSTM x layers, dropout
    after each -> attention -> logits (batch, labels)
               -> scores (batch, time, tags) -> CRF or softmax
"""

import dataclasses
from typing import NamedTuple

import keras
import tensorflow as tf

from models.configs import IntentSlotsConfig
from models.word_encoder import WordEncoder
from tfrnn.layers import CRF, AttentionPooling, Chain, Independent
from tfrnn.training.own_loss import OwnLoss


class Reading(NamedTuple):
    """What the model returns: label logits (batch, labels) float32, and a tag distribution."""

    label: tf.Tensor
    chain: Chain | Independent


@keras.saving.register_keras_serializable("tfrnn")
class IntentSlots(OwnLoss, keras.Model):
    """Gives the logits of a sentence's label, and a distribution over the tags of its words.

    Args:
        config: Sizes.
        words: Ids the lexicon knows, padding (0) and the unknown word (1) included.
        labels: How many labels a sentence may have.
        tags: How many tags a word may have.

    Call arguments:
        inputs: {"words": (batch, time) int32, 0 on padding, which comes last;
            "characters": (batch, time, width) int32, bytes plus 1, 0 on padding}.
        training: Whether dropout is on.

    Returns:
        `Reading`.
    """

    def __init__(self, config: IntentSlotsConfig, *, words: int, labels: int, tags: int, **kwargs):
        super().__init__(**kwargs)
        self.config, self.words, self.labels, self.tags = config, words, labels, tags
        policy = self.dtype_policy
        self.encoder = WordEncoder(config, words=words, dtype=policy, name="encoder")
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.attention = AttentionPooling(config.attention_units, dtype=policy, name="attention")
        self.logits = keras.layers.Dense(labels, dtype="float32", name="logits")
        self.scores = keras.layers.Dense(tags, dtype="float32", name="scores")
        self.crf = CRF(dtype="float32", name="crf") if config.output == "crf" else None

    def build(self, input_shape=None):
        self.encoder.build()
        width = 2 * self.config.units
        self.attention.build((None, None, width))
        self.logits.build((None, width))
        self.scores.build((None, None, width))
        if self.crf:
            self.crf.build((None, None, self.tags))
        self.built = True

    def call(self, inputs, training=False) -> Reading:
        hidden, mask = self.encoder(inputs, training=training)
        pooled, _ = self.attention(hidden, mask=mask)
        label = self.logits(self.dropout(pooled, training=training))
        scores = self.scores(self.dropout(hidden, training=training))
        return Reading(
            label, self.crf(scores, mask=mask) if self.crf else Independent(scores, mask)
        )

    def explain(self, inputs) -> tf.Tensor:
        """Returns the share of the attention that each word gets, (batch, time) float32."""
        hidden, mask = self.encoder(inputs)
        return self.attention(hidden, mask=mask)[1]

    def cost(self, outputs, batch) -> tf.Tensor:
        """Is `nats`, for Keras' `fit`."""
        return nats(outputs, batch)

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        sizes = {"config": dataclasses.asdict(self.config)}
        sizes |= {name: getattr(self, name) for name in ("words", "labels", "tags")}
        return sizes | {"name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        return cls(**config | {"config": IntentSlotsConfig(**config["config"])})


def nats(reading: Reading, batch) -> tf.Tensor:
    """What the label and the tags of each sentence cost.

    The tags' nats are shared out evenly over the words. The label's count as often as there are
    words, because otherwise, in the mean over all targets, one label would weigh as little as one
    word: lessened is nats a word plus nats a label.

    Args:
        reading: What the model returns.
        batch: Its targets are (batch, 1 + time) int32, the label before the tags; its weights 1
            on the label and on words.

    Returns:
        (batch, 1 + time) float32.
    """
    counts = batch.weights[:, 1:]
    words = tf.reduce_sum(counts, 1)
    tags = -reading.chain.log_likelihood(batch.targets[:, 1:]) / tf.maximum(words, 1)
    label = tf.nn.sparse_softmax_cross_entropy_with_logits(batch.targets[:, 0], reading.label)
    return tf.concat([(label * words)[:, None], tags[:, None] * counts], 1)


def missed(reading: Reading, batch) -> tf.Tensor:
    """1 for a label or a tag that is another than it should be: (batch, 1 + time) float32."""
    label = tf.argmax(reading.label, -1, tf.int32)[:, None]
    found = tf.concat([label, reading.chain.decode()[0]], 1)
    return tf.cast(found != batch.targets, tf.float32)

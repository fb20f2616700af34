"""Tagger of words, such as with their parts of speech.

Word vectors beside what a convolution sees in a word's characters, read in both directions: Ma and
Hovy 2016, "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF",
https://arxiv.org/abs/1603.01354; the CRF is a choice.

    words, characters -> word vector, character patterns -> dropout -> BiLSTM x layers, dropout
    after each -> scores (batch, time, tags) -> softmax or CRF
"""

import dataclasses

import keras
import tensorflow as tf

from models.configs import TaggerConfig
from models.tag_costs import nats
from models.word_encoder import WordEncoder
from tfrnn.layers import CRF, Chain, Independent
from tfrnn.training.own_loss import OwnLoss


@keras.saving.register_keras_serializable("tfrnn")
class Tagger(OwnLoss, keras.Model):
    """Gives a distribution over the tags of a sentence's words.

    Padding changes nothing, and a sentence without words has no tags.

    Args:
        config: Sizes.
        words: Ids the lexicon knows, padding (0) and the unknown word (1) included.
        tags: How many tags there are.

    Call arguments:
        inputs: {"words": (batch, time) int32, 0 on padding, which comes last;
            "characters": (batch, time, width) int32, bytes plus 1, 0 on padding}.
        training: Whether dropout is on.

    Returns:
        `Chain` or, for a softmax, `Independent`; both have `log_likelihood`, `decode`, `marginals`.
    """

    def __init__(self, config: TaggerConfig, *, words: int, tags: int, **kwargs):
        super().__init__(**kwargs)
        self.config, self.words, self.tags = config, words, tags
        policy = self.dtype_policy
        self.encoder = WordEncoder(config, words=words, dtype=policy, name="encoder")
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.scores = keras.layers.Dense(tags, dtype="float32", name="scores")
        self.crf = CRF(dtype="float32", name="crf") if config.output == "crf" else None

    def build(self, input_shape=None):
        self.encoder.build()
        width = 2 * self.config.units
        self.scores.build((None, None, width))
        if self.crf:
            self.crf.build((None, None, self.tags))
        self.built = True

    def call(self, inputs, training=False) -> Chain | Independent:
        hidden, mask = self.encoder(inputs, training=training)
        scores = self.scores(self.dropout(hidden, training=training))
        return self.crf(scores, mask=mask) if self.crf else Independent(scores, mask)

    def cost(self, outputs, batch) -> tf.Tensor:
        """Is `models.tag_costs.nats`, for Keras' `fit`."""
        return nats(outputs, batch)

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        sizes = {"config": dataclasses.asdict(self.config)}
        sizes |= {"words": self.words, "tags": self.tags}
        return sizes | {"name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        return cls(**config | {"config": TaggerConfig(**config["config"])})

"""Character-level recurrent language model, for folk tunes (`music`) and any text (`text`).

Sutskever, Martens and Hinton 2011, "Generating Text with Recurrent Neural Networks"; Graves 2013,
https://arxiv.org/abs/1308.0850; for tunes in ABC notation Sturm et al. 2016,
https://arxiv.org/abs/1604.08723.

    ids (batch, time) -> embed -> LSTM x layers, dropout after each -> logits (batch, time, vocab)
"""

import dataclasses

import keras
import tensorflow as tf

from models.configs import CharRNNConfig
from tfrnn.layers import LSTM, Dense, Stacked


@keras.saving.register_keras_serializable("tfrnn")
class CharRNN(keras.Model):
    """Predicts the next character.

    The embedding is folded into the first layer's projection: one (vocab, 4 units) table is made
    by one product, and a character costs the reading of a row.

    Args:
        config: Sizes.
        vocab: Ids the data knows, the boundary included.

    Call arguments:
        inputs: {"ids": (batch, time) int32, each below vocab}.
        training: Whether dropout is on.

    Returns:
        (batch, time, vocab) float32 logits of the next id.
    """

    def __init__(self, config: CharRNNConfig, *, vocab: int, **kwargs):
        super().__init__(**kwargs)
        self.config, self.vocab = config, vocab
        policy = self.dtype_policy
        self.embed = keras.layers.Embedding(vocab, config.embed, dtype=policy, name="embed")
        lstms = [LSTM(config.units, dtype=policy, name=f"lstm_{i}") for i in range(config.layers)]
        self.lstms = Stacked(lstms, dropout=config.dropout, name="lstms")
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.logits = Dense(vocab, dtype="float32", name="logits")

    def build(self, input_shape=None):
        self.embed.build((None, None))
        self.lstms.build((None, None, self.config.embed))
        self.logits.build((None, None, self.config.units))
        self.built = True

    def call(self, inputs, training=False):
        ids = inputs["ids"]
        states = self.initial_state(tf.shape(ids)[0])
        hidden, _ = self.lstms.unroll_rows(self.table(), ids, states, training=training)
        return self.logits(self.dropout(hidden, training=training))

    def initial_state(self, batch: int | tf.Tensor):
        """Returns the state before the boundary that opens a document."""
        return self.lstms.initial_state(batch)

    def table(self) -> tf.Tensor:
        """Returns the folded embedding, (vocab, projected): what `step` reads its rows from."""
        return self.lstms.project(tf.cast(self.embed.embeddings, self.compute_dtype))

    def step(self, table: tf.Tensor, ids: tf.Tensor, states):
        """Reads one id a row: (batch,) int32 and states -> (batch, vocab) logits, states."""
        hidden, states = self.lstms.step(tf.gather(table, ids), states)
        return self.logits(hidden), states

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        sizes = {"config": dataclasses.asdict(self.config), "vocab": self.vocab}
        return sizes | {"name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        return cls(**config | {"config": CharRNNConfig(**config["config"])})

"""Skip-thought: a sentence as a vector from which its neighbours can be told.

Kiros et al. 2015, "Skip-Thought Vectors", https://arxiv.org/abs/1506.06726: an encoder reads a
sentence, one decoder writes the sentence before it and another the one after it. Here both
directions are read, and the vectors that read a piece also score it.

    source (batch, time) -> vectors -> bidirectional GRU -> its last states: the sentence's vector
    shifted (batch, 2, time) -> [piece's vector, sentence's vector] -> a GRU each for the sentence
        before and the one after -> readout -> logits (batch, 2, time, vocab)
"""

import dataclasses

import keras
import tensorflow as tf

from models.configs import SkipThoughtConfig
from models.pieces import PAD
from models.tied import tied_logits
from tfrnn.layers import GRU, Bidirectional, Dense, GRUState


@keras.saving.register_keras_serializable("tfrnn")
class SkipThought(keras.Model):
    """Predicts the pieces of the sentences before and after a sentence.

    Args:
        config: Sizes.
        vocab: How many pieces there are.

    Call arguments:
        inputs: {"source": (batch, time) int32, 0 on padding, which comes last;
            "shifted": (batch, 2, time) int32, of the sentence before and of the one after: the
            start and the sentence without its last piece}.
        training: Whether dropout is on.

    Returns:
        (batch, 2, time, vocab) float32 logits.
    """

    def __init__(self, config: SkipThoughtConfig, *, vocab: int, **kwargs):
        super().__init__(**kwargs)
        self.config, self.vocab = config, vocab
        policy, half = self.dtype_policy, config.units // 2
        narrow = keras.initializers.RandomNormal(stddev=config.embed**-0.5)
        self.embed = keras.layers.Embedding(vocab, config.embed, narrow, dtype=policy, name="embed")
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.encoder = Bidirectional(
            GRU(half, dtype=policy, name="forward"),
            GRU(half, dtype=policy, name="backward"),
            name="encoder",
        )
        names = ("before", "after")
        self.bridges = [self._dense(config.decoder_units, f"bridge_{name}") for name in names]
        self.decoders = [GRU(config.decoder_units, dtype=policy, name=name) for name in names]
        self.readout = self._dense(config.embed, "readout")

    def build(self, input_shape=None):
        config = self.config
        self.embed.build((None, None))
        self.encoder.build((None, None, config.embed))
        for bridge, decoder in zip(self.bridges, self.decoders):
            bridge.build((None, config.units))
            decoder.build((None, None, config.embed + config.units))
        self.readout.build((None, None, config.decoder_units))
        self.bias = self.add_weight((self.vocab,), "zeros", name="bias", autocast=False)
        self.built = True

    def call(self, inputs, training=False):
        vectors = self.encode(inputs["source"], training=training)
        before, after = tf.unstack(inputs["shifted"], axis=1)
        both = [self.decode(which, vectors, shifted, training=training)
                for which, shifted in enumerate((before, after))]  # fmt: skip
        return tf.stack(both, 1)

    def encode(self, source: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Returns the vectors of sentences, (batch, units), of (batch, time) ids."""
        read = self.dropout(self.embed(source), training=training)
        _, last = self.encoder(read, mask=source != PAD)
        return tf.concat([last.forward.hidden, last.backward.hidden], -1)

    def decode(
        self, which: int, vectors: tf.Tensor, shifted: tf.Tensor, training: bool = False
    ) -> tf.Tensor:
        """Returns the logits of a neighbour, (batch, time, vocab) float32.

        Args:
            which: 0 for the sentence before, 1 for the one after.
            vectors: (batch, units), of the sentences between.
            shifted: (batch, time) int32.
            training: Whether dropout is on.
        """
        pieces = self.dropout(self.embed(shifted), training=training)
        sentence = tf.cast(vectors, pieces.dtype)
        spread = tf.repeat(sentence[:, None], tf.shape(shifted)[1], 1)
        start = GRUState(tf.cast(self.bridges[which](sentence), self.variable_dtype))
        hidden, _ = self.decoders[which](tf.concat([pieces, spread], -1), start)
        read = self.dropout(self.readout(hidden), training=training)
        return tied_logits(read, self.embed.embeddings, self.bias)

    def _dense(self, units, name):
        return Dense(units, activation="tanh", dtype=self.dtype_policy, name=name)

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        sizes = {"config": dataclasses.asdict(self.config), "vocab": self.vocab}
        return sizes | {"name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        return cls(**config | {"config": SkipThoughtConfig(**config["config"])})

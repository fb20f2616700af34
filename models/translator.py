"""Translator: an encoder-decoder with attention.

Bahdanau, Cho and Bengio 2015, "Neural Machine Translation by Jointly Learning to Align and
Translate", https://arxiv.org/abs/1409.0473; attention after the step is that of Luong, Pham and
Manning 2015, https://arxiv.org/abs/1508.04025, with its input feeding; without attention it is the
model of Sutskever, Vinyals and Le 2014, https://arxiv.org/abs/1409.3215. The vectors that read a
piece also score it (Press and Wolf 2017, https://arxiv.org/abs/1608.05859).

    source (batch, source) -> vectors -> bidirectional layers -> memory, first state
    shifted (batch, target) -> vectors -> recurrent layer, attention -> seen
        -> [seen, vectors] -> readout (batch, target, embed) -> logits (batch, target, vocab)
"""

import dataclasses
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from models.configs import TranslatorConfig
from models.pieces import PAD
from models.tied import tied_logits
from tfrnn.layers import (
    GRU,
    LSTM,
    BahdanauAttention,
    Bidirectional,
    Dense,
    DotAttention,
    LuongAttention,
    Memory,
    scan,
    unroll_attending,
)

CELLS = {"gru": GRU, "lstm": LSTM}
GATES = {"gru": 3, "lstm": 4}


class DecoderState(NamedTuple):
    """What the decoder carries from step to step.

    recurrent: The state of the recurrent layer. fed: (batch, units), what attention after the step
    before made of what it saw; zeros where there is none.
    """

    recurrent: Any
    fed: tf.Tensor


@keras.saving.register_keras_serializable("tfrnn")
class Translator(keras.Model):
    """Predicts the next piece of a translation from the source and the pieces before it.

    Args:
        config: Sizes.
        source_vocab, target_vocab: Pieces of each side.
        joint: Whether both sides have the same pieces and share their vectors.

    Call arguments:
        inputs: {"source": (batch, source) int32, 0 on padding, which comes last;
            "shifted": (batch, target) int32, the start and the target without its last piece;
            "own", where it is there: (batch, target) bool, where training reads what the model
            would have written instead of the truth}.
        training: Whether dropout is on.

    Returns:
        (batch, target, target_vocab) float32 logits.

    Raises:
        ValueError: If vocabularies of different sizes should be joint.
    """

    def __init__(
        self,
        config: TranslatorConfig,
        *,
        source_vocab: int,
        target_vocab: int,
        joint: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if joint and source_vocab != target_vocab:
            raise ValueError(
                f"Translator that is joint needs one size, got {source_vocab} and {target_vocab}."
            )
        self.config, self.joint = config, joint
        self.source_vocab, self.target_vocab = source_vocab, target_vocab
        self.embed_target = self._embedding(target_vocab, "embed_target")
        self.embed_source = self.embed_target
        if not joint:
            self.embed_source = self._embedding(source_vocab, "embed_source")
        self.dropout = keras.layers.Dropout(config.dropout, dtype=self.dtype_policy, name="dropout")
        half = config.units // 2
        self.encoder = [
            Bidirectional(
                self._cell(half, "forward"), self._cell(half, "backward"), name=f"encoder_{i}"
            )
            for i in range(config.layers)
        ]
        self.words = self._dense(GATES[config.cell] * config.units, "words", use_bias=False)
        self.decoder = self._cell(config.units, "decoder")
        self.bridge = [
            self._dense(config.units, f"bridge_{name}", activation="tanh")
            for name in self.decoder.initial_state(1)._fields
        ]
        self.attention = _attention(config, self.dtype_policy)
        self.combine = self._dense(config.units, "combine", activation="tanh")
        self.readout = self._dense(config.embed, "readout", activation="tanh")

    def build(self, input_shape=None):
        embed, units, kind = self.config.embed, self.config.units, self.config.attention
        for layer in (self.embed_target,) if self.joint else (self.embed_target, self.embed_source):
            layer.build((None, None))
        width = embed
        for layer in self.encoder:
            layer.build((None, None, width))
            width = layer.units
        for layer in self.bridge:
            layer.build((None, units))
        self.words.build((None, None, embed))
        self.decoder.build((None, None, units))
        if self.attention:
            self.attention.build((None, units), (None, None, units))
        if kind in ("luong", "dot"):
            self.combine.build((None, 2 * units))
        seen = 2 * units if kind == "bahdanau" else units
        self.readout.build((None, None, seen + embed))
        self.bias = self.add_weight((self.target_vocab,), "zeros", name="bias", autocast=False)
        self.built = True

    def call(self, inputs, training=False):
        memory, state = self.encode(inputs["source"], training=training)
        shifted = inputs["shifted"]
        if training and "own" in inputs:
            own = self._likeliest(shifted, memory, state)
            shifted = tf.where(inputs["own"], own, shifted)
        return self._decode(shifted, memory, state, training)

    def _likeliest(self, shifted, memory, state):
        """What the model would have read, had it written each piece after the true ones before.

        One pass for all places, as in Duckworth et al. 2019, "Parallel Scheduled Sampling",
        https://arxiv.org/abs/1906.04331; no gradient goes through the choice.
        """
        logits = tf.stop_gradient(self._decode(shifted, memory, state, training=False))
        return tf.concat([shifted[:, :1], tf.argmax(logits[:, :-1], -1, tf.int32)], 1)

    def _decode(self, shifted, memory, state, training):
        vectors = self.dropout(self.embed_target(shifted), training=training)
        words = self.words(vectors)
        # What it keeps for its gradient grows with target times source: for training only.
        if training and self.config.attention == "bahdanau":
            parts = unroll_attending(self.decoder, self.attention, words, state.recurrent, memory)
            seen = tf.concat(parts[:2], -1)
        else:
            seen = self._look_at_each(words, state, memory)
        return self.score(seen, vectors, training=training)

    def _look_at_each(self, words, state, memory):
        """Runs `look` over (batch, target, gates * units) and returns what it has seen."""

        def step(words, state):
            seen, _, state = self.look(words, state, memory)
            return seen, state

        return scan(step, words, state)[0]

    def encode(self, source: tf.Tensor, training: bool = False) -> tuple[Memory, DecoderState]:
        """Reads (batch, source) ids into what the decoder looks at and what it starts from."""
        mask = source != PAD
        hidden = self.embed_source(source)
        for layer in self.encoder:
            hidden, state = layer(self.dropout(hidden, training=training), mask=mask)
        ends = zip(state.forward, state.backward)
        first = [bridge(tf.concat(pair, -1)) for bridge, pair in zip(self.bridge, ends)]
        hidden = self.dropout(hidden, training=training)
        memory = Memory(hidden, hidden, mask)
        if self.attention:
            memory = self.attention.remember(hidden, mask)
        return memory, DecoderState(self.decoder.start(source, first), tf.zeros_like(first[0]))

    def step(self, ids: tf.Tensor, state: DecoderState, memory: Memory):
        """Goes on after one piece, (batch,) ids; for a decoder, without dropout.

        Returns:
            logits: (batch, target_vocab) float32. weights: (batch, source), where it looked.
            state: `DecoderState`.
        """
        vectors = self.embed_target(ids)
        seen, weights, state = self.look(self.words(vectors), state, memory)
        return self.score(seen, vectors), weights, state

    def look(self, words: tf.Tensor, state: DecoderState, memory: Memory):
        """Runs the recurrent layer for one step, and attention before or after it.

        Args:
            words: (batch, gates * units), what the piece before says.
            state: Of the step before.
            memory: What `encode` returned.

        Returns:
            seen: (batch, features), for `score`. weights: (batch, source), 0 without attention.
            state: `DecoderState`.
        """
        recurrent, fed = state
        words = tf.cast(words, self.variable_dtype)
        if self.config.attention == "bahdanau":
            context, weights = self.attention.attend(recurrent.hidden, memory)
            hidden, recurrent = self.decoder.step(words + self.decoder.project(context), recurrent)
            return tf.concat([hidden, context], -1), weights, DecoderState(recurrent, fed)
        hidden, recurrent = self.decoder.step(words + self.decoder.project(fed), recurrent)
        if not self.attention:
            nowhere = tf.zeros(tf.shape(memory.mask), self.variable_dtype)
            return hidden, nowhere, DecoderState(recurrent, fed)
        context, weights = self.attention.attend(hidden, memory)
        fed = self.combine(tf.concat([hidden, context], -1))
        return fed, weights, DecoderState(recurrent, fed)

    def score(self, seen: tf.Tensor, vectors: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Returns the logits of what was seen and of the pieces before, (..., target_vocab)."""
        readout = self.dropout(self.readout(tf.concat([seen, vectors], -1)), training=training)
        return tied_logits(readout, self.embed_target.embeddings, self.bias)

    def _cell(self, units, name):
        return CELLS[self.config.cell](units, dtype=self.dtype_policy, name=name)

    def _dense(self, units, name, **kwargs):
        return Dense(units, dtype=self.dtype_policy, name=name, **kwargs)

    def _embedding(self, vocab, name):
        narrow = keras.initializers.RandomNormal(stddev=self.config.embed**-0.5)
        return keras.layers.Embedding(
            vocab, self.config.embed, narrow, dtype=self.dtype_policy, name=name
        )

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        sizes = {"config": dataclasses.asdict(self.config), "joint": self.joint}
        sizes |= {"source_vocab": self.source_vocab, "target_vocab": self.target_vocab}
        return sizes | {"name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        return cls(**config | {"config": TranslatorConfig(**config["config"])})


def _attention(config, policy):
    if config.attention == "bahdanau":
        return BahdanauAttention(config.attention_units, dtype=policy, name="attention")
    if config.attention == "none":
        return None
    after = {"luong": LuongAttention, "dot": DotAttention}[config.attention]
    return after(dtype=policy, name="attention")

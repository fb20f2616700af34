"""Captioner: says in words what a picture shows.

"tell" is the model of Vinyals et al. 2015, "Show and Tell", https://arxiv.org/abs/1411.4555: the
picture is what the decoder reads before the first word. "soft" and "hard" are those of Xu et al.
2015, "Show, Attend and Tell", https://arxiv.org/abs/1502.03044: the decoder looks at places of the
picture before each word, at all of them in shares or at one.

    picture (batch, height, width, channels) -> places (batch, height * width, units)
    tell:        the mean of the places -> first step of the LSTM
    soft, hard:  their mean -> first state; before each step context z, gated by the state
    shifted (batch, time) -> vectors -> LSTM -> seen -> [seen, vectors] -> readout -> logits
"""

import dataclasses
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from models.configs import CaptionerConfig
from models.networks import TunedNetwork
from models.pieces import PAD
from models.tied import tied_logits
from tfrnn.layers import (
    LSTM,
    BahdanauAttention,
    Dense,
    HardAttention,
    LSTMState,
    Memory,
    PictureCNN,
    PictureJitter,
    scan,
)

PIXELS = 3  # channels of a picture that no network has read yet


class Step(NamedTuple):
    """What a step came to.

    seen: (batch, features), for `Captioner.score`. place: (batch, places), where it looked: shares,
    or 1 at one place; 0 for "tell". shares: The probabilities of places; `place` again unless it
    was drawn by chance.
    """

    seen: tf.Tensor
    place: tf.Tensor
    shares: tf.Tensor


@keras.saving.register_keras_serializable("tfrnn")
class Captioner(keras.Model):
    """Predicts the next word of a caption from the picture and the words before it.

    Args:
        config: Sizes.
        vocab: Words of the vocabulary.
        picture: Height, width and channels of what is read: uint8 pixels where there are 3, which
            a CNN of the model reads, else the features of a frozen network.
        log_shares: The logarithm of how often each word occurs, (vocab,), which the bias of the
            logits starts from, as in Karpathy and Fei-Fei 2015, https://arxiv.org/abs/1412.2306;
            None starts from 0.
        network: Arrays that a network starts from which is fine-tuned; None draws them.

    Call arguments:
        inputs: {"picture": (batch, height, width, channels), "shifted": (batch, time) int32, the
            start and the caption without its last word, 0 on padding; with jitter also "mirrored":
            (batch,) bool, whether a picture may be mirrored}.
        training: Whether dropout is on, places are drawn ("hard"), and what attention adds to the
            loss is added.

    Returns:
        (batch, time, vocab) float32 logits.
    """

    def __init__(
        self,
        config: CaptionerConfig,
        *,
        vocab: int,
        picture,
        log_shares=None,
        network=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.config, self.vocab, self.picture = config, vocab, tuple(picture)
        self.log_shares, self._network = log_shares, network
        self.eye = self._make_eye() if self.picture[-1] == PIXELS else None
        self.jitter = None
        if self.eye and config.jitter:
            self.jitter = PictureJitter(config.jitter, config.jitter / 2, name="jitter")
        narrow = keras.initializers.RandomNormal(stddev=config.embed**-0.5)
        self.embed = keras.layers.Embedding(
            vocab, config.embed, narrow, dtype=self.dtype_policy, name="embed"
        )
        self.dropout = keras.layers.Dropout(config.dropout, dtype=self.dtype_policy, name="dropout")
        self.blur = keras.layers.Dropout(
            config.picture_dropout, dtype=self.dtype_policy, name="blur"
        )
        self.notes = self._dense(config.units, "notes", activation="relu")
        self.decoder = LSTM(config.units, dtype=self.dtype_policy, name="decoder")
        self.readout = self._dense(config.embed, "readout", activation="tanh")
        self.attention = None
        if config.decoder == "tell":
            self.first = self._dense(config.embed, "first")
        else:
            kind = HardAttention if config.decoder == "hard" else BahdanauAttention
            self.attention = kind(config.attention_units, dtype=self.dtype_policy, name="attention")
            self.bridge = [
                self._dense(config.units, f"bridge_{name}", activation="tanh")
                for name in LSTMState._fields
            ]
            self.gate = self._dense(1, "gate", activation="sigmoid")
            self.words = self._dense(4 * config.units, "words", use_bias=False)

    def build(self, input_shape=None):
        units, embed = self.config.units, self.config.embed
        height, width, channels = self.picture
        if self.eye:
            self.eye.build((None, *self.picture))
            if self._network is not None:
                self.eye.set_weights(self._network)
            _, height, width, channels = self.eye.compute_output_shape((None, *self.picture))
        self.grid = height, width
        self.notes.build((None, None, channels + 2))
        self.embed.build((None, None))
        seen = units
        if self.attention:
            self.words.build((None, None, embed))
            self.decoder.build((None, None, units))
            self.attention.build((None, units), (None, None, units))
            self.gate.build((None, units))
            for layer in self.bridge:
                layer.build((None, units))
            seen = 2 * units
        else:
            self.first.build((None, units))
            self.decoder.build((None, None, embed))
        self.readout.build((None, None, seen + embed))
        shares = np.zeros(self.vocab) if self.log_shares is None else np.array(self.log_shares)
        self.bias = self.add_weight(
            (self.vocab,), lambda shape, dtype: tf.cast(shares, dtype), name="bias", autocast=False
        )
        self.built = True

    def call(self, inputs, training=False):
        shifted, picture = inputs["shifted"], inputs["picture"]
        if self.jitter:
            picture = self.jitter(picture, inputs["mirrored"], training=training)
        memory, state = self.encode(picture, training=training)
        vectors = self.dropout(self.embed(shifted), training=training)
        words, time = self.read(vectors), tf.shape(shifted)[1]
        noise = tf.zeros([tf.shape(shifted)[0], time, 1], words.dtype)
        if training and self.config.decoder == "hard":
            noise = self.attention.noise([tf.shape(shifted)[0], time, self.places])
        width = words.shape[-1]

        def step(each, state):
            return self.look(each[:, :width], state, memory, each[:, width:])

        steps, _ = scan(step, tf.concat([words, tf.cast(noise, words.dtype)], -1), state)
        logits = self.score(steps.seen, vectors, training=training)
        if training and self.attention:
            self._add_losses(steps, logits, shifted)
        return logits

    @property
    def places(self) -> int:
        """How many places of a picture there are."""
        return self.grid[0] * self.grid[1]

    def encode(self, picture: tf.Tensor, training: bool = False) -> tuple[Memory, LSTMState]:
        """Reads pictures into what the decoder looks at and what it starts from."""
        grid = tf.cast(self.eye(picture) if self.eye else picture, self.compute_dtype)
        grid = self.blur(_with_places(grid), training=training)
        notes = self.notes(tf.reshape(grid, [-1, self.places, grid.shape[-1]]))
        notes = self.dropout(notes, training=training)
        mean = tf.reduce_mean(notes, 1)
        if not self.attention:
            mask = tf.ones(tf.shape(notes)[:2], tf.bool)
            _, state = self.decoder.step(
                self.decoder.project(self.first(mean)), self.decoder.start(picture, None)
            )
            return Memory(notes[..., :0], notes[..., :0], mask), state
        first = [bridge(mean) for bridge in self.bridge]
        return self.attention.remember(notes), self.decoder.start(picture, first)

    def step(self, ids: tf.Tensor, state: LSTMState, memory: Memory):
        """Goes on after one word, (batch,) ids; for a decoder, without dropout.

        Returns:
            logits: (batch, vocab) float32. weights: (batch, places), where it looked. state.
        """
        vectors = self.embed(ids)
        found, state = self.look(self.read(vectors), state, memory, 0.0)
        return self.score(found.seen, vectors), found.place, state

    def look(
        self, words: tf.Tensor, state: LSTMState, memory: Memory, noise
    ) -> tuple[Step, LSTMState]:
        """Looks at the picture, then runs the LSTM for one step.

        Args:
            words: (batch, ...), what `decoder` reads of the word before.
            state: Of the step before.
            memory: What `encode` returned.
            noise: (batch, places) that places are drawn by, or 0 ("hard").
        """
        words = tf.cast(words, self.variable_dtype)
        if not self.attention:
            hidden, state = self.decoder.step(words, state)
            nowhere = tf.zeros(tf.shape(memory.mask), self.variable_dtype)
            return Step(hidden, nowhere, nowhere), state
        if self.config.decoder == "hard":
            noise = tf.cast(noise, self.variable_dtype)
            context, place, shares = self.attention.glimpse(state.hidden, memory, noise)
        else:
            context, place = self.attention.attend(state.hidden, memory)
            shares = place
        context = tf.cast(self.gate(state.hidden), context.dtype) * context
        hidden, state = self.decoder.step(
            words + tf.cast(self.decoder.project(context), words.dtype), state
        )
        return Step(tf.concat([hidden, tf.cast(context, hidden.dtype)], -1), place, shares), state

    def score(self, seen: tf.Tensor, vectors: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Returns the logits of what was seen and of the words before, (..., vocab)."""
        both = tf.concat([seen, tf.cast(vectors, seen.dtype)], -1)
        readout = self.dropout(self.readout(both), training=training)
        return tied_logits(readout, self.embed.embeddings, self.bias)

    def read(self, vectors: tf.Tensor) -> tf.Tensor:
        """Returns what the LSTM reads of the vectors of words."""
        read = self.words(vectors) if self.attention else self.decoder.project(vectors)
        return tf.cast(read, self.variable_dtype)

    def _add_losses(self, steps, logits, shifted):
        """Adds what a decoder that looks learns from besides the words.

        The word that a step should write is the next step's input; the last one is not known here.
        """
        known = tf.cast(shifted[:, 1:] != PAD, tf.float32)
        if self.config.decoder == "hard":
            nats = tf.nn.sparse_softmax_cross_entropy_with_logits(shifted[:, 1:], logits[:, :-1])
            self.attention.reinforce(-nats, steps.place[:, :-1], steps.shares[:, :-1], known)
        # Xu et al. 2015, section 4.2.1: over a caption each place should get its share of looks.
        looks = tf.reduce_sum(steps.shares[:, :-1] * known[..., None], 1) * self.places
        even = tf.reduce_sum(known, 1, keepdims=True)
        uneven = tf.reduce_mean(((even - looks) / tf.maximum(even, 1.0)) ** 2)
        self.add_loss(self.config.doubly * uneven)

    def _make_eye(self):
        config = self.config
        if not config.fine_tune:
            return PictureCNN(config.widths, dtype=self.dtype_policy, name="eye")
        network = "mobilenet_v2" if config.encoder == "auto" else config.encoder
        return TunedNetwork(network, self.picture[0], config.fine_tune, name="eye")

    def _dense(self, units, name, **kwargs):
        return Dense(units, dtype=self.dtype_policy, name=name, **kwargs)

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        # The weights of a frozen network are no business of the model; a path is no JSON either.
        sizes = dataclasses.asdict(self.config) | {"encoder_weights": None}
        config = {"config": sizes, "vocab": self.vocab}
        return config | {"picture": list(self.picture), "name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        sizes = config["config"] | {"widths": tuple(config["config"]["widths"])}
        return cls(**config | {"config": CaptionerConfig(**sizes)})


def _with_places(grid):
    """Adds to each place of (batch, height, width, features) where it is, from -1 to 1.

    Liu et al. 2018, "An Intriguing Failing of Convolutional Neural Networks and the CoordConv
    Solution", https://arxiv.org/abs/1807.03247.
    """
    height, width = grid.shape[1:3]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    places = tf.constant(np.stack([y, x], -1)[None], grid.dtype)
    places = tf.repeat(places, tf.shape(grid)[0], 0)
    return tf.concat([grid, places], -1)

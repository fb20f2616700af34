"""Dropout that is the same at every step of a sequence.

Reference: Gal and Ghahramani 2016, "A Theoretically Grounded Application of Dropout in
Recurrent Neural Networks", https://arxiv.org/abs/1512.05287. One mask is drawn for each
sequence and used at all of its steps, on the inputs and on the hidden state where it enters
the recurrent product:

    x'_t = m_x * x_t              m_x: (batch, features), 0 or 1 / (1 - dropout)
    U (m_h * h_{t-1})             m_h: (batch, units), 0 or 1 / (1 - recurrent_dropout)

All gates share a mask, the paper's tied weights. Where the state is not multiplied by U (the z * h
of a GRU, the cell of an LSTM) nothing is dropped.
"""

import keras
import tensorflow as tf

from tfrnn.layers.noise import draw_mask


def check_rate(layer: keras.layers.Layer, name: str, rate: float) -> float:
    """Returns `rate`; raises ValueError unless it is in [0, 1)."""
    if not 0 <= rate < 1:
        raise ValueError(f"{type(layer).__name__} needs {name} in [0, 1), got {name}={rate}.")
    return rate


def make_seeds(*rates: float) -> keras.random.SeedGenerator | None:
    """Returns what the masks are drawn from, a part of the layer's checkpoint; None for no rate."""
    return keras.random.SeedGenerator() if any(rates) else None


def drop_inputs(x: tf.Tensor, rate: float, seeds: keras.random.SeedGenerator) -> tf.Tensor:
    """Returns m_x * x for (batch, time, features)."""
    shape = tf.shape(x)
    return x * draw_mask(seeds, [shape[0], 1, shape[2]], rate=rate, dtype=x.dtype)


def draw_keep(hidden: tf.Tensor, rate: float, seeds: keras.random.SeedGenerator) -> tf.Tensor:
    """Returns m_h, of the shape and dtype of `hidden`, (batch, units)."""
    return draw_mask(seeds, tf.shape(hidden), rate=rate, dtype=hidden.dtype)

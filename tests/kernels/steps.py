"""The layers that have a fused unroll, and their steps with state dropout written out."""

import functools

import tensorflow as tf

from tfrnn.layers import GRU, LSTM, GRUState, SimpleRNN

FUSED = {
    "GRU": GRU,
    "LSTM": LSTM,
    "SimpleRNN relu": functools.partial(SimpleRNN, activation="relu"),
    "SimpleRNN sigmoid": functools.partial(SimpleRNN, activation="sigmoid"),
    "SimpleRNN tanh": functools.partial(SimpleRNN, activation="tanh"),
}


def dropped_step(layer, keep):
    """`layer.step` whose recurrent product reads keep * h."""
    if isinstance(layer, GRU):
        return functools.partial(_dropped_gru_step, layer, keep)
    # These read the hidden state in the product only.
    return lambda x, state: layer.step(x, state._replace(hidden=state.hidden * keep))


def _dropped_gru_step(layer, keep, projected, state):
    recurrent = layer.product(state.hidden * keep, layer.recurrent_kernel) + layer.bias[1]
    (x_z, x_r, x_g), (a_z, a_r, a_g) = (tf.split(v, 3, -1) for v in (projected, recurrent))
    z, r = tf.sigmoid(x_z + a_z), tf.sigmoid(x_r + a_r)
    hidden = z * state.hidden + (1 - z) * tf.tanh(x_g + r * a_g)
    return tf.cast(hidden, layer.compute_dtype), GRUState(hidden)

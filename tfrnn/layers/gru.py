"""The gated recurrent unit."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.kernels import gru as kernel
from tfrnn.kernels.rows import Rows
from tfrnn.layers.recurrent import Recurrent, check_features, check_units
from tfrnn.layers.variational import check_rate, draw_keep, drop_inputs, make_seeds


class GRUState(NamedTuple):
    """hidden: (batch, units), the last output."""

    hidden: tf.Tensor


@keras.saving.register_keras_serializable("tfrnn")
class GRU(Recurrent):
    """Gated recurrent unit whose reset gate acts after the recurrent product.

    Reference: Cho et al. 2014, "Learning Phrase Representations using RNN
    Encoder-Decoder", https://arxiv.org/abs/1406.1078, in the form of its first version
    (v1), the default of Keras and cuDNN, that takes one product a step:

        x_z, x_r, x_g = split(W x_t + b)
        a_z, a_r, a_g = split(U h_{t-1} + b')
        z = sigmoid(x_z + a_z)
        r = sigmoid(x_r + a_r)
        g = tanh(x_g + r * a_g)
        h_t = z * h_{t-1} + (1 - z) * g

    Args:
        units: Width of the hidden state, a positive int.
        dropout: Share of the input features that training sets to 0, the same ones at every
            step of a sequence, in [0, 1); it acts in `call`.
        recurrent_dropout: Share of the hidden state that training sets to 0 where it enters the
            recurrent product, likewise, in [0, 1); it acts in `unroll`. See
            `tfrnn.layers.variational` for both.

    Weights, as in `keras.layers.GRU`:
        kernel W: (features, 3 * units). recurrent_kernel U: (units, 3 * units).
        bias b, b': (2, 3 * units). The columns are in the order z, r, g.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `GRUState`.

    Raises:
        ValueError: If `units` is not positive, if a rate is outside [0, 1), or if the
            last axis of the inputs is not known when the layer is built.

    Example:
    >>> outputs, state = GRU(4)(tf.ones([2, 3, 8]))
    >>> outputs.shape, state.hidden.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(
        self,
        units: int,
        *,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = check_units(self, units)
        self.dropout = check_rate(self, "dropout", dropout)
        self.recurrent_dropout = check_rate(self, "recurrent_dropout", recurrent_dropout)
        self.seeds = make_seeds(dropout, recurrent_dropout)

    def build(self, input_shape):
        features, gates = check_features(self, input_shape), 3 * self.units
        self.kernel = self.add_master_weight((features, gates), "glorot_uniform", "kernel")
        self.recurrent_kernel = self.add_master_weight(
            (self.units, gates), "orthogonal", "recurrent_kernel"
        )
        self.bias = self.add_master_weight((2, gates), "zeros", "bias")

    def initial_state(self, batch_size) -> GRUState:
        return GRUState(tf.zeros([batch_size, self.units], self.variable_dtype))

    def project(self, inputs):
        return self.affine(inputs, self.kernel, self.bias[0])

    def step(self, projected, state: GRUState):
        x_z, x_r, x_g = tf.split(projected, 3, axis=-1)  # each (batch, units)
        recurrent = self.product(state.hidden, self.recurrent_kernel) + self.bias[1]
        a_z, a_r, a_g = tf.split(recurrent, 3, axis=-1)
        z, r = tf.sigmoid(x_z + a_z), tf.sigmoid(x_r + a_r)
        g = tf.tanh(x_g + r * a_g)
        hidden = z * state.hidden + (1 - z) * g
        return tf.cast(hidden, self.compute_dtype), GRUState(hidden)

    def unroll(self, projected, state: GRUState, mask=None, training=False):
        keep = None
        if training and self.recurrent_dropout:
            keep = draw_keep(state.hidden, self.recurrent_dropout, self.seeds)
        outputs, state = kernel.unroll(
            projected,
            tf.convert_to_tensor(self.recurrent_kernel),
            tf.convert_to_tensor(self.bias)[1],
            state,
            mask=mask,
            keep=keep,
            product_dtype=self.compute_dtype,
        )
        return outputs, GRUState(*state)

    def unroll_rows(self, table, ids, state, mask=None, training=False):
        return self.unroll(Rows(table, ids), state, mask, training)

    def call(self, inputs, initial_state=None, mask=None, training=None):
        if training and self.dropout:
            inputs = drop_inputs(inputs, self.dropout, self.seeds)
        return super().call(inputs, initial_state, mask, training)

    def get_config(self):
        return super().get_config() | {
            "units": self.units,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
        }

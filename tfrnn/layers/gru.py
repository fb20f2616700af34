"""The gated recurrent unit."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.layers.recurrent import Recurrent, check_features, check_units


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

    Weights, as in `keras.layers.GRU`:
        kernel W: (features, 3 * units). recurrent_kernel U: (units, 3 * units).
        bias b, b': (2, 3 * units). The columns are in the order z, r, g.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `GRUState`.

    Raises:
        ValueError: If `units` is not positive, or if the last axis of the
            inputs is not known when the layer is built.

    Example:
    >>> outputs, state = GRU(4)(tf.ones([2, 3, 8]))
    >>> outputs.shape, state.hidden.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = check_units(self, units)

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
        return self.product(inputs, self.kernel) + self.bias[0]

    def step(self, projected, state: GRUState):
        x_z, x_r, x_g = tf.split(projected, 3, axis=-1)  # each (batch, units)
        recurrent = self.product(state.hidden, self.recurrent_kernel) + self.bias[1]
        a_z, a_r, a_g = tf.split(recurrent, 3, axis=-1)
        z, r = tf.sigmoid(x_z + a_z), tf.sigmoid(x_r + a_r)
        g = tf.tanh(x_g + r * a_g)
        hidden = z * state.hidden + (1 - z) * g
        return tf.cast(hidden, self.compute_dtype), GRUState(hidden)

    def get_config(self):
        return super().get_config() | {"units": self.units}

"""The gated recurrent unit as its paper has it at last."""

import keras
import tensorflow as tf

from tfrnn.layers.gru import GRUState
from tfrnn.layers.recurrent import Recurrent, check_features, check_units


@keras.saving.register_keras_serializable("tfrnn")
class ResetBeforeGRU(Recurrent):
    """Gated recurrent unit whose reset gate acts before the recurrent product.

    Reference: Cho et al. 2014, "Learning Phrase Representations using RNN
    Encoder-Decoder", https://arxiv.org/abs/1406.1078, in the form of its last version
    (v3), that of the printed paper. It takes two products a step, `GRU` one:

        x_z, x_r, x_g = split(W x_t + b)
        U_z, U_r, U_g = split(U)
        z = sigmoid(x_z + U_z h_{t-1})
        r = sigmoid(x_r + U_r h_{t-1})
        g = tanh(x_g + U_g (r * h_{t-1}))
        h_t = z * h_{t-1} + (1 - z) * g

    Args:
        units: Width of the hidden state, a positive int.

    Weights, as in `keras.layers.GRU(reset_after=False)`:
        kernel W: (features, 3 * units). recurrent_kernel U: (units, 3 * units).
        bias b: (3 * units,). The columns are in the order z, r, g.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `GRUState`.

    Raises:
        ValueError: If `units` is not positive, or if the last axis of the
            inputs is not known when the layer is built.

    Example:
    >>> outputs, state = ResetBeforeGRU(4)(tf.ones([2, 3, 8]))
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
        self.bias = self.add_master_weight((gates,), "zeros", "bias")

    def initial_state(self, batch_size) -> GRUState:
        return GRUState(tf.zeros([batch_size, self.units], self.variable_dtype))

    def project(self, inputs):
        return self.affine(inputs, self.kernel, self.bias)

    def step(self, projected, state: GRUState):
        x_z, x_r, x_g = tf.split(projected, 3, axis=-1)  # each (batch, units)
        u_zr, u_g = tf.split(self.recurrent_kernel, [2 * self.units, self.units], axis=-1)
        a_z, a_r = tf.split(self.product(state.hidden, u_zr), 2, axis=-1)
        z, r = tf.sigmoid(x_z + a_z), tf.sigmoid(x_r + a_r)
        g = tf.tanh(x_g + self.product(r * state.hidden, u_g))
        hidden = z * state.hidden + (1 - z) * g
        return tf.cast(hidden, self.compute_dtype), GRUState(hidden)

    def get_config(self):
        return super().get_config() | {"units": self.units}

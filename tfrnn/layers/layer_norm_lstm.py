"""Long short-term memory with layer normalization."""

import keras
import tensorflow as tf

from tfrnn.layers.lstm import LSTMState, init_bias
from tfrnn.layers.recurrent import Recurrent, check_features, check_units

_EPSILON = 1e-5  # that of the authors' code, https://github.com/ryankiros/layer-norm


@keras.saving.register_keras_serializable("tfrnn")
class LayerNormLSTM(Recurrent):
    """Long short-term memory with layer normalization of both products and of the cell.

    Reference: Ba, Kiros and Hinton 2016, "Layer Normalization",
    https://arxiv.org/abs/1607.06450, equations 20 to 22 of its supplement:

        N(a) = (a - mean(a)) / sqrt(variance(a) + 1e-5)
        i, f, g, o = split(w * N(W x_t) + u * N(U h_{t-1}) + b)
        c_t = sigmoid(f) * c_{t-1} + sigmoid(i) * tanh(g)
        h_t = sigmoid(o) * tanh(v * N(c_t) + s)

    As there, mean and variance run over the sums of all four gates together, and the
    cell is carried on as it was before its normalization. (`LayerNormLSTMCell` of
    TensorFlow Addons carries the normalized cell.) The paper's own two shifts of the
    products only ever meet as a sum with b, so they are left to b.

    Args:
        units: Width of the hidden and cell state, a positive int.
        unit_forget_bias: Whether `b_f` starts at 1, see `LSTM`, or at 0.

    Weights:
        kernel W: (features, 4 * units). recurrent_kernel U: (units, 4 * units).
        bias b: (4 * units,). The columns are in the order i, f, g, o, as in `LSTM`.
        kernel_gain w, recurrent_gain u: (4 * units,) each, in the same order, from 1.
        cell_gain v: (units,), from 1. cell_bias s: (units,), from 0.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `LSTMState`.

    Raises:
        ValueError: If `units` is not positive, or if the last axis of the
            inputs is not known when the layer is built.

    Example:
    >>> outputs, state = LayerNormLSTM(4)(tf.ones([2, 3, 8]))
    >>> outputs.shape, state.cell.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(self, units: int, *, unit_forget_bias: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.units = check_units(self, units)
        self.unit_forget_bias = unit_forget_bias

    def build(self, input_shape):
        features, gates = check_features(self, input_shape), 4 * self.units
        self.kernel = self.add_master_weight((features, gates), "glorot_uniform", "kernel")
        self.recurrent_kernel = self.add_master_weight(
            (self.units, gates), "orthogonal", "recurrent_kernel"
        )
        self.bias = self.add_master_weight((gates,), init_bias(self.unit_forget_bias), "bias")
        self.kernel_gain = self.add_master_weight((gates,), "ones", "kernel_gain")
        self.recurrent_gain = self.add_master_weight((gates,), "ones", "recurrent_gain")
        self.cell_gain = self.add_master_weight((self.units,), "ones", "cell_gain")
        self.cell_bias = self.add_master_weight((self.units,), "zeros", "cell_bias")

    def initial_state(self, batch_size) -> LSTMState:
        zeros = tf.zeros([batch_size, self.units], self.variable_dtype)
        return LSTMState(hidden=zeros, cell=zeros)

    def project(self, inputs):
        return self.kernel_gain * _normalize(self.product(inputs, self.kernel)) + self.bias

    def step(self, projected, state: LSTMState):
        recurrent = _normalize(self.product(state.hidden, self.recurrent_kernel))
        i, f, g, o = tf.split(projected + self.recurrent_gain * recurrent, 4, axis=-1)
        cell = tf.sigmoid(f) * state.cell + tf.sigmoid(i) * tf.tanh(g)
        seen = self.cell_gain * _normalize(cell) + self.cell_bias
        hidden = tf.sigmoid(o) * tf.tanh(seen)
        return tf.cast(hidden, self.compute_dtype), LSTMState(hidden, cell)

    def get_config(self):
        return super().get_config() | {
            "units": self.units,
            "unit_forget_bias": self.unit_forget_bias,
        }


def _normalize(a):
    """Moves the last axis to mean 0 and variance 1."""
    a -= tf.reduce_mean(a, -1, keepdims=True)
    return a * tf.math.rsqrt(tf.reduce_mean(a * a, -1, keepdims=True) + _EPSILON)

"""Long short-term memory whose gates see the cell."""

import keras
import tensorflow as tf

from tfrnn.layers.lstm import LSTMState, init_bias
from tfrnn.layers.recurrent import Recurrent, check_features, check_units


@keras.saving.register_keras_serializable("tfrnn")
class PeepholeLSTM(Recurrent):
    """Long short-term memory whose gates look at the cell through one weight a unit.

    Reference: Gers and Schmidhuber 2000, "Recurrent Nets that Time and Count",
    https://doi.org/10.1109/IJCNN.2000.861302, in the form of Graves 2013, "Generating
    Sequences With Recurrent Neural Networks", https://arxiv.org/abs/1308.0850, section 2:

        i, f, g, o = split(W x_t + U h_{t-1} + b)
        p_i, p_f, p_o = peephole
        c_t = sigmoid(f + p_f * c_{t-1}) * c_{t-1} + sigmoid(i + p_i * c_{t-1}) * tanh(g)
        h_t = sigmoid(o + p_o * c_t) * tanh(c_t)

    Args:
        units: Width of the hidden and cell state, a positive int.
        unit_forget_bias: Whether `b_f` starts at 1, see `LSTM`, or at 0.

    Weights:
        kernel W: (features, 4 * units). recurrent_kernel U: (units, 4 * units).
        bias b: (4 * units,). The columns are in the order i, f, g, o, as in `LSTM`.
        peephole: (3, units), the rows p_i, p_f, p_o. They start at 0: as an `LSTM`.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `LSTMState`.

    Raises:
        ValueError: If `units` is not positive, or if the last axis of the
            inputs is not known when the layer is built.

    Example:
    >>> outputs, state = PeepholeLSTM(4)(tf.ones([2, 3, 8]))
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
        self.peephole = self.add_master_weight((3, self.units), "zeros", "peephole")

    def initial_state(self, batch_size) -> LSTMState:
        zeros = tf.zeros([batch_size, self.units], self.variable_dtype)
        return LSTMState(hidden=zeros, cell=zeros)

    def project(self, inputs):
        return self.affine(inputs, self.kernel, self.bias)

    def step(self, projected, state: LSTMState):
        gates = projected + self.product(state.hidden, self.recurrent_kernel)
        i, f, g, o = tf.split(gates, 4, axis=-1)  # each (batch, units)
        p_i, p_f, p_o = tf.unstack(self.peephole)  # each (units,)
        i, f = tf.sigmoid(i + p_i * state.cell), tf.sigmoid(f + p_f * state.cell)
        cell = f * state.cell + i * tf.tanh(g)
        hidden = tf.sigmoid(o + p_o * cell) * tf.tanh(cell)
        return tf.cast(hidden, self.compute_dtype), LSTMState(hidden, cell)

    def get_config(self):
        return super().get_config() | {
            "units": self.units,
            "unit_forget_bias": self.unit_forget_bias,
        }

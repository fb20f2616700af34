"""Long short-term memory."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.kernels import lstm as kernel
from tfrnn.kernels.rows import Rows
from tfrnn.layers.recurrent import Recurrent, check_features, check_units
from tfrnn.layers.variational import check_rate, draw_keep, drop_inputs, make_seeds


class LSTMState(NamedTuple):
    """hidden: (batch, units), the last output; cell: (batch, units), the memory."""

    hidden: tf.Tensor
    cell: tf.Tensor


@keras.saving.register_keras_serializable("tfrnn")
class LSTM(Recurrent):
    """Long short-term memory with a forget gate.

    Reference: Hochreiter and Schmidhuber 1997, "Long Short-Term Memory",
    https://doi.org/10.1162/neco.1997.9.8.1735; the forget gate is that of Gers,
    Schmidhuber and Cummins 2000, https://doi.org/10.1162/089976600300015015:

        i, f, g, o = split(W x_t + U h_{t-1} + b)
        c_t = sigmoid(f) * c_{t-1} + sigmoid(i) * tanh(g)
        h_t = sigmoid(o) * tanh(c_t)

    Args:
        units: Width of the hidden and cell state, a positive int.
        unit_forget_bias: Whether `b_f` starts at 1, so that the cell remembers before it
            has learned to (Jozefowicz, Zaremba and Sutskever 2015, section 5), or at 0.
        dropout: Share of the input features that training sets to 0, the same ones at every
            step of a sequence, in [0, 1); it acts in `call`.
        recurrent_dropout: Share of the hidden state that training sets to 0 where it enters the
            recurrent product, likewise, in [0, 1); it acts in `unroll`. See
            `tfrnn.layers.variational` for both.

    Weights, as in `keras.layers.LSTM`:
        kernel W: (features, 4 * units). recurrent_kernel U: (units, 4 * units).
        bias b: (4 * units,). The columns are in the order i, f, g, o.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `LSTMState`.

    Raises:
        ValueError: If `units` is not positive, if a rate is outside [0, 1), or if the
            last axis of the inputs is not known when the layer is built.

    Example:
    >>> outputs, state = LSTM(4)(tf.ones([2, 3, 8]))
    >>> outputs.shape, state.cell.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(
        self,
        units: int,
        *,
        unit_forget_bias: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = check_units(self, units)
        self.unit_forget_bias = unit_forget_bias
        self.dropout = check_rate(self, "dropout", dropout)
        self.recurrent_dropout = check_rate(self, "recurrent_dropout", recurrent_dropout)
        self.seeds = make_seeds(dropout, recurrent_dropout)

    def build(self, input_shape):
        features, gates = check_features(self, input_shape), 4 * self.units
        self.kernel = self.add_master_weight((features, gates), "glorot_uniform", "kernel")
        self.recurrent_kernel = self.add_master_weight(
            (self.units, gates), "orthogonal", "recurrent_kernel"
        )
        self.bias = self.add_master_weight((gates,), init_bias(self.unit_forget_bias), "bias")

    def initial_state(self, batch_size) -> LSTMState:
        zeros = tf.zeros([batch_size, self.units], self.variable_dtype)
        return LSTMState(hidden=zeros, cell=zeros)

    def project(self, inputs):
        return self.affine(inputs, self.kernel, self.bias)

    def step(self, projected, state: LSTMState):
        gates = projected + self.product(state.hidden, self.recurrent_kernel)
        i, f, g, o = tf.split(gates, 4, axis=-1)  # each (batch, units)
        cell = tf.sigmoid(f) * state.cell + tf.sigmoid(i) * tf.tanh(g)
        hidden = tf.sigmoid(o) * tf.tanh(cell)
        return tf.cast(hidden, self.compute_dtype), LSTMState(hidden, cell)

    def unroll(self, projected, state: LSTMState, mask=None, training=False):
        keep = None
        if training and self.recurrent_dropout:
            keep = draw_keep(state.hidden, self.recurrent_dropout, self.seeds)
        outputs, state = kernel.unroll(
            projected,
            tf.convert_to_tensor(self.recurrent_kernel),
            state,
            mask=mask,
            keep=keep,
            product_dtype=self.compute_dtype,
        )
        return outputs, LSTMState(*state)

    def unroll_rows(self, table, ids, state, mask=None, training=False):
        return self.unroll(Rows(table, ids), state, mask, training)

    def call(self, inputs, initial_state=None, mask=None, training=None):
        if training and self.dropout:
            inputs = drop_inputs(inputs, self.dropout, self.seeds)
        return super().call(inputs, initial_state, mask, training)

    def get_config(self):
        return super().get_config() | {
            "units": self.units,
            "unit_forget_bias": self.unit_forget_bias,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
        }


def init_bias(unit_forget_bias: bool) -> Callable:
    """Returns an initializer of (4 * units,): zeros, and ones for the forget gate where wanted."""

    def init(shape, dtype=None):
        forget = 1.0 if unit_forget_bias else 0.0
        return tf.repeat(tf.constant([0.0, forget, 0.0, 0.0], dtype), shape[0] // 4)

    return init

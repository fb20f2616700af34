"""The simple recurrent network."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.kernels import simple_rnn as kernel
from tfrnn.kernels.rows import Rows
from tfrnn.layers.recurrent import Recurrent, check_features, check_units
from tfrnn.layers.variational import check_rate, draw_keep, drop_inputs, make_seeds


class SimpleRNNState(NamedTuple):
    """hidden: (batch, units), the last output."""

    hidden: tf.Tensor


@keras.saving.register_keras_serializable("tfrnn")
class SimpleRNN(Recurrent):
    """The simple recurrent network.

    Reference: Elman 1990, "Finding Structure in Time",
    https://doi.org/10.1207/s15516709cog1402_1:

        h_t = a(W x_t + U h_{t-1} + b)      a: tanh, ReLU or sigmoid

    Args:
        units: Width of the hidden state, a positive int.
        activation: What a is, "tanh", "relu" or "sigmoid".
        dropout: Share of the input features that training sets to 0, the same ones at every
            step of a sequence, in [0, 1); it acts in `call`.
        recurrent_dropout: Share of the hidden state that training sets to 0 where it enters the
            recurrent product, likewise, in [0, 1); it acts in `unroll`. See
            `tfrnn.layers.variational` for both.

    Weights, as in `keras.layers.SimpleRNN`:
        kernel W: (features, units). recurrent_kernel U: (units, units). bias b: (units,).

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `SimpleRNNState`.

    Raises:
        ValueError: If `units` is not positive, `activation` unknown, a rate outside [0, 1), or
            if the last axis of the inputs is not known when the layer is built.

    Example:
    >>> outputs, state = SimpleRNN(4)(tf.ones([2, 3, 8]))
    >>> outputs.shape, state.hidden.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(
        self,
        units: int,
        *,
        activation: str = "tanh",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = check_units(self, units)
        if activation not in kernel.ACTIVATIONS:
            known = ", ".join(kernel.ACTIVATIONS)
            raise ValueError(f"SimpleRNN needs an activation of {known}, got {activation!r}.")
        self.activation = activation
        self.dropout = check_rate(self, "dropout", dropout)
        self.recurrent_dropout = check_rate(self, "recurrent_dropout", recurrent_dropout)
        self.seeds = make_seeds(dropout, recurrent_dropout)

    def build(self, input_shape):
        features = check_features(self, input_shape)
        self.kernel = self.add_master_weight((features, self.units), "glorot_uniform", "kernel")
        self.recurrent_kernel = self.add_master_weight(
            (self.units, self.units), "orthogonal", "recurrent_kernel"
        )
        self.bias = self.add_master_weight((self.units,), "zeros", "bias")

    def initial_state(self, batch_size) -> SimpleRNNState:
        return SimpleRNNState(tf.zeros([batch_size, self.units], self.variable_dtype))

    def project(self, inputs):
        return self.affine(inputs, self.kernel, self.bias)

    def step(self, projected, state: SimpleRNNState):
        a, _ = kernel.ACTIVATIONS[self.activation]
        hidden = a(projected + self.product(state.hidden, self.recurrent_kernel))
        return tf.cast(hidden, self.compute_dtype), SimpleRNNState(hidden)

    def unroll(self, projected, state: SimpleRNNState, mask=None, training=False):
        keep = None
        if training and self.recurrent_dropout:
            keep = draw_keep(state.hidden, self.recurrent_dropout, self.seeds)
        outputs, state = kernel.unroll(
            projected,
            tf.convert_to_tensor(self.recurrent_kernel),
            state,
            activation=self.activation,
            mask=mask,
            keep=keep,
            product_dtype=self.compute_dtype,
        )
        return outputs, SimpleRNNState(*state)

    def unroll_rows(self, table, ids, state, mask=None, training=False):
        return self.unroll(Rows(table, ids), state, mask, training)

    def call(self, inputs, initial_state=None, mask=None, training=None):
        if training and self.dropout:
            inputs = drop_inputs(inputs, self.dropout, self.seeds)
        return super().call(inputs, initial_state, mask, training)

    def get_config(self):
        return super().get_config() | {
            "units": self.units,
            "activation": self.activation,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
        }

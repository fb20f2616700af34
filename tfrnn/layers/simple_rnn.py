"""The simple recurrent network."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.layers.recurrent import Recurrent, check_features, check_units


class SimpleRNNState(NamedTuple):
    """hidden: (batch, units), the last output."""

    hidden: tf.Tensor


@keras.saving.register_keras_serializable("tfrnn")
class SimpleRNN(Recurrent):
    """The simple recurrent network with tanh.

    Reference: Elman 1990, "Finding Structure in Time",
    https://doi.org/10.1207/s15516709cog1402_1:

        h_t = tanh(W x_t + U h_{t-1} + b)

    Args:
        units: Width of the hidden state, a positive int.

    Weights, as in `keras.layers.SimpleRNN`:
        kernel W: (features, units). recurrent_kernel U: (units, units). bias b: (units,).

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is `SimpleRNNState`.

    Raises:
        ValueError: If `units` is not positive, or if the last axis of the
            inputs is not known when the layer is built.

    Example:
    >>> outputs, state = SimpleRNN(4)(tf.ones([2, 3, 8]))
    >>> outputs.shape, state.hidden.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = check_units(self, units)

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
        return self.product(inputs, self.kernel) + self.bias

    def step(self, projected, state: SimpleRNNState):
        hidden = tf.tanh(projected + self.product(state.hidden, self.recurrent_kernel))
        return tf.cast(hidden, self.compute_dtype), SimpleRNNState(hidden)

    def get_config(self):
        return super().get_config() | {"units": self.units}

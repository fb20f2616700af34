"""Recurrent weights that are dropped."""

import contextlib

import keras
import tensorflow as tf

from tfrnn.layers.noise import draw_mask
from tfrnn.layers.recurrent import Recurrent
from tfrnn.layers.variational import check_rate


@keras.saving.register_keras_serializable("tfrnn")
class WeightDrop(Recurrent):
    """Drops entries of a layer's recurrent kernel, the same ones for a whole call.

    Reference: Merity, Keskar and Socher 2017, "Regularizing and Optimizing LSTM Language
    Models", https://arxiv.org/abs/1708.02182, section 2, after the DropConnect of Wan et al.
    2013. In training the layer runs with

        U' = m * U                    m: the shape of U, 0 or 1 / (1 - rate)

    drawn once a call for all sequences and steps. The layer itself does not change, so that
    its fused kernel stays in use.

    Args:
        layer: The recurrent layer; it has a `recurrent_kernel`.
        rate: Share of the entries that training sets to 0, in [0, 1). The paper takes 0.5.

    Weights: those of the layer.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is the layer's.
    `step` drops nothing.

    Raises:
        ValueError: If `rate` is outside [0, 1), or, when the layer is built, if it has no
            `recurrent_kernel`.

    Example:
    >>> from tfrnn.layers import LSTM
    >>> outputs, state = WeightDrop(LSTM(4), rate=0.5)(tf.ones([2, 3, 8]), training=True)
    >>> outputs.shape, state.cell.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(self, layer: Recurrent, *, rate: float, **kwargs):
        super().__init__(**{"dtype": layer.dtype_policy} | kwargs)
        self.layer = layer
        self.rate = check_rate(self, "rate", rate)
        self.seeds = keras.random.SeedGenerator()

    @property
    def units(self) -> int:
        """Width of the outputs."""
        return self.layer.units

    def build(self, input_shape):
        if not self.layer.built:  # a loaded one comes built
            self.layer.build(input_shape)
        if not hasattr(self.layer, "recurrent_kernel"):
            name = type(self.layer).__name__
            raise ValueError(f"WeightDrop needs a layer with a recurrent_kernel, got {name}.")

    def initial_state(self, batch_size):
        return self.layer.initial_state(batch_size)

    def project(self, inputs):
        return self.layer.project(inputs)

    def step(self, projected, state):
        return self.layer.step(projected, state)

    def unroll(self, projected, state, mask=None, training=False):
        with self._dropping(training):
            return self.layer.unroll(projected, state, mask, training)

    def call(self, inputs, initial_state=None, mask=None, training=None):
        with self._dropping(training):
            return self.layer.call(inputs, initial_state, mask, training)

    @contextlib.contextmanager
    def _dropping(self, training):
        """Within it, when training, the layer reads U' wherever it reads U."""
        if not training:
            yield
            return
        kernel, variables = self.layer.recurrent_kernel, self.layer.variables
        # All of them: Keras looks a variable up in the innermost scope only.
        values = {id(v): tf.convert_to_tensor(v.value) for v in variables}
        values[id(kernel)] *= draw_mask(
            self.seeds, kernel.shape, rate=self.rate, dtype=kernel.dtype
        )
        with keras.StatelessScope([(v, values[id(v)]) for v in variables]) as scope:
            yield
        for seed in self.layer.non_trainable_variables:  # the layer may draw as well
            seed.assign(scope.get_current_value(seed))

    def get_config(self):
        layer = keras.saving.serialize_keras_object(self.layer)
        return super().get_config() | {"layer": layer, "rate": self.rate}

    @classmethod
    def from_config(cls, config):
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**config | {"layer": layer})

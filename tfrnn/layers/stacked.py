"""Recurrent layers on top of each other."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from tfrnn.layers.recurrent import Recurrent
from tfrnn.layers.variational import check_rate


@keras.saving.register_keras_serializable("tfrnn")
class Stacked(Recurrent):
    """Several recurrent layers, each reading the outputs of the one below.

    Reference: Zaremba, Sutskever and Vinyals 2014, "Recurrent Neural Network
    Regularization", https://arxiv.org/abs/1409.2329: dropout acts on the connections
    between layers, never on those from one step to the next.

        y^0_t = x_t
        y^l_t, s^l_t = layer_l(D(y^{l-1}_t), s^l_{t-1})      D: dropout, for l > 1

    Dropout before the first layer and after the last belongs to the model around it.

    With residual connections each layer above the first adds to what it makes what it
    was given, before dropout (Wu et al. 2016, "Google's Neural Machine Translation System",
    https://arxiv.org/abs/1609.08144, section 3.1):

        y^l_t = layer_l(D(y^{l-1}_t)) + y^{l-1}_t

    Args:
        layers: Recurrent layers, lowest first, at least one.
        dropout: Share of the values between two layers that training sets to 0, in [0, 1).
        residual: Whether there are residual connections; all layers are of one width then.

    Weights: those of the layers, in their order.

    Call arguments: see `Recurrent`; `training` reaches every layer as well. A first layer's own
    dropout of its inputs acts in `call`, as it does without the stack.

    Returns: see `Recurrent`; the state is a tuple with one state a layer, lowest first, the
    outputs are those of the last layer. `step` and `project` never drop anything.

    Raises:
        ValueError: If there is no layer, if `dropout` is outside [0, 1), or if the layers
            differ in width and `residual` is True.

    Example:
    >>> from tfrnn.layers import GRU
    >>> stacked = Stacked([GRU(4), GRU(5)], dropout=0.5)
    >>> outputs, states = stacked(tf.ones([2, 3, 8]), training=True)
    >>> output, states = stacked.step(stacked.project(tf.ones([2, 8])), states)
    >>> outputs.shape, output.shape, [state.hidden.shape[-1] for state in states]
    (TensorShape([2, 3, 5]), TensorShape([2, 5]), [4, 5])
    """

    def __init__(
        self,
        layers: Sequence[Recurrent],
        *,
        dropout: float = 0.0,
        residual: bool = False,
        **kwargs,
    ):
        if not layers:
            raise ValueError("Stacked needs at least one layer, got none.")
        widths = [layer.units for layer in layers]
        if residual and len(set(widths)) > 1:
            raise ValueError(f"Stacked needs layers of one width to be residual, got {widths}.")
        super().__init__(**{"dtype": layers[0].dtype_policy} | kwargs)
        self.layers = list(layers)
        self.dropout = check_rate(self, "dropout", dropout)
        self.residual = residual
        self.drops = [
            keras.layers.Dropout(dropout, dtype=below.dtype_policy) for below in self.layers[:-1]
        ]

    @property
    def units(self) -> int:
        """Width of the outputs: that of the last layer."""
        return self.layers[-1].units

    def build(self, input_shape):
        batch, time, _ = input_shape
        for layer in self.layers:
            if not layer.built:  # a loaded one comes built
                layer.build(input_shape)
            input_shape = (batch, time, layer.units)

    def initial_state(self, batch_size) -> tuple:
        return tuple(layer.initial_state(batch_size) for layer in self.layers)

    def project(self, inputs):
        return self.layers[0].project(inputs)

    def step(self, projected, state: tuple):
        y, first = self.layers[0].step(projected, state[0])
        after = [first]
        for layer, before in zip(self.layers[1:], state[1:]):
            above, new = layer.step(layer.project(y), before)
            y = self._join(above, y)
            after.append(new)
        return y, tuple(after)

    def unroll(self, projected, state: tuple, mask=None, training=False):
        """Runs all steps of one layer, then of the next: (batch, time, units), states."""
        bottom = self.layers[0].unroll(projected, state[0], mask, training)
        return self._climb(bottom, state, mask, training)

    def unroll_rows(self, table, ids, state: tuple, mask=None, training=False):
        bottom = self.layers[0].unroll_rows(table, ids, state[0], mask, training)
        return self._climb(bottom, state, mask, training)

    def call(self, inputs, initial_state=None, mask=None, training=None):
        state = self.start(inputs, initial_state)
        bottom = self.layers[0].call(inputs, state[0], mask, training)
        return self._climb(bottom, state, mask, training)

    def _climb(self, bottom, state, mask, training):
        """Runs the layers above the first, of which `bottom` is what it returned."""
        ys, first = bottom
        after = [first]
        for drop, layer, before in zip(self.drops, self.layers[1:], state[1:]):
            above, new = layer.call(drop(ys, training=training), before, mask, training)
            ys = self._join(above, ys)
            after.append(new)
        return ys, tuple(after)

    def _join(self, above, below):
        return above + tf.cast(below, above.dtype) if self.residual else above

    def get_config(self):
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return super().get_config() | {
            "layers": layers,
            "dropout": self.dropout,
            "residual": self.residual,
        }

    @classmethod
    def from_config(cls, config):
        layers = [keras.saving.deserialize_keras_object(layer) for layer in config["layers"]]
        return cls(**config | {"layers": layers})

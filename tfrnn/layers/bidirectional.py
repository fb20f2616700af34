"""Two recurrent layers, one from the front and one from the back."""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from tfrnn.layers.recurrent import Recurrent


class BidirectionalState(NamedTuple):
    """forward: the state after the last real step; backward: after the first, read last."""

    forward: Any
    backward: Any


@keras.saving.register_keras_serializable("tfrnn")
class Bidirectional(keras.layers.Layer):
    """A recurrent layer over the sequence and one over its reverse, side by side.

    Reference: Schuster and Paliwal 1997, "Bidirectional Recurrent Neural Networks",
    https://doi.org/10.1109/78.650093:

        y_t = [forward(x_1 .. x_t), backward(x_T .. x_t)]

    The time axis is reversed together with the mask. Padding then comes first, where it
    leaves the state as it was: each row is reversed inside its padding, wherever that is,
    holes included. Called as a `Recurrent` is, but it has no `step`: the backward layer
    reads the end of the sequence first.

    Args:
        forward: The recurrent layer that reads from the front.
        backward: The one that reads from the back: another layer, of any kind and width.

    Weights: those of `forward`, then those of `backward`, as in `keras.layers.Bidirectional`.

    Call arguments: those of `Recurrent`, and
        training: Handed to both layers; None asks the Keras layer around this one.

    Returns:
        outputs: (batch, time, forward.units + backward.units), compute dtype, zeros where
            masked.
        final_state: `BidirectionalState`, what each layer returns.

    Raises:
        ValueError: If `forward` and `backward` are one layer.

    Example:
    >>> from tfrnn.layers import GRU, LSTM
    >>> outputs, state = Bidirectional(LSTM(4), GRU(3))(tf.ones([2, 5, 8]))
    >>> outputs.shape, state.forward.cell.shape, state.backward.hidden.shape
    (TensorShape([2, 5, 7]), TensorShape([2, 4]), TensorShape([2, 3]))
    """

    def __init__(self, forward: Recurrent, backward: Recurrent, **kwargs):
        if forward is backward:
            raise ValueError("Bidirectional needs two layers, got the same one twice.")
        # Keras would cast a float32 state to bfloat16 on its way into `call`.
        super().__init__(**{"dtype": forward.dtype_policy} | kwargs, autocast=False)
        self.supports_masking = True  # Keras then hands the mask on to the outputs
        self.forward = forward
        self.backward = backward

    @property
    def units(self) -> int:
        """Width of the outputs: that of both layers together."""
        return self.forward.units + self.backward.units

    def build(self, input_shape):
        for layer in (self.forward, self.backward):
            if not layer.built:  # a loaded one comes built
                layer.build(input_shape)

    def initial_state(self, batch_size: int | tf.Tensor) -> BidirectionalState:
        """Returns the states before the first step of each layer."""
        return BidirectionalState(
            self.forward.initial_state(batch_size), self.backward.initial_state(batch_size)
        )

    def call(self, inputs, initial_state=None, mask=None, training=None):
        there, back = self._split(initial_state)
        reverse = _reversed(mask)
        first, ahead = self.forward(inputs, there, mask=mask, training=training)
        second, behind = self.backward(_reversed(inputs), back, mask=reverse, training=training)
        return self._side_by_side(first, second), BidirectionalState(ahead, behind)

    def unroll(
        self,
        projected: tuple[tf.Tensor, tf.Tensor],
        state: BidirectionalState,
        mask: tf.Tensor | None = None,
        training: bool | None = False,
    ) -> tuple[tf.Tensor, BidirectionalState]:
        """Runs all steps of what each layer's `project` made; `call` without dropout of the inputs.

        Args:
            projected: (batch, time, projected) of the forward layer, and of the backward one
                from the last step to the first, as it reads them.
            state: What `initial_state` returns.
            mask: (batch, time) bool, from the first step to the last, or None.
            training: See `call`.
        """
        first, second = projected
        first, ahead = self.forward.unroll(first, state.forward, mask, training)
        second, behind = self.backward.unroll(second, state.backward, _reversed(mask), training)
        return self._side_by_side(first, second), BidirectionalState(ahead, behind)

    def unroll_rows(
        self,
        tables: tuple[tf.Tensor, tf.Tensor],
        ids: tf.Tensor,
        state: BidirectionalState,
        mask: tf.Tensor | None = None,
        training: bool | None = False,
    ) -> tuple[tf.Tensor, BidirectionalState]:
        """Runs all steps on rows of tables, one that each layer's `project` made.

        Args:
            tables: (rows, projected) of the forward layer and of the backward one.
            ids: (batch, time), each below rows, from the first step to the last.
            state: See `unroll`.
            mask: Likewise.
            training: Likewise.
        """
        (first, second), back = tables, (_reversed(ids), state.backward, _reversed(mask))
        first, ahead = self.forward.unroll_rows(first, ids, state.forward, mask, training)
        second, behind = self.backward.unroll_rows(second, *back, training)
        return self._side_by_side(first, second), BidirectionalState(ahead, behind)

    def _side_by_side(self, first, second):
        both = [tf.cast(y, self.compute_dtype) for y in (first, _reversed(second))]
        return tf.concat(both, -1)

    def _split(self, state):
        if state is None:
            return None, None
        parts = tf.nest.flatten(state)  # a saved Keras graph brings NamedTuples back as lists
        cut = len(tf.nest.flatten(self.forward.initial_state(1)))
        return parts[:cut], parts[cut:]

    def get_config(self):
        layers = {"forward": self.forward, "backward": self.backward}
        return super().get_config() | {
            name: keras.saving.serialize_keras_object(layer) for name, layer in layers.items()
        }

    @classmethod
    def from_config(cls, config):
        layers = {
            name: keras.saving.deserialize_keras_object(config[name])
            for name in ("forward", "backward")
        }
        return cls(**config | layers)


def _reversed(x):
    return None if x is None else tf.reverse(x, [1])

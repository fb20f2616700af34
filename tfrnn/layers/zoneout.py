"""Units that stay as they were."""

import keras
import tensorflow as tf

from tfrnn.layers.noise import draw_uniform
from tfrnn.layers.recurrent import Recurrent, scan
from tfrnn.layers.variational import check_rate


@keras.saving.register_keras_serializable("tfrnn")
class Zoneout(Recurrent):
    """Lets some units of the state stay as they were, others at every step.

    Reference: Krueger et al. 2016, "Zoneout: Regularizing RNNs by Randomly Preserving
    Hidden Activations", https://arxiv.org/abs/1606.01305. With c', h' what the layer makes
    of c_{t-1}, h_{t-1}:

        c_t = d_c * c_{t-1} + (1 - d_c) * c'
        h_t = d_h * h_{t-1} + (1 - d_h) * h'

    In training d_c and d_h are drawn for each unit and step, 1 with the probability `cell` and
    `hidden`, else 0; otherwise they are these probabilities themselves. As in the paper h'
    is that of c', not of c_t.

    The state is mixed between two steps, so all steps run through `layer.step`, not through a
    fused kernel: around an `LSTM` that takes about twice the time. In training the draws take
    as much memory as the states of all steps.

    Args:
        layer: The recurrent layer; its state is `hidden`, or `hidden` and `cell`, and its
            output is `hidden`. It has no dropout of its own; around it `WeightDrop` may be.
        hidden: Probability that a unit of the hidden state stays, in [0, 1). The paper's
            best for characters is 0.05.
        cell: Likewise for the cell, in [0, 1); the paper's best there is 0.5.

    Weights: those of the layer.

    Call arguments, returns, masking and dtypes: see `Recurrent`; the state is the layer's.
    `step` takes the probabilities, as inference does.

    Raises:
        ValueError: If a probability is outside [0, 1), if `cell` is positive and the state has
            none, if the state is another one, or if the layer has dropout of its own.

    Example:
    >>> from tfrnn.layers import LSTM
    >>> layer = Zoneout(LSTM(4), hidden=0.05, cell=0.5)
    >>> outputs, state = layer(tf.ones([2, 3, 8]), training=True)
    >>> outputs.shape, state.cell.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    def __init__(self, layer: Recurrent, *, hidden: float, cell: float = 0.0, **kwargs):
        super().__init__(**{"dtype": layer.dtype_policy} | kwargs)
        self.hidden = check_rate(self, "hidden", hidden)
        self.cell = check_rate(self, "cell", cell)
        self.layer = _check_layer(layer, cell)
        self.seeds = keras.random.SeedGenerator()

    @property
    def units(self) -> int:
        """Width of the outputs."""
        return self.layer.units

    @property
    def recurrent_kernel(self) -> keras.Variable:
        """That of the layer, for a `WeightDrop` around this one."""
        return self.layer.recurrent_kernel

    def build(self, input_shape):
        if not self.layer.built:  # a loaded one comes built
            self.layer.build(input_shape)

    def initial_state(self, batch_size):
        return self.layer.initial_state(batch_size)

    def project(self, inputs):
        return self.layer.project(inputs)

    def step(self, projected, state):
        return self._advance(projected, state, self._probabilities(state))

    def unroll(self, projected, state, mask=None, training=False):
        if not training:
            return scan(self.step, projected, state, mask)
        # Drawn for all steps at once: inside the loop the draws would depend on its counter.
        batch, time, width = _sizes(projected)
        probabilities = tf.repeat(self._probabilities(state), self.units)
        uniform = draw_uniform(self.seeds, [batch, time, probabilities.shape[0]])
        stays = tf.cast(uniform < tf.cast(probabilities, tf.float32), projected.dtype)

        def step(both, state):
            x, *stay = tf.split(both, [width] + [self.units] * len(state), -1)
            return self._advance(x, state, stay)

        return scan(step, tf.concat([projected, stays], -1), state, mask)

    def _probabilities(self, state):
        return [{"hidden": self.hidden, "cell": self.cell}[field] for field in state._fields]

    def _advance(self, projected, state, stay):
        """One step of the layer, and the share `stay` of each part of the state as it was."""
        _, new = self.layer.step(projected, state)
        mixed = [d * before + (1 - d) * after for d, before, after in zip(stay, state, new)]
        state = type(state)(*mixed)
        return tf.cast(state.hidden, self.compute_dtype), state

    def get_config(self):
        return super().get_config() | {
            "layer": keras.saving.serialize_keras_object(self.layer),
            "hidden": self.hidden,
            "cell": self.cell,
        }

    @classmethod
    def from_config(cls, config):
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**config | {"layer": layer})


def _check_layer(layer, cell):
    """Returns `layer`; raises ValueError unless its state can be mixed."""
    name, state = type(layer).__name__, layer.initial_state(1)
    fields = state._fields if hasattr(state, "_fields") else ()
    if "hidden" not in fields or not {"hidden", "cell"}.issuperset(fields):
        raise ValueError(f"Zoneout needs a layer whose state is hidden and cell, got {name}.")
    if cell and "cell" not in fields:
        raise ValueError(f"Zoneout needs cell=0 where the state has none: {name}, got cell={cell}.")
    if layer.non_trainable_variables:  # seeds: what they are drawn for is not in `step`
        raise ValueError(f"Zoneout needs a layer without dropout of its own, got {name} with it.")
    return layer


def _sizes(x):
    known, sized = x.shape, tf.unstack(tf.shape(x))
    return [k if k is not None else s for k, s in zip(known, sized)]

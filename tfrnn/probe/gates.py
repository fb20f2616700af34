"""What the gates and cells of a layer do at each step."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfrnn.layers import GRU, LSTM, SimpleRNN, scan
from tfrnn.layers.recurrent import Recurrent, State


def activations(
    layer: Recurrent, inputs: tf.Tensor, initial_state: State | None = None
) -> dict[str, tf.Tensor]:
    """Returns what each gate and state of a layer is at each step.

    The layer's own `step` gives the states. A gate is a function of the state before the step,
    so all gates follow at once, by the equations and in the letters of the layer's docstring:
    between 0 and 1, after their sigmoid.

    Args:
        layer: A built `LSTM`, `GRU` or `SimpleRNN`.
        inputs: (batch, time, features).
        initial_state: As the layer takes it; None is that of no steps.

    Returns:
        (batch, time, units) each, in the variable dtype: i, f, o, c, h of an LSTM; z, r, h of a
        GRU; h of a SimpleRNN. h at a step is its output, c the cell that it leaves.

    Raises:
        ValueError: If the layer is of another kind.

    Example:
    >>> layer, inputs = LSTM(4), tf.ones([2, 3, 8])
    >>> layer.build(inputs.shape)
    >>> {name: tuple(values.shape) for name, values in activations(layer, inputs).items()}
    {'i': (2, 3, 4), 'f': (2, 3, 4), 'o': (2, 3, 4), 'c': (2, 3, 4), 'h': (2, 3, 4)}
    """
    if type(layer) not in _GATES:
        known = ", ".join(kind.__name__ for kind in _GATES)
        raise ValueError(f"activations needs one of {known}, got {type(layer).__name__}.")

    def step(x, before):
        _, after = layer.step(x, before)
        return (before, after), after

    projected = layer.project(inputs)
    (before, after), _ = scan(step, projected, layer.start(inputs, initial_state))
    states = {name[0]: values for name, values in after._asdict().items()}
    return _GATES[type(layer)](layer, projected, before.hidden) | dict(sorted(states.items()))


def of_stack(layers: Sequence[Recurrent], inputs: tf.Tensor) -> list[dict[str, np.ndarray]]:
    """Returns the `activations` of layers on top of each other for one sequence, lowest first.

    Args:
        layers: Built, lowest first.
        inputs: (time, features).

    Returns:
        A dict a layer, (time, units) each.
    """
    found, hidden = [], inputs[None]
    for layer in layers:
        values = activations(layer, hidden)
        found.append({name: value[0].numpy() for name, value in values.items()})
        hidden = tf.cast(values["h"], layer.compute_dtype)
    return found


def memory(found: dict[str, np.ndarray]) -> np.ndarray:
    """Returns what units remember, in [-1, 1] where they are bounded: tanh(c), or h without a cell.

    Args:
        found: Of one layer, as `activations` or `of_stack` gives it.
    """
    return np.tanh(found["c"]) if "c" in found else np.asarray(found["h"])


def _lstm(layer, projected, hidden):
    sums = projected + layer.product(hidden, layer.recurrent_kernel)
    i, f, _, o = tf.split(tf.sigmoid(sums), 4, axis=-1)
    return {"i": i, "f": f, "o": o}


def _gru(layer, projected, hidden):
    sums = projected + layer.product(hidden, layer.recurrent_kernel) + layer.bias[1]
    z, r, _ = tf.split(tf.sigmoid(sums), 3, axis=-1)
    return {"z": z, "r": r}


_GATES = {LSTM: _lstm, GRU: _gru, SimpleRNN: lambda layer, projected, hidden: {}}

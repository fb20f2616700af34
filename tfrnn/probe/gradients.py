"""How far back in time the gradient of a loss reaches.

References: Hochreiter 1991, "Untersuchungen zu dynamischen neuronalen Netzen"; Bengio, Simard and
Frasconi 1994, "Learning Long-Term Dependencies with Gradient Descent is Difficult",
https://doi.org/10.1109/72.279181; Pascanu, Mikolov and Bengio 2013, "On the difficulty of
training Recurrent Neural Networks", https://arxiv.org/abs/1211.5063, section 2:

    dL_T / ds_{T-k} = dL_T / ds_T * prod_{t = T-k+1 .. T} ds_t / ds_{t-1}

The norm of that product shrinks, or grows, about exponentially with the distance k.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.layers import scan
from tfrnn.layers.recurrent import Recurrent

BAND = (0.1, 0.9)  # the quantiles that are drawn around a median
_LEAST = 1e-30  # float32 keeps no digits much below it


class Flow(NamedTuple):
    """Norms of the gradient of a loss at the last step, (batch, time) float64 each.

    states: with respect to the state after each step, an array a layer, lowest first.
    inputs: with respect to the inputs at each step.
    """

    states: tuple[np.ndarray, ...]
    inputs: np.ndarray


class Decay(NamedTuple):
    """Norms by distance, relative to that at distance 0: (steps + 1,) each.

    median, low, high: over a batch; low and high are the quantiles of `BAND`.
    """

    median: np.ndarray
    low: np.ndarray
    high: np.ndarray


def trace(
    layers: Sequence[Recurrent], inputs: tf.Tensor, loss: Callable[[tf.Tensor], tf.Tensor]
) -> Flow:
    """Follows the gradient of a loss at the last step back to every step, in one backward pass.

    A zero is added to the state that each step leaves, hidden and cell, so that the gradient with
    respect to these zeros is that with respect to the states. What a step leaves is also what
    the layer above reads: the gradient counts every way to the loss. An LSTM's state is hidden
    and cell together, which the loss reads at the last step through hidden alone.

    Args:
        layers: Built layers on top of each other, lowest first, whose outputs are their hidden
            state: every one of `tfrnn.layers` but `Stacked` (pass its layers) and `Bidirectional`.
        inputs: (batch, time, features) of the lowest layer; time is known.
        loss: The last outputs, (batch, units) -> (batch,).

    Returns:
        The norms, of all steps.

    Raises:
        ValueError: If there is no layer, or one of another kind.

    Example:
    >>> from tfrnn.layers import GRU
    >>> layer, inputs = GRU(4), tf.ones([2, 3, 8])
    >>> layer.build(inputs.shape)
    >>> flow = trace([layer], inputs, lambda hidden: hidden[:, 0])
    >>> flow.states[0].shape, flow.states[0][:, -1].tolist()
    ((2, 3), [1.0, 1.0])
    """
    if not layers:
        raise ValueError("trace needs at least one layer, got none.")
    batch, time, _ = inputs.shape
    starts = [layer.initial_state(batch) for layer in layers]
    for layer, start in zip(layers, starts):
        if not isinstance(getattr(start, "hidden", None), tf.Tensor):
            raise ValueError(f"trace needs layers with one hidden state, got {type(layer)}.")
    zeros = [[tf.zeros([batch, time, s.shape[-1]], s.dtype) for s in start] for start in starts]

    def run(inputs, zeros):
        with tf.GradientTape() as tape:
            tape.watch((inputs, zeros))
            hidden = inputs
            for layer, start, added in zip(layers, starts, zeros):
                hidden = _unroll_adding(layer, hidden, start, added)
            cost = tf.reduce_sum(loss(hidden[:, -1]))
        return tape.gradient(cost, (inputs, zeros))

    graph = tf.function(run, autograph=False).get_concrete_function(inputs, zeros)
    d_inputs, d_states = graph(inputs, zeros)
    return Flow(tuple(_norm(*parts) for parts in d_states), _norm(d_inputs))


def _unroll_adding(layer, inputs, state, added):
    """Runs a layer that finds `added`, (batch, time, units) each, in the state of each step."""
    projected = layer.project(inputs)
    widths = [part.shape[-1] for part in (projected, *added)]

    def step(x, before):
        x, *more = tf.split(x, widths, axis=-1)
        _, after = layer.step(x, before)
        after = type(after)(*map(tf.add, after, more))
        return tf.cast(after.hidden, layer.compute_dtype), after

    return scan(step, tf.concat([projected, *added], -1), state)[0]


def _norm(*parts):
    # In float64, since the square of what float32 can still hold may be less than that.
    return np.sqrt(sum(np.square(part.numpy().astype(np.float64)).sum(-1) for part in parts))


def by_distance(norms: np.ndarray, steps: int) -> Decay:
    """Sums up (batch, time) norms by their distance from the last step, 0 to `steps`.

    A row counts relative to its own norm at distance 0; one that has none there (ReLU units that
    are all off) is left out, and where none is left there are NaNs.

    Raises:
        ValueError: If there are fewer than `steps` + 1 steps.

    Example:
    >>> by_distance(np.array([[1, 2, 8], [0, 0, 0]]), 2).median.tolist()
    [1.0, 0.25, 0.125]
    """
    rows = norms[norms[:, -1] > 0]
    if norms.shape[1] <= steps:
        raise ValueError(f"by_distance needs {steps + 1} steps or more, got {norms.shape[1]}.")
    if not len(rows):
        return Decay(*np.full([3, steps + 1], np.nan))
    backwards = rows[:, ::-1][:, : steps + 1] / rows[:, -1:]
    low, median, high = np.quantile(backwards, [BAND[0], 0.5, BAND[1]], axis=0)
    return Decay(median, low, high)


def half_life(norms: np.ndarray) -> float:
    """Returns in how many steps norms halve: that of the exponential through their logarithms.

    It is fitted by least squares from distance 1 on, because at distance 0 a loss has not yet gone
    through the recurrence; norms below 1e-30 do not count. One half-life describes an exponential,
    and no more than that: look at the picture.

    Args:
        norms: (steps + 1,) by distance.

    Returns:
        Steps; infinite where the norms do not fall, NaN where fewer than two are left to fit.

    Example:
    >>> round(half_life(0.5 ** np.arange(9)), 6), half_life(np.ones(9))
    (1.0, inf)
    """
    distance = np.flatnonzero(norms > _LEAST)
    distance = distance[distance > 0]
    if len(distance) < 2:
        return float("nan")
    slope = np.polyfit(distance, np.log2(norms[distance]), 1)[0]
    return float(-1 / slope) if slope < -1e-12 else float("inf")

"""The cells whose gradients the tutorials compare, as they are before any training."""

from collections.abc import Callable, Iterator

import tensorflow as tf

from tfrnn.layers import GRU, LSTM, SimpleRNN
from tfrnn.layers.recurrent import Recurrent
from tfrnn.probe import gradients

KINDS: dict[str, Callable[..., Recurrent]] = {
    "SimpleRNN, tanh": SimpleRNN,
    "SimpleRNN, ReLU": lambda units, **options: SimpleRNN(units, activation="relu", **options),
    "LSTM, forget bias 1": LSTM,
    "LSTM, forget bias 0": lambda units, **options: LSTM(units, unit_forget_bias=False, **options),
    "GRU": GRU,
}


def build(kind: str, units: int) -> Recurrent:
    """Builds a layer of `KINDS` with as many features as units, in float64.

    Its weights are drawn as Keras does by default: Glorot uniform for the inputs, orthogonal for
    the recurrence, zero biases but for the forget gate. float64 holds the norms of a gradient
    that float32 would flush to zero.
    """
    layer = KINDS[kind](units, dtype="float64")
    layer.build((None, None, units))
    return layer


def trace_kinds(
    units: int, batch: int, *, time: int, seed: int
) -> Iterator[tuple[str, gradients.Flow]]:
    """Yields each of `KINDS` and how the gradient flows through it.

    Inputs are standard normal, so that gates move. The loss reads the last outputs of a row along
    a random direction of length 1: at distance 0 its gradient by the state has the norm 1, and
    no direction is favoured. All kinds have the same inputs and the same loss.

    Args:
        units: Of each layer, and features of its inputs.
        batch: Sequences.
        time: Their steps.
        seed: Of inputs and directions; weights are drawn from Keras' own.
    """
    inputs = tf.random.stateless_normal([batch, time, units], [seed, 0], dtype="float64")
    drawn = tf.random.stateless_normal([batch, units], [seed, 1], dtype="float64")
    direction = drawn / tf.norm(drawn, axis=-1, keepdims=True)
    for kind in KINDS:
        layer = build(kind, units)
        yield (
            kind,
            gradients.trace([layer], inputs, lambda hidden: tf.reduce_sum(hidden * direction, -1)),
        )

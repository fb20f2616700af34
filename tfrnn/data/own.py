"""Scheduled sampling: where a decoder reads its own pieces while it learns, and how many of them.

Bengio et al. 2015, "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks",
https://arxiv.org/abs/1506.03099: what a model reads when it is used is what it wrote, so it should
learn from that too, rarely at first. Which places those are depends on the seed and the number of
the batch alone, so that a run that is resumed goes on exactly.
"""

from collections.abc import Callable
from typing import Literal

import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.data.subwords import PAD, START

Curve = Literal["none", "constant", "linear", "exponential", "sigmoid"]


def share(curve: Curve, most: float, batches: int, number: tf.Tensor) -> tf.Tensor:
    """Returns the share of the places of batch `number` where a decoder reads its own piece.

    With x = number / batches: constant is `most` from the start; linear is x of it until all of it
    is reached; exponential 1 - 0.01^x; sigmoid (the paper's inverse sigmoid) 1 / (1 + e^(6 - 12x)).

    >>> [round(float(share("linear", 0.4, 100, tf.constant(n))), 3) for n in (0, 50, 100, 900)]
    [0.0, 0.2, 0.4, 0.4]
    """
    x = tf.cast(number, tf.float32) / batches
    match curve:
        case "none":
            reached = tf.zeros_like(x)
        case "constant":
            reached = tf.ones_like(x)
        case "linear":
            reached = tf.minimum(x, 1)
        case "exponential":
            reached = 1 - tf.pow(0.01, x)
        case "sigmoid":
            reached = tf.sigmoid(12 * x - 6)
    return most * reached


def with_own(
    stream: Callable[[int], tf.data.Dataset],
    curve: Curve,
    *,
    most: float,
    batches: int,
    seed: int,
) -> Callable[[int], tf.data.Dataset]:
    """Returns a stream whose batches also have the input own: (batch, time) bool.

    Args:
        stream: start -> batches with the input shifted, (batch, time) int32.
        curve: How the share of such places grows, see `share`.
        most: What it grows to.
        batches: After how many.
        seed: Of the places.
    """

    def marked(number, batch: Batch) -> Batch:
        shifted = batch.inputs["shifted"]
        drawn = tf.random.stateless_uniform(tf.shape(shifted), tf.stack([seed, number]))
        chosen = drawn < share(curve, most, batches, number)
        own = chosen & (shifted != PAD) & (shifted != START)
        return batch._replace(inputs=batch.inputs | {"own": own})

    def stream_from(start: int) -> tf.data.Dataset:
        return stream(start).enumerate(start).map(marked)

    return stream_from

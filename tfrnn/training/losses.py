"""Losses over a `Batch`: a number for each target; the loop weighs and averages them."""

import tensorflow as tf

from tfrnn.data.batch import Batch


def cross_entropy(logits: tf.Tensor, batch: Batch) -> tf.Tensor:
    """Nats a target.

    Args:
        logits: (..., classes) float32.
        batch: Its targets are (...) int32.

    Returns:
        (...) float32, not yet weighted.
    """
    return tf.nn.sparse_softmax_cross_entropy_with_logits(batch.targets, logits)

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


def smooth_cross_entropy(logits: tf.Tensor, batch: Batch, smoothing: float) -> tf.Tensor:
    """Nats a target, a share of whose weight all classes share alike.

    Reference: Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision",
    section 7, https://arxiv.org/abs/1512.00567:

        (1 - smoothing) nats of the target + smoothing * mean nats of all classes

    Args:
        logits: (..., classes) float32.
        batch: Its targets are (...) int32.
        smoothing: In [0, 1).

    Returns:
        (...) float32, not yet weighted.
    """
    everywhere = tf.reduce_logsumexp(logits, -1) - tf.reduce_mean(logits, -1)
    return (1 - smoothing) * cross_entropy(logits, batch) + smoothing * everywhere


def missed(logits: tf.Tensor, batch: Batch) -> tf.Tensor:
    """1 for a target that has not the largest logit, else 0: (...) float32, as `cross_entropy`."""
    guesses = tf.argmax(logits, -1, tf.int32)
    return tf.cast(guesses != batch.targets, tf.float32)

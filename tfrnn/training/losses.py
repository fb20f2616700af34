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
    return smooth_cross_entropy(logits, batch, 0.0)


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
    classes = logits.shape[-1]
    flat, targets = tf.reshape(logits, [-1, classes]), tf.reshape(batch.targets, [-1])
    return tf.reshape(_smooth_nats(flat, targets, smoothing), tf.shape(batch.targets))


@tf.function(jit_compile=True, autograph=False)
def _forward(logits, targets, smoothing):
    """(rows, classes), (rows,) -> nats (rows,), log of the sum of exponentials (rows,)."""
    total = tf.reduce_logsumexp(logits, -1)
    nats = total - (1 - smoothing) * tf.gather(logits, targets, batch_dims=1)
    if smoothing:
        nats -= tf.reduce_sum(logits, -1) * (smoothing / logits.shape[-1])
    return nats, total


@tf.function(jit_compile=True, autograph=False)
def _backward(logits, targets, total, upstream, smoothing):
    share = smoothing / logits.shape[-1]
    chosen = tf.range(logits.shape[-1], dtype=targets.dtype)[None] == targets[:, None]
    wanted = tf.cast(chosen, logits.dtype) * (1 - smoothing) + share
    return (tf.exp(logits - total[:, None]) - wanted) * upstream[:, None]


def _smooth_nats(logits, targets, smoothing):
    """(rows, classes), (rows,) -> (rows,).

    Of many classes a pass over the logits is what costs, so that XLA makes few: one for the sums
    and one for the gradient, which needs nothing else kept. TensorFlow's own operation takes more
    than twice the time.
    """

    @tf.custom_gradient
    def run(logits):
        nats, total = _forward(logits, targets, smoothing)
        return nats, lambda upstream: _backward(logits, targets, total, upstream, smoothing)

    return run(logits)


def agreeing_cross_entropy(
    logits: tf.Tensor, batch: Batch, *, smoothing: float, agreement: float
) -> tf.Tensor:
    """Nats a target of all who name it, and how much several readings of an input differ about it.

    Reference: Liang et al. 2021, "R-Drop: Regularized Dropout for Neural Networks",
    https://arxiv.org/abs/2106.14448, here for any number of readings: with p_r the probabilities
    of reading r and p their geometric mean, which is symmetric in them,

        mean over r of nats_r + agreement * mean over r of 2 KL(p_r || p) + 2 KL(p || p_r)

    For two readings the second term is that of the paper, (KL(p_1 || p_2) + KL(p_2 || p_1)) / 2
    times the agreement. Of several parts of a model each pays this for itself.

    Args:
        logits: (batch, parts, readings, classes) float32, or (batch, classes) of a single one.
        batch: Its targets are (batch,) int32.
        smoothing: See `smooth_cross_entropy`.
        agreement: Weight of the second term, at least 0.

    Returns:
        (batch,) float32, not yet weighted.
    """
    if logits.shape.rank == 2:
        return smooth_cross_entropy(logits, batch, smoothing)
    targets = tf.broadcast_to(batch.targets[:, None, None], tf.shape(logits)[:3])
    each = smooth_cross_entropy(logits, batch._replace(targets=targets), smoothing)
    logs = tf.nn.log_softmax(logits)
    # The sum of both divergences is that of (p_r - p) (log p_r - log p); normalising the geometric
    # mean adds the same to all logs, and the differences of probabilities sum to 0.
    middle = tf.nn.log_softmax(tf.reduce_mean(logs, 2, keepdims=True))
    apart = tf.reduce_sum((tf.exp(logs) - tf.exp(middle)) * (logs - middle), -1)
    return tf.reduce_mean(each + 2 * agreement * apart, [1, 2])


def missed(logits: tf.Tensor, batch: Batch) -> tf.Tensor:
    """1 for a target that has not the largest logit, else 0: (...) float32, as `cross_entropy`."""
    guesses = tf.argmax(logits, -1, tf.int32)
    return tf.cast(guesses != batch.targets, tf.float32)

"""Passes over rows of different lengths: those of about the same length side by side."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfrnn.data.batch import Batch

ROWS = 256  # of a batch that is only scored

TakeFn = Callable[[tf.Tensor, tf.Tensor | int], Batch]  # (rows, time axis) -> those rows, padded


def endless(
    times: np.ndarray, take: TakeFn, *, batch_size: int, seed: int
) -> Callable[[int], tf.data.Dataset]:
    """Passes over all rows again and again, each time in another order.

    Batch k depends on the data, the seed and k alone. A pass takes each row once, in batches
    of equal size whose rows are about as long as each other; rows that the last batch lacks are
    taken a second time. The batches come in random order, and so do rows of the same bucket.

    Args:
        times: (rows,) int32, the bucket that each row fits; at least one row.
        take: Makes a batch; it runs in the graph of the pipeline.
        batch_size: Rows of a batch.
        seed: Of the order.

    Returns:
        start -> endless `Batch`es from number `start` on.
    """
    count = len(times)
    batches = -(-count // batch_size)
    times = tf.constant(times)

    def plan(epoch):
        """The rows of each batch of a pass: (batches, batch_size) int64."""
        keys = tf.random.experimental.stateless_split(tf.stack([tf.cast(seed, tf.int64), epoch]), 2)
        shuffled = tf.argsort(tf.random.stateless_uniform([count], keys[0]))
        by_length = tf.argsort(tf.gather(times, shuffled), stable=True)
        rows = tf.gather(shuffled, tf.gather(by_length, tf.range(batches * batch_size) % count))
        order = tf.argsort(tf.random.stateless_uniform([batches], keys[1]))
        return tf.gather(tf.reshape(rows, [batches, batch_size]), order)

    def batch(rows):
        return take(rows, tf.reduce_max(tf.gather(times, rows)))

    def stream_from(start: int) -> tf.data.Dataset:
        epochs = tf.data.Dataset.range(start // batches, np.iinfo(np.int64).max)
        plans = epochs.flat_map(lambda epoch: tf.data.Dataset.from_tensor_slices(plan(epoch)))
        return plans.skip(start % batches).map(batch, num_parallel_calls=2).prefetch(4)

    return stream_from


def in_order(times: np.ndarray, take: TakeFn, *, batch_size: int = ROWS) -> list[Batch]:
    """Batches each row once, for scoring, the shortest first.

    Every batch has `batch_size` rows, so that a compiled model sees few shapes; rows that are
    missing in the last of a bucket count nothing.

    Args:
        times: (rows,) int32, the bucket that each row fits.
        take: Makes a batch.
        batch_size: Rows of a batch.
    """
    found = []
    for time in np.unique(times):
        rows = np.flatnonzero(times == time)
        for first in range(0, len(rows), batch_size):
            chosen = rows[first : first + batch_size]
            missing = batch_size - len(chosen)
            whole = take(tf.constant(np.pad(chosen, (0, missing))), int(time))
            counts = tf.sequence_mask(len(chosen), batch_size, tf.float32)
            counts = tf.reshape(counts, [batch_size] + [1] * (whole.weights.shape.rank - 1))
            found.append(whole._replace(weights=whole.weights * counts))
    return found

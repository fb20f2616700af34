"""Rows of a table by their numbers, with a gradient that is dense at once."""

from typing import NamedTuple

import tensorflow as tf

from tfrnn.kernels.llvm import scope
from tfrnn.kernels.llvm.rows import add_rows

# Below so many rows a product is quicker than adding row by row, which one core does alone.
FEW = 256


class Rows(NamedTuple):
    """What a recurrence reads, as rows of a table that need not be gathered before.

    table: (rows, gates * units). ids: (batch, time) integers, each below rows.
    """

    table: tf.Tensor
    ids: tf.Tensor


def take_rows(table: tf.Tensor, ids: tf.Tensor, *, product_dtype: str) -> tf.Tensor:
    """Is `tf.gather(table, ids)`.

    The gradient of that is a list of rows, which TensorFlow adds up again for each that reads it.

    Args:
        table: (rows, width).
        ids: (...) integers, each below rows.
        product_dtype: What the gradient of a table of few rows is multiplied in.

    Returns:
        (..., width), the dtype of the table.
    """
    rows, width = table.shape
    threads = scope.threads() if scope.takes(width, table.dtype, "float32") else 0

    @tf.custom_gradient
    def run(table):
        def gradient(upstream):
            if threads:
                return add_rows(upstream, tf.cast(ids, tf.int32), rows, threads=threads)
            flat, numbers = tf.reshape(upstream, [-1, width]), tf.reshape(ids, [-1])
            if rows >= FEW:
                return tf.math.unsorted_segment_sum(flat, numbers, rows)
            chosen = tf.one_hot(numbers, rows, dtype=product_dtype)
            found = tf.matmul(chosen, tf.cast(flat, product_dtype), transpose_a=True)
            return tf.cast(found, table.dtype)

        return tf.gather(table, ids), gradient

    return run(table)

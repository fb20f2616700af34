"""Loops over the steps of a sequence, for any number of them, and what they read and write."""

from collections.abc import Callable, Sequence

import tensorflow as tf

Dims = Sequence[int | tf.Tensor]  # of one element; what is not an int is known when it runs


def loop(steps: int | tf.Tensor, body: Callable, start: tuple) -> tuple:
    """Calls body(t, *start) for t = 0 to steps - 1; it returns t + 1 and what goes on."""
    return tf.while_loop(lambda t, *_: t < steps, body, (0, *start), parallel_iterations=1)


def length(x: tf.Tensor, axis: int = 0) -> int | tf.Tensor:
    """Returns the length of an axis: an int where it is known."""
    return tf.shape(x)[axis] if x.shape[axis] is None else x.shape[axis]


def readable(x: tf.Tensor) -> tf.Tensor:
    """Gives a sequence of no steps one: XLA compiles the loops' bodies for it too."""
    if x.shape[0]:
        return x
    spare = tf.cast(tf.equal(tf.shape(x)[0], 0), tf.int32)
    return tf.pad(x, [[0, spare]] + [[0, 0]] * (x.shape.rank - 1))  # by 0 it is no copy


def array(steps: int | tf.Tensor, dims: Dims, dtype: tf.DType) -> tf.TensorArray:
    """Returns an array of `steps` tensors."""
    known = [dim if isinstance(dim, int) else None for dim in dims]
    made = tf.TensorArray(dtype, steps, element_shape=known, clear_after_read=False)
    if None not in (*known, tf.get_static_value(steps)):
        return made
    # One that nothing is written to does not know the dims of its stack.
    return made.write(0, tf.zeros(dims, dtype))


def write(arrays: Sequence[tf.TensorArray], at: tf.Tensor, values: Sequence[tf.Tensor]) -> tuple:
    """Writes a value into each array."""
    return tuple(array.write(at, value) for array, value in zip(arrays, values))


def sum_rows(x: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Sums (rows, columns) over its rows, as a product: several times as fast as `reduce_sum`."""
    ones = tf.ones([1, tf.shape(x)[0]], x.dtype)
    return tf.cast(tf.matmul(ones, x)[0], dtype)

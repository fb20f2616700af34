"""Random numbers that are the same in a graph and under XLA."""

import keras
import tensorflow as tf


def draw_uniform(seeds: keras.random.SeedGenerator, shape: list) -> tf.Tensor:
    """Returns uniform numbers in (0, 1), float32; `seeds` moves on.

    Made of bits that count from the seed (Salmon et al. 2011, "Parallel Random Numbers: As
    Easy as 1, 2, 3", https://doi.org/10.1145/2063384.2063405): TensorFlow's own floats differ
    between a graph and XLA.

    Example:
    >>> u = draw_uniform(keras.random.SeedGenerator(1), [1000])
    >>> bool(0 < tf.reduce_min(u) < 0.01 and 0.99 < tf.reduce_max(u) < 1)
    True
    """
    bits = tf.random.stateless_uniform(
        shape, seeds.next(), minval=None, maxval=None, dtype=tf.uint32, alg="philox"
    )
    return (tf.cast(tf.bitwise.right_shift(bits, 8), tf.float32) + 0.5) / 2**24


def draw_mask(
    seeds: keras.random.SeedGenerator, shape: list, *, rate: float, dtype: str
) -> tf.Tensor:
    """Returns 0 with chance `rate`, else 1 / (1 - rate): what dropout multiplies by.

    Example:
    >>> mask = draw_mask(keras.random.SeedGenerator(1), [100], rate=0.5, dtype="float32")
    >>> sorted(set(mask.numpy().tolist()))
    [0.0, 2.0]
    """
    return tf.cast(draw_uniform(seeds, shape) >= rate, dtype) / (1 - rate)

"""The GRU whose reset gate acts after the recurrent product, with its own gradient."""

import tensorflow as tf

from tfrnn.kernels import sequence
from tfrnn.kernels.llvm import cells


def unroll(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    recurrent_bias: tf.Tensor,
    state: tuple[tf.Tensor],
    **options,
) -> tuple[tf.Tensor, tuple[tf.Tensor]]:
    """Runs the GRU of `tfrnn.layers.GRU` over all steps.

    Args:
        projected: (batch, time, 3 * units), W x + b, the gates in the order z, r, g.
        recurrent_kernel: (units, 3 * units).
        recurrent_bias: (3 * units,), b'.
        state: hidden, (batch, units).
        **options: product_dtype, mask and keep, see `tfrnn.kernels.sequence.unroll`; the
            state that z lets through is not multiplied by `keep`.

    Returns:
        outputs: (batch, time, units), product_dtype.
        state: hidden after the last real step.
    """
    weights = (recurrent_kernel, recurrent_bias)
    return sequence.unroll(CELL, projected, weights, state, **options)


def _forward(x, recurrent, state):
    units = x.shape[0] // 3
    x_z_r, x_g = tf.split(x, [2 * units, units], 0)
    a_z_r, a_g = tf.split(recurrent, [2 * units, units], 0)
    z_r = tf.sigmoid(x_z_r + a_z_r)
    z, r = tf.split(z_r, 2, 0)
    g = tf.tanh(x_g + r * a_g)
    return (g + z * (state[0] - g),), (z_r, a_g, g)


def _gradient(d_state, kept, before, state):
    (d_hidden,), (z_r, a_g, g) = d_state, kept
    z, r = tf.split(z_r, 2, 0)
    through_z = d_hidden * z
    d_z = sequence.through_sigmoid(z, d_hidden * (before[0] - g))
    d_g = sequence.through_tanh(g, d_hidden - through_z)
    d_r = sequence.through_sigmoid(r, d_g * a_g)
    return (tf.concat([d_z, d_r, d_g * r], 0), tf.concat([d_z, d_r, d_g], 0)), (through_z,)


CELL = sequence.Cell(_forward, _gradient, rows=(2, 1, 1), compiled=cells.GRU, sums=2)

"""The GRU whose reset gate acts after the recurrent product, with its own gradient."""

import tensorflow as tf

from tfrnn.kernels import sequence


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
    cell = sequence.Cell(_forward, _gradient, rows=(2, 1, 1), sums=2)
    weights = (recurrent_kernel, recurrent_bias)
    return sequence.unroll(cell, projected, weights, state, **options)


def _forward(x, recurrent, state):
    units = x.shape[0] // 3
    x_zr, x_g = tf.split(x, [2 * units, units], 0)
    a_zr, a_g = tf.split(recurrent, [2 * units, units], 0)
    zr = tf.sigmoid(x_zr + a_zr)
    z, r = tf.split(zr, 2, 0)
    g = tf.tanh(x_g + r * a_g)
    return (g + z * (state[0] - g),), (zr, a_g, g)


def _gradient(d_state, kept, before, state):
    (d_hidden,), (zr, a_g, g) = d_state, kept
    z, r = tf.split(zr, 2, 0)
    d_z = d_hidden * (before[0] - g) * z * (1 - z)
    d_g = d_hidden * (1 - z) * (1 - g * g)
    d_r = d_g * a_g * r * (1 - r)
    return (tf.concat([d_z, d_r, d_g * r], 0), tf.concat([d_z, d_r, d_g], 0)), (d_hidden * z,)

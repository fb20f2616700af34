"""The LSTM over a whole sequence, with its own gradient.

One tanh runs over the whole block of gates, for sigmoid(x) = tanh(x / 2) / 2 + 1 / 2.
"""

import tensorflow as tf

from tfrnn.kernels import sequence

_HALVES = (0.5, 0.5, 1.0, 0.5)  # for the gates i, f, g, o: g is a tanh, the others sigmoids


def unroll(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    state: tuple[tf.Tensor, tf.Tensor],
    **options,
) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
    """Runs the LSTM of `tfrnn.layers.LSTM` over all steps.

    Args:
        projected: (batch, time, 4 * units), W x + b, the gates in the order i, f, g, o.
        recurrent_kernel: (units, 4 * units).
        state: hidden and cell, (batch, units) each.
        **options: product_dtype, mask and keep, see `tfrnn.kernels.sequence.unroll`.

    Returns:
        outputs: (batch, time, units), product_dtype.
        state: hidden and cell after the last real step.
    """
    cell = sequence.Cell(_forward, _gradient, rows=(4,))
    return sequence.unroll(cell, projected, (recurrent_kernel,), state, **options)


def _forward(x, recurrent, state):
    half = tf.repeat(tf.constant(_HALVES, x.dtype), x.shape[0] // 4)[:, None]
    y = tf.tanh((x + recurrent) * half) * half + (1 - half)
    i, f, g, o = tf.split(y, 4, 0)
    cell = f * state[1] + i * g
    return (o * tf.tanh(cell), cell), (y,)


def _gradient(d_state, kept, before, state):
    d_hidden, d_cell = d_state
    i, f, g, o = tf.split(kept[0], 4, 0)
    tanh = tf.tanh(state[1])
    d_cell += d_hidden * o * (1 - tanh * tanh)
    dz = [
        d_cell * g * i * (1 - i),
        d_cell * before[1] * f * (1 - f),
        d_cell * i * (1 - g * g),
        d_hidden * tanh * o * (1 - o),
    ]
    return (tf.concat(dz, 0),), (None, d_cell * f)

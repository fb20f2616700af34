"""The LSTM over a whole sequence, with its own gradient."""

import tensorflow as tf

from tfrnn.kernels import sequence
from tfrnn.kernels.llvm import cells


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
    return sequence.unroll(CELL, projected, (recurrent_kernel,), state, **options)


def _forward(x, recurrent, state):
    units = x.shape[0] // 4
    i_f, g, o = tf.split(x + recurrent, [2 * units, units, units], 0)
    i_f, g, o = tf.sigmoid(i_f), tf.tanh(g), tf.sigmoid(o)
    i, f = tf.split(i_f, 2, 0)
    cell = f * state[1] + i * g
    return (o * tf.tanh(cell), cell), (i_f, g, o)


def _gradient(d_state, kept, before, state):
    d_hidden, d_cell = d_state
    i_f, g, o = kept
    i, f = tf.split(i_f, 2, 0)
    tanh = tf.tanh(state[1])
    d_cell += sequence.through_tanh(tanh, d_hidden * o)
    dz = [
        sequence.through_sigmoid(i, d_cell * g),
        sequence.through_sigmoid(f, d_cell * before[1]),
        sequence.through_tanh(g, d_cell * i),
        sequence.through_sigmoid(o, d_hidden * tanh),
    ]
    return (tf.concat(dz, 0),), (None, d_cell * f)


CELL = sequence.Cell(_forward, _gradient, rows=(2, 1, 1), compiled=cells.LSTM)

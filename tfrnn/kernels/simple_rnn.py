"""The simple recurrent network over a whole sequence, with its own gradient."""

import tensorflow as tf

from tfrnn.kernels import sequence
from tfrnn.kernels.llvm import cells

# Each with its gradient.
ACTIVATIONS = {
    "tanh": (tf.tanh, sequence.through_tanh),
    "relu": (tf.nn.relu, sequence.through_relu),
    "sigmoid": (tf.sigmoid, sequence.through_sigmoid),
}


def unroll(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    state: tuple[tf.Tensor],
    *,
    activation: str,
    **options,
) -> tuple[tf.Tensor, tuple[tf.Tensor]]:
    """Runs the network of `tfrnn.layers.SimpleRNN` over all steps.

    Args:
        projected: (batch, time, units), W x + b.
        recurrent_kernel: (units, units).
        state: hidden, (batch, units).
        activation: A key of `ACTIVATIONS`.
        **options: product_dtype, mask and keep, see `tfrnn.kernels.sequence.unroll`.

    Returns:
        outputs: (batch, time, units), product_dtype.
        state: hidden after the last real step.
    """
    activate, through = ACTIVATIONS[activation]

    def forward(x, recurrent, state):
        return (activate(x + recurrent),), ()

    def gradient(d_state, kept, before, state):
        return (through(state[0], d_state[0]),), (None,)

    cell = sequence.Cell(forward, gradient, rows=(), compiled=cells.simple_rnn(activation))
    return sequence.unroll(cell, projected, (recurrent_kernel,), state, **options)

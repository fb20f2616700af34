"""The simple recurrent network over a whole sequence, with its own gradient."""

import tensorflow as tf

from tfrnn.kernels import sequence

# Each with its derivative, written in what it gives.
ACTIVATIONS = {
    "tanh": (tf.tanh, lambda y: 1 - y * y),
    "relu": (tf.nn.relu, lambda y: tf.cast(y > 0, y.dtype)),
    "sigmoid": (tf.sigmoid, lambda y: y * (1 - y)),
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
    function, slope = ACTIVATIONS[activation]

    def forward(x, recurrent, state):
        return (function(x + recurrent),), ()

    def gradient(d_state, kept, before, state):
        return (d_state[0] * slope(state[0]),), (None,)

    cell = sequence.Cell(forward, gradient, rows=())
    return sequence.unroll(cell, projected, (recurrent_kernel,), state, **options)

"""The LSTM over a whole sequence, with its own gradient.

Four things make it faster than a loop over cells that TensorFlow differentiates (measured in
docs/decisions/0002-fused-unroll.md):

- the gradient keeps the activated gates and forms the weights' gradient as one large
  product after the loop, not as one small product a step;
- the state is feature-major, (units, batch), and the weights stand on the left of the
  product, so that nothing of their size is repacked at each step;
- one tanh runs over the whole block of gates, for sigmoid(x) = tanh(x / 2) / 2 + 1 / 2;
- the products may be bfloat16 while everything else stays float32.
"""

import tensorflow as tf

_HALVES = (0.5, 0.5, 1.0, 0.5)  # for the gates i, f, g, o: g is a tanh, the others sigmoids


def unroll(
    projected: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    hidden: tf.Tensor,
    cell: tf.Tensor,
    *,
    product_dtype: str,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Runs the LSTM of `tfrnn.layers.LSTM` over all steps, none of them masked.

    Args:
        projected: (batch, time, 4 * units), W x + b, the gates in the order i, f, g, o;
            time is static and at least 1.
        recurrent_kernel: (units, 4 * units), the same dtype as `projected`.
        hidden: (batch, units), the same dtype.
        cell: (batch, units), the same dtype.
        product_dtype: What the matrix products run in, for example "bfloat16".

    Returns:
        outputs: (batch, time, units), product_dtype.
        hidden, cell: (batch, units) after the last step, the dtype of `projected`.

    All inputs have gradients, from all outputs.
    """

    @tf.custom_gradient
    def run(x, kernel, hidden, cell):
        kernel = tf.cast(kernel, product_dtype)
        outputs, last, kept = _forward(x, kernel, hidden, cell)

        def gradient(d_outputs, d_hidden, d_cell):
            dz, d_hidden, d_cell = _backward(d_outputs, d_hidden, d_cell, kernel, cell, kept)
            before = tf.concat([tf.cast(hidden, product_dtype)[None], outputs[:-1]], 0)
            return tf.cast(dz, x.dtype), _outer(before, dz, x.dtype), d_hidden, d_cell

        return (outputs, *last), gradient

    by_feature = tf.transpose(projected, [1, 2, 0])  # (time, 4 * units, batch)
    outputs, hidden, cell = run(
        by_feature, recurrent_kernel, tf.transpose(hidden), tf.transpose(cell)
    )
    return tf.transpose(outputs, [2, 0, 1]), tf.transpose(hidden), tf.transpose(cell)


def _forward(x, kernel, hidden, cell):
    """Returns the outputs, the last (hidden, cell), and what the gradient needs: gates, cells."""
    steps, left = x.shape[0], tf.transpose(kernel)  # (4 * units, units)

    def body(t, hidden, cell, outputs, gates, cells):
        recurrent = tf.matmul(left, tf.cast(hidden, kernel.dtype))
        y, hidden, cell = _cell(x[t], recurrent, cell)
        outputs = outputs.write(t, tf.cast(hidden, kernel.dtype))
        return t + 1, hidden, cell, outputs, gates.write(t, y), cells.write(t, cell)

    arrays = [
        tf.TensorArray(dtype, steps, element_shape=like.shape)
        for dtype, like in [(kernel.dtype, cell), (x.dtype, x[0]), (x.dtype, cell)]
    ]
    _, hidden, cell, outputs, gates, cells = _loop(steps, body, (hidden, cell, *arrays))
    return outputs.stack(), (hidden, cell), (gates.stack(), cells.stack())


def _backward(d_outputs, d_hidden, d_cell, kernel, cell, kept):
    """Returns the gradients of x, (time, 4 * units, batch) in the kernel's dtype, and the state."""
    gates, cells = kept
    before = tf.concat([cell[None], cells[:-1]], 0)
    steps = gates.shape[0]

    def body(t, d_hidden, d_cell, dzs):
        at = steps - 1 - t
        d_hidden += tf.cast(d_outputs[at], d_hidden.dtype)
        dz, d_cell = _cell_gradient(d_hidden, d_cell, gates[at], cells[at], before[at])
        dz = tf.cast(dz, kernel.dtype)
        d_hidden = tf.cast(tf.matmul(kernel, dz), d_hidden.dtype)
        return t + 1, d_hidden, d_cell, dzs.write(at, dz)

    dzs = tf.TensorArray(kernel.dtype, steps, element_shape=gates.shape[1:])
    _, d_hidden, d_cell, dzs = _loop(steps, body, (d_hidden, d_cell, dzs))
    return dzs.stack(), d_hidden, d_cell


def _loop(steps, body, start):
    return tf.while_loop(
        lambda t, *_: t < steps, body, (0, *start), maximum_iterations=steps, parallel_iterations=1
    )


def _cell(x, recurrent, cell):
    """One step after its product: the activated gates, the hidden and the cell state."""
    half = tf.repeat(tf.constant(_HALVES, x.dtype), x.shape[0] // 4)[:, None]
    y = tf.tanh((x + tf.cast(recurrent, x.dtype)) * half) * half + (1 - half)
    i, f, g, o = tf.split(y, 4, 0)
    cell = f * cell + i * g
    return y, o * tf.tanh(cell), cell


def _cell_gradient(d_hidden, d_cell, y, cell, before):
    """The gradients of the gates' sums, (4 * units, batch), and of the cell state before."""
    i, f, g, o = tf.split(y, 4, 0)
    tanh = tf.tanh(cell)
    d_cell += d_hidden * o * (1 - tanh * tanh)
    dz = [
        d_cell * g * i * (1 - i),
        d_cell * before * f * (1 - f),
        d_cell * i * (1 - g * g),
        d_hidden * tanh * o * (1 - o),
    ]
    return tf.concat(dz, 0), d_cell * f


def _outer(before, dz, dtype):
    """Sums h_{t-1} dz_t^T over steps and batch as one product, (units, 4 * units)."""
    rows = [tf.transpose(v, [0, 2, 1]) for v in (before, dz)]
    flat = [tf.reshape(v, [-1, v.shape[-1]]) for v in rows]
    return tf.cast(tf.matmul(flat[0], flat[1], transpose_a=True), dtype)

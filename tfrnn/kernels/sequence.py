"""A recurrence over a whole sequence, with its own gradient: what the fused cells share.

What makes it faster than a loop over steps that TensorFlow differentiates is measured in
docs/decisions/0002-fused-unroll.md:

- the gradient keeps what the cell has activated and forms the weights' gradient as one large
  product after the loop, not as one small product a step;
- the state is feature-major, (units, batch), and the weights stand on the left of the
  product, so that nothing of their size is repacked at each step;
- the products may be bfloat16 while everything else stays float32.

A mask and state dropout cost nothing where there are none: their operations are not built.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from tfrnn.kernels.llvm import cells, scope
from tfrnn.kernels.llvm.unroll import unroll as unroll_compiled
from tfrnn.kernels.loops import array, length, loop, readable, sum_rows, write
from tfrnn.kernels.masking import on_real_steps
from tfrnn.kernels.rows import Rows, take_rows


class Cell(NamedTuple):
    """The equations of one step after its product; no tensor has an axis of time.

    A state is a tuple of (units, batch), the hidden one first: the one that the recurrent
    product reads and the outputs show.

    forward: (x, recurrent, state) -> (state, kept). x and the recurrent product are
        (gates * units, batch); kept is a tuple of what the gradient wants to see again.
    gradient: (d_state, kept, before, state) -> (dz, d_before). dz is a tuple: the gradient of
        the recurrent product first, that of x last, one tensor where they are the same.
        d_before is a tuple like a state: the gradient of the state before, without what
        comes through the product; None where nothing else comes.
    rows: Each kept tensor is (rows * units, batch).
    compiled: The same equations for LLVM.
    sums: How many tensors dz has.
    """

    forward: Callable
    gradient: Callable
    rows: tuple[int, ...]
    compiled: cells.Cell
    sums: int = 1


class _Given(NamedTuple):
    """What every step of both loops reads, in their layout.

    kernel: (units, gates * units), in the dtype of the products. bias: (gates * units, 1) or
    None. mask: (time, 1, batch) bool or None. keep: (units, batch) or None.
    """

    kernel: tf.Tensor
    bias: tf.Tensor | None
    mask: tf.Tensor | None
    keep: tf.Tensor | None


def unroll(
    cell: Cell,
    projected: tf.Tensor | Rows,
    weights: tuple[tf.Tensor, ...],
    state: tuple[tf.Tensor, ...],
    *,
    product_dtype: str,
    mask: tf.Tensor | None = None,
    keep: tf.Tensor | None = None,
) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
    """Runs `cell` over all steps.

    Args:
        cell: What one step does.
        projected: (batch, time, gates * units), the state-free half, or rows of a table that
            are that; time may be 0, and neither it nor batch need be known before the run.
        weights: The recurrent kernel, (units, gates * units), and where the recurrent product
            has a bias of its own that bias, (gates * units,).
        state: Tensors (batch, units), the hidden one first.
        product_dtype: What the matrix products run in, for example "bfloat16".
        mask: (batch, time) bool. A step that is False leaves the state as it was, outputs
            zeros and lets no gradient through to what it has read.
        keep: (batch, units), multiplies the hidden state on its way into the recurrent
            product, at every step the same; a constant to the gradient.

    Returns:
        outputs: (batch, time, units), product_dtype.
        state: The state after the last real step of each row, (batch, units) each.

    `projected`, weights and state are of one dtype. All of them have gradients, from outputs
    and state.
    """
    run = _unroll
    if scope.takes(state[0].shape[-1], weights[0].dtype, product_dtype):
        run, cell = unroll_compiled, cell.compiled
    elif isinstance(projected, Rows):
        projected = take_rows(*projected, product_dtype=product_dtype)
    outputs, last = run(
        cell, projected, weights, state, product_dtype=product_dtype, mask=mask, keep=keep
    )
    return outputs if mask is None else on_real_steps(outputs, mask), last


def _unroll(cell, projected, weights, state, *, product_dtype, mask, keep):
    """As loops of TensorFlow; what padding outputs is left open."""
    by_time = None if mask is None else readable(tf.transpose(mask)[:, None])
    by_feature = None if keep is None else tf.transpose(keep)

    @tf.custom_gradient
    def run(projected, kernel, *rest):
        bias, first = rest[: len(weights) - 1], rest[len(weights) - 1 :]
        bias = bias[0][:, None] if bias else None
        given = _Given(tf.cast(kernel, product_dtype), bias, by_time, by_feature)
        steps = length(projected, axis=1)
        x = readable(tf.transpose(projected, [1, 2, 0]))
        states, kept, last = _forward(cell, x, steps, first, given)
        outputs = tf.cast(states[0][1:], product_dtype)

        def gradient(d_outputs, *d_last):
            d_outputs = readable(tf.transpose(d_outputs, [1, 2, 0]))
            dz, d_first = _backward(cell, d_outputs, d_last, (states, kept), given)
            dz = [_by_batch(v) for v in dz]
            d_weights = _weights_gradient(states[0][:-1], dz[0], given, kernel.dtype)
            return tf.cast(dz[-1], x.dtype), *d_weights, *d_first

        return (_by_batch(outputs), *last), gradient

    outputs, *last = run(projected, *weights, *map(tf.transpose, state))
    return outputs, tuple(map(tf.transpose, last))


# The gradient before an activation from that after it, d, and what it gave, y: TensorFlow's own
# operations for it run once over the tensors, the formulas written out two or three times.


def through_tanh(y: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
    """Returns d * (1 - y * y)."""
    return tf.raw_ops.TanhGrad(y=y, dy=d)


def through_sigmoid(y: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
    """Returns d * y * (1 - y)."""
    return tf.raw_ops.SigmoidGrad(y=y, dy=d)


def through_relu(y: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
    """Returns d where y > 0, else 0."""
    return tf.raw_ops.ReluGrad(gradients=d, features=y)


def _forward(cell, x, steps, state, given):
    """Returns all states from the first to the last, what the cell kept, and the last state."""
    left = tf.transpose(given.kernel)  # (gates * units, units)

    def body(t, state, states, kept):
        hidden = state[0] if given.keep is None else state[0] * given.keep
        recurrent = tf.cast(tf.matmul(left, tf.cast(hidden, left.dtype)), x.dtype)
        if given.bias is not None:
            recurrent += given.bias
        new, seen = cell.forward(x[t], recurrent, state)
        new = _where(given.mask, t, new, state)
        return t + 1, new, write(states, t + 1, new), write(kept, t, seen)

    units, batch = state[0].shape[0], length(state[0], axis=1)
    states = tuple(array(steps + 1, [units, batch], x.dtype).write(0, first) for first in state)
    kept = tuple(array(length(x), [rows * units, batch], x.dtype) for rows in cell.rows)
    _, last, states, kept = loop(steps, body, (state, states, kept))
    return [s.stack() for s in states], [k.stack() for k in kept], last


def _backward(cell, d_outputs, d_state, seen, given):
    """Returns the gradients (time, rows, batch) of the cell's sums and that of the first state."""
    states, kept = seen
    steps = length(states[0]) - 1
    kernel, dtype = given.kernel, d_state[0].dtype

    def body(t, d_state, dzs):
        at = steps - 1 - t
        d_state = (d_state[0] + tf.cast(d_outputs[at], dtype), *d_state[1:])
        before, after = ([s[k] for s in states] for k in (at, at + 1))
        dz, d_before = cell.gradient(d_state, [k[at] for k in kept], before, after)
        dz = _where(given.mask, at, dz, [tf.zeros([], dtype)] * len(dz))
        dz = [tf.cast(v, kernel.dtype) for v in dz]
        through = tf.cast(tf.matmul(kernel, dz[0]), dtype)
        if given.keep is not None:
            through *= given.keep
        hidden = through if d_before[0] is None else d_before[0] + through
        d_before = _where(given.mask, at, (hidden, *d_before[1:]), d_state)
        return t + 1, d_before, write(dzs, at, dz)

    dims = [kernel.shape[1], length(d_outputs, axis=2)]
    dzs = tuple(array(length(d_outputs), dims, kernel.dtype) for _ in range(cell.sums))
    _, d_state, dzs = loop(steps, body, (d_state, dzs))
    return [dz.stack()[:steps] for dz in dzs], d_state


def _weights_gradient(before, dz, given, dtype):
    """Sums over steps and batch at once: of U and, where there is one, of the bias."""
    before = before if given.keep is None else before * given.keep
    rows = [_by_batch(tf.cast(before, given.kernel.dtype)), dz]
    left, right = (tf.reshape(v, [-1, v.shape[-1]]) for v in rows)
    d_kernel = tf.cast(tf.matmul(left, right, transpose_a=True), dtype)
    if given.bias is None:
        return [d_kernel]
    return [d_kernel, sum_rows(right, dtype)]


def _where(mask, at, new, old):
    return tuple(new if mask is None else (tf.where(mask[at], n, o) for n, o in zip(new, old)))


def _by_batch(x):
    return tf.transpose(x, [2, 0, 1])  # (time, rows, batch) -> (batch, time, rows)

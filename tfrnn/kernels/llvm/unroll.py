"""The compiled recurrence as a differentiable operation of TensorFlow."""

import tensorflow as tf

from tfrnn.kernels.llvm import scope
from tfrnn.kernels.llvm.calls import Calls
from tfrnn.kernels.llvm.cells import Cell
from tfrnn.kernels.llvm.operation import call
from tfrnn.kernels.rows import Rows


def unroll(
    cell: Cell,
    projected: tf.Tensor | Rows,
    weights: tuple[tf.Tensor, ...],
    state: tuple[tf.Tensor, ...],
    *,
    product_dtype: str,
    mask: tf.Tensor | None,
    keep: tf.Tensor | None,
) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
    """Does what `tfrnn.kernels.sequence.unroll` does, but what padding outputs is left open."""
    options = [option for option in (mask, keep) if option is not None]
    rows = None
    if isinstance(projected, Rows):
        projected, ids = projected
        rows = projected.shape[0]
        options.append(tf.cast(ids, tf.int32))
    calls = Calls(
        cell,
        bfloat16=product_dtype == "bfloat16",
        biased=len(weights) > 1,
        masked=mask is not None,
        dropped=keep is not None,
        table=rows,
        threads=scope.threads(),
    )

    @tf.custom_gradient
    def run(projected, kernel, *rest):
        bias, first = rest[: len(weights) - 1], rest[len(weights) - 1 :]
        read, outputs, states, kept = _forward(calls, projected, kernel, bias, options, first)

        def gradient(d_outputs, *d_last):
            args = kernel, read, kept, options, states, d_outputs, d_last
            dz, d_projected, d_weights, d_first = _backward(calls, *args)
            # What comes through the product of the first step; of no steps there is none.
            through = tf.matmul(dz[:, :1], tf.cast(kernel, dz.dtype), transpose_b=True)
            through = tf.cast(tf.reduce_sum(through, 1), d_first[0].dtype)
            d_first[0] += through if keep is None else through * keep
            d_projected.set_shape(projected.shape)
            return d_projected, *d_weights, *d_first

        return (outputs[:, 1:], *(s[:, -1] for s in states)), gradient

    outputs, *last = run(projected, *weights, *state)
    return outputs, tuple(last)


def _forward(calls, projected, kernel, bias, options, first):
    product = [tf.bfloat16 if calls.bfloat16 else tf.float32] * (1 + calls.dropped)
    states = [tf.float32] * (len(first) - 1 + calls.bfloat16)
    dtypes = [*product, *states, tf.as_dtype(calls.kept_dtype)]
    arrays = call(calls.forward, dtypes, projected, kernel, *bias, *options, *first)
    batch, time = (options[-1] if calls.gathers else projected).shape[:2]
    units = kernel.shape[0]
    for array in arrays[:-1]:
        array.set_shape([batch, None if time is None else time + 1, units])
    arrays[-1].set_shape([batch, time, calls.cell.kept * units])
    outputs, *states, kept = arrays
    read = states.pop(0) if calls.dropped else outputs
    return read, outputs, states if calls.bfloat16 else [outputs, *states], kept


def _backward(calls, kernel, read, kept, options, states, d_outputs, d_last):
    weights = 1 + calls.biased
    dtypes = [d_outputs.dtype] + [tf.float32] * (calls.apart + weights + len(states))
    args = kernel, read, kept, *options, *states, d_outputs, *d_last
    arrays = call(calls.backward, dtypes, *args)
    dz, d_projected, arrays = arrays[0], arrays[calls.apart], arrays[1 + calls.apart :]
    d_weights, d_first = arrays[:weights], arrays[weights:]
    for array, shape in zip(d_weights, (kernel.shape, kernel.shape[1:])):
        array.set_shape(shape)
    dz.set_shape([*d_outputs.shape[:2], kernel.shape[1]])
    for array in d_first:
        array.set_shape([d_outputs.shape[0], kernel.shape[0]])
    return dz, d_projected, d_weights, d_first

"""The compiled recurrence as a differentiable operation of TensorFlow."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfrnn.kernels.llvm.cells import Cell
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.functions import functions
from tfrnn.kernels.llvm.machine import machine
from tfrnn.kernels.loops import sum_rows

_ALIGNED = 64  # TensorFlow takes an array as it is that begins at a multiple of so many bytes


def unroll(
    cell: Cell,
    projected: tf.Tensor,
    weights: tuple[tf.Tensor, ...],
    state: tuple[tf.Tensor, ...],
    *,
    product_dtype: str,
    mask: tf.Tensor | None,
    keep: tf.Tensor | None,
) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
    """Does what `tfrnn.kernels.sequence.unroll` does, but what padding outputs is left open.

    A call keeps to one thread: cores share the work where each has a shard of the batch.
    """
    calls = _Calls(cell, product_dtype, len(weights) > 1, mask, keep)

    @tf.custom_gradient
    def run(projected, kernel, *rest):
        bias, first = rest[: len(weights) - 1], rest[len(weights) - 1 :]
        read, outputs, states, kept = calls.forward(projected, kernel, bias, first)

        def gradient(d_outputs, *d_last):
            dz, d_first = calls.backward(kernel, kept, states, d_outputs, d_last)
            left, right = (tf.reshape(v, [-1, v.shape[-1]]) for v in (read[:, :-1], dz[0]))
            d_kernel = tf.cast(tf.matmul(left, right, transpose_a=True), kernel.dtype)
            d_bias = [sum_rows(right, b.dtype) for b in bias]
            return tf.cast(dz[-1], projected.dtype), d_kernel, *d_bias, *d_first

        return (outputs[:, 1:], *(s[:, -1] for s in states)), gradient

    outputs, *last = run(projected, *weights, *state)
    return outputs, tuple(last)


class _Calls:
    """Calls of the compiled functions with tensors; arrays are as `forward` and `backward` say."""

    def __init__(self, cell, product_dtype, biased, mask, keep):
        self.cell, self.dtype, self.biased = cell, tf.as_dtype(product_dtype), biased
        self.masked, self.dropped = mask is not None, keep is not None
        self.keep, self.options = keep, [v for v in (mask, keep) if v is not None]

    def forward(self, projected, kernel, bias, first):
        """Returns read, outputs, states and kept."""
        half = self.dtype == tf.bfloat16
        dtypes = [self.dtype] * (1 + self.dropped) + [tf.float32] * (
            self.cell.states - 1 + half + 1
        )
        arrays = _call(self._forward, dtypes, projected, kernel, *bias, *self.options, *first)
        batch, time, units = *projected.shape[:2], kernel.shape[0]
        for array in arrays[:-1]:
            array.set_shape([batch, None if time is None else time + 1, units])
        arrays[-1].set_shape([batch, time, self.cell.kept * units])
        outputs, *arrays, kept = arrays
        read = arrays.pop(0) if self.dropped else outputs
        return read, outputs, arrays if half else [outputs, *arrays], kept

    def _forward(self, projected, kernel, *rest):
        rest = list(rest)
        bias = rest.pop(0) if self.biased else None
        mask, keep = self._options(rest)
        (rows, steps, _), units = projected.shape, len(kernel)
        call = functions(self._form(rows, units), machine())
        packed = _empty(kernel.shape, self.dtype)
        call.pack(*_pointers(kernel, packed))
        axes = rows, steps + 1, units
        states = [_empty(axes, tf.float32) for _ in range(self.cell.states)]
        outputs = _empty(axes, self.dtype) if self.dtype == tf.bfloat16 else states[0]
        read = _empty(axes, self.dtype) if self.dropped else outputs
        kept = _empty((rows, steps, self.cell.kept * units), tf.float32)
        for state, first in zip(states, rest):
            state[:, 0] = first
        outputs[:, 0] = rest[0]
        if self.dropped:
            read[:, 0] = rest[0] * keep
        arrays = projected, packed, bias, mask, keep, read, outputs, *states, kept
        call.forward(*_pointers(*arrays), steps)
        return _each_once(outputs, *([read] if self.dropped else []), *states, kept)

    def backward(self, kernel, kept, states, d_outputs, d_last):
        """Returns each dz and the gradients of the first states."""
        dtypes = [self.dtype] * self.cell.sums + [tf.float32] * self.cell.states
        args = tf.transpose(kernel), kept, *self.options, *states, d_outputs, *d_last
        arrays = _call(self._backward, dtypes, *args)
        dz, d_first = arrays[: self.cell.sums], arrays[self.cell.sums :]
        for array in dz:
            array.set_shape([*d_outputs.shape[:2], kernel.shape[1]])
        for array in d_first:
            array.set_shape([d_outputs.shape[0], kernel.shape[0]])
        through = tf.matmul(dz[0][:, :1], tf.cast(kernel, self.dtype), transpose_b=True)
        through = tf.cast(tf.reduce_sum(through, 1), tf.float32)  # of the first step, or of none
        d_first[0] += through * self.keep if self.dropped else through
        return dz, d_first

    def _backward(self, back, kept, *rest):
        rest = list(rest)
        mask, keep = self._options(rest)
        states, d_outputs = rest[: self.cell.states], rest[self.cell.states]
        d_last = rest[self.cell.states + 1 :]
        (columns, units), (rows, steps, _) = back.shape, d_outputs.shape
        call = functions(self._form(rows, units), machine())
        packed = _empty(back.shape, self.dtype)
        call.pack_back(*_pointers(back, packed))
        d_states = [_empty(d.shape, tf.float32) for d in d_last]
        for d_state, d in zip(d_states, d_last):
            d_state[...] = d
        dz = [_empty((rows, steps, columns), self.dtype) for _ in range(self.cell.sums)]
        arrays = packed, kept, mask, keep, *states, d_outputs, *d_states, *dz
        call.backward(*_pointers(*arrays), steps)
        return [*dz, *d_states]

    def _options(self, rest):
        mask = rest.pop(0) if self.masked else None
        return mask, rest.pop(0) if self.dropped else None

    def _form(self, rows, units):
        half = self.dtype == tf.bfloat16
        return Form(self.cell, rows, units, half, self.biased, self.masked, self.dropped)


def _call(function, dtypes, *tensors) -> list[tf.Tensor]:
    """Runs a function of arrays, which has no state: two of them may run at the same time."""
    return list(tf.numpy_function(function, tensors, dtypes, stateful=False))


def _empty(shape: Sequence[int], dtype: tf.DType) -> np.ndarray:
    dtype = np.dtype(dtype.as_numpy_dtype)
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(size + _ALIGNED, np.uint8)
    begin = -memory.ctypes.data % _ALIGNED
    return memory[begin : begin + size].view(dtype).reshape(shape)


def _pointers(*arrays):
    return [None if array is None else array.ctypes.data for array in arrays]


def _each_once(*arrays):
    return list({id(array): array for array in arrays}.values())

"""Calls of the compiled functions with arrays, their rows shared out among threads."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tfrnn.kernels.llvm import backward, forward, outer, packing
from tfrnn.kernels.llvm.arrays import dtype_of, empty, pointers, share
from tfrnn.kernels.llvm.cells import Cell
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.functions import functions
from tfrnn.kernels.llvm.machine import machine
from tfrnn.kernels.llvm.rows import added


class _Functions(NamedTuple):
    pack: Callable
    pack_back: Callable
    forward: Callable
    backward: Callable
    outer: Callable


_WRITERS = _Functions(packing.forward, packing.backward, forward.write, backward.write, outer.write)


class Calls(NamedTuple):
    """Both directions of a recurrence; arrays are as `forward` and `backward` say.

    cell: Its equations. bfloat16, biased, masked, dropped: As in `Form`. table: How many rows the
    table has that the input is rows of, or None. threads: Among which the rows of a
    batch are shared out.
    """

    cell: Cell
    bfloat16: bool
    biased: bool
    masked: bool
    dropped: bool
    table: int | None
    threads: int

    def forward(self, projected: np.ndarray, kernel: np.ndarray, *rest: np.ndarray) -> list:
        """Returns outputs, read if something is dropped, states and kept.

        Args:
            projected: As `forward` has it.
            kernel: (units, gates * units).
            *rest: Bias, mask, keep and ids, those that there are; then each first state
                (batch, units).
        """
        bias, mask, keep, ids, first = self._sort(rest)
        rows, steps = (ids if self.gathers else projected).shape[:2]
        units = len(kernel)
        if self.gathers and ids.size and not 0 <= ids.min() <= ids.max() < len(projected):
            raise ValueError(f"ids from {ids.min()} to {ids.max()} of {len(projected)} rows.")
        packed = empty(kernel.shape, self._product)
        self._of_a_part(rows, units).pack(*pointers(0, [kernel, packed]))
        axes = rows, steps + 1, units
        states = [empty(axes, np.float32) for _ in first]
        outputs = empty(axes, self._product) if self.bfloat16 else states[0]
        read = empty(axes, self._product) if self.dropped else outputs
        kept = empty((rows, steps, self.cell.kept * units), self.kept_dtype)
        for state, begin in zip(states, first):
            state[:, 0] = begin
        outputs[:, 0] = first[0]
        if self.dropped:
            read[:, 0] = first[0] * keep

        def part(begin, end):
            arrays = [
                *pointers(0 if self.gathers else begin, [projected]),
                *pointers(0, [packed, bias]),
                *pointers(begin, [mask, keep, ids, read, outputs, *states, kept]),
            ]
            self._functions(end - begin, units).forward(*arrays, steps)

        share(rows, self.threads, part)
        states = states if self.bfloat16 else states[1:]  # the first are the outputs
        return [outputs, *([read] if self.dropped else []), *states, kept]

    def backward(
        self, kernel: np.ndarray, read: np.ndarray, kept: np.ndarray, *rest: np.ndarray
    ) -> list:
        """Returns dz, d_projected if `apart`, d_kernel, d_bias if there is one, d_states.

        Args:
            kernel: (units, gates * units).
            read: As `forward` has it.
            kept: As `forward` gave it.
            *rest: Mask, keep and ids, those that there are; each state, d_outputs and the gradient
                of each last state.

        Those of d_states are the gradients of the first states; d_projected is that of the table
        where there is one.
        """
        _, mask, keep, ids, arrays = self._sort(rest, backward=True)
        count = self.cell.states
        states, d_outputs, d_last = arrays[:count], arrays[count], arrays[count + 1 :]
        (units, columns), (rows, steps, _) = kernel.shape, d_outputs.shape
        packed = empty(kernel.shape, self._product)
        self._of_a_part(rows, units).pack_back(*pointers(0, [kernel, packed]))
        d_states = [empty(d.shape, np.float32) for d in d_last]
        for d_state, d in zip(d_states, d_last):
            d_state[...] = d
        axes = rows, steps, columns
        dz = empty(axes, self._product)
        d_projected = empty(axes, np.float32) if self._form(rows, units).apart else dz

        def part(begin, end):
            batched = [kept, mask, keep, *states, d_outputs, *d_states, dz, d_projected]
            arrays = pointers(0, [packed]) + pointers(begin, batched)
            self._functions(end - begin, units).backward(*arrays, steps)

        share(rows, self.threads, part)
        if self.gathers:
            d_projected = added(d_projected, ids, self.table, threads=self.threads)
        return [dz, *([d_projected] if self.apart else []), *self._outer(read, dz), *d_states]

    def _outer(self, read, dz):
        """Returns d_kernel, and the gradient of the bias where there is one."""
        rows, units, columns = dz.shape[0] * dz.shape[1], read.shape[2], dz.shape[2]
        if self.bfloat16 and rows % 2:  # pairs of rows are multiplied
            left, right = (v.astype(np.float32) for v in (read[:, :-1], dz))
            left, right = left.reshape(rows, units), right.reshape(rows, columns)
            return [left.T @ right, *([right.sum(0)] if self.biased else [])]
        run, steps = self._of_a_part(dz.shape[0], units).outer, dz.shape[1]
        return outer.summed(run, read, dz, steps, biased=self.biased, threads=self.threads)

    @property
    def gathers(self) -> bool:
        """Is that of `Form`."""
        return self.table is not None

    @property
    def apart(self) -> bool:
        """Whether the gradient of the input is another array than that of the recurrent product."""
        return self.gathers or self._form(0, 0).apart

    @property
    def kept_dtype(self) -> type:
        """NumPy's type of what is kept for the gradient: that of `Form.kept`."""
        return np.float16 if self.bfloat16 else np.float32

    @property
    def _product(self):
        return dtype_of(self.bfloat16)

    def _sort(self, rest, backward=False):
        rest, forward = list(rest), not backward
        there = self.biased and forward, self.masked, self.dropped, self.gathers
        return *[rest.pop(0) if is_there else None for is_there in there], rest

    def _form(self, rows, units):
        options = self.bfloat16, self.biased, self.masked, self.dropped, self.gathers
        return Form(self.cell, rows, units, *options)

    def _functions(self, rows, units):
        return functions(_WRITERS, self._form(rows, units), machine())

    def _of_a_part(self, rows, units):
        """What does not depend on rows, of the first part's functions: no others are compiled."""
        return self._functions(max(1, rows // max(1, min(self.threads, rows))), units)

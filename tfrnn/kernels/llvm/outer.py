"""The gradient of a kernel: outer products of what it has read and of gradients, summed over steps.

A product like those of the steps, but as deep as all steps of all rows. Its left side is what the
kernel has read, turned over: the numbers of a step stand side by side.
"""

import functools
from collections.abc import Callable

import numpy as np

from tfrnn.kernels.llvm.arrays import empty, pointers, share
from tfrnn.kernels.llvm.code import FLOAT, INDEX, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.machine import machine
from tfrnn.kernels.llvm.packing import pack_rows
from tfrnn.kernels.llvm.panels import (
    ABREAST,
    Columns,
    each_tile,
    each_wide_panel,
    panels_of,
    product,
)

# So many rows at a time, an even number: those of a panel then stay in the cache of a core.
_AT_ONCE = 1024


def summed(
    run: Callable, read: np.ndarray, dz: np.ndarray, steps: int, *, biased: bool, threads: int
) -> list[np.ndarray]:
    """Returns the gradient of the kernel, and that of the bias where there is one.

    Args:
        run: What `write` has written, compiled.
        read: As `write` has it.
        dz: Likewise.
        steps: Likewise.
        biased: Whether there is a bias.
        threads: Among which the panels are shared out.
    """
    units, columns, lanes = read.shape[-1], dz.shape[-1], machine().lanes
    d_kernel = np.zeros((units, columns), np.float32)
    d_bias = np.zeros((columns,), np.float32) if biased else None

    def part(first, last):
        room = [empty(shape, dz.dtype) for shape in _room(lanes, units)]
        arrays = pointers(0, [read, dz, *room, d_kernel, d_bias])
        run(*arrays, first, last, dz.size // columns, steps)

    share(panels_of(columns, lanes), threads, part)
    return [d_kernel, *([d_bias] if biased else [])]


def _room(lanes, units):
    """The shapes of `left` and `panel`."""
    # A vector between two rows keeps them, often a power of two long, out of each other's place
    # in the cache.
    return [(_AT_ONCE, units + lanes), (_AT_ONCE, ABREAST * lanes)]


def write(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and of four numbers.

    read: (batch, time + 1, units) P, as `forward` has it.
    dz: (batch, time, columns) P, as `backward` has it.
    left, panel: See `_room`, P.
    d_kernel: (units, columns) float32, which the products are added to.
    d_bias: (columns,) float32, which the sums are added to, where there is a bias.
    first, last: The panel to begin with, and the one after the last.
    rows: batch * time, an even number in bfloat16.
    steps: time; where `read` has not one more for each of the batch, any number above `rows`.
    """
    _Outer(code, form).write()


class _Outer:
    def __init__(self, code, form):
        self.code, self.form, p = code, form, form.product
        kinds = [p, p, p, p, FLOAT, FLOAT, *[INDEX] * 4]
        self.read, self.dz, self.left, self.panel, *arrays = code.arguments(kinds)
        self.d_kernel, self.d_bias, self.first, self.last, self.rows, self.steps = arrays
        self.units = [Columns(unit, code.lanes) for unit in range(0, form.units, code.lanes)]

    def write(self):
        times = self.code.quotient(self.rows + (_AT_ONCE - 1), _AT_ONCE)
        self.code.repeat(times, self._some_rows)
        self.code.end()

    def _some_rows(self, i):
        code, units, begin = self.code, self.form.units, i * _AT_ONCE
        count = code.lesser(self.rows - begin, _AT_ONCE)

        def place(row):
            row = begin + row
            return (row + code.quotient(row, self.steps)) * units

        apart = len(self.units) + 1
        pack_rows(code, self.form, count, self.read, place, self.units, self.left, apart)
        of_panel = functools.partial(self._panel, begin, count)
        each_wide_panel(code, self.form.columns, self.first, self.last, of_panel)

    def _panel(self, begin, count, columns):
        code, wide = self.code, self.form.columns

        def place(row):
            return (begin + row) * wide

        def tile(units):
            self._tile(count, units, columns)

        sums = pack_rows(code, self.form, count, self.dz, place, columns, self.panel)
        if self.form.biased:
            self._add(sums, self.d_bias, columns)
        each_tile(code, self.form.units, len(columns), tile)

    def _tile(self, count, units, columns):
        code, form = self.code, self.form
        targets = [
            Columns(unit * form.columns + c.first, c.count) for unit in units for c in columns
        ]
        zeros = [code.constant(0.0)] * len(targets)
        places = [code.offset(self.left, unit * (1 + form.bfloat16)) for unit in units]
        stride = form.units + code.lanes
        sums = product(code, zeros, places, self.panel, len(columns), count, stride)
        self._add(sums, self.d_kernel, targets)

    def _add(self, vectors, array, targets):
        for vector, target in zip(vectors, targets):
            self.code.store(self.code.load(array, *target) + vector, array, *target)

"""The product of a sequence and a kernel, and its gradients."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from llvmlite import ir

from tfrnn.kernels.llvm import outer
from tfrnn.kernels.llvm.arrays import dtype_of, empty, pointers, share
from tfrnn.kernels.llvm.code import BFLOAT, FLOAT, INDEX, Code
from tfrnn.kernels.llvm.functions import functions
from tfrnn.kernels.llvm.machine import machine
from tfrnn.kernels.llvm.packing import pack_columns, pack_rows
from tfrnn.kernels.llvm.panels import ABREAST, each_wide_panel, panels_of, product, tile_rows

# So many rows at a time, whole tiles of 6 or 9: they then stay in the cache of a core.
_AT_ONCE = 180


class Form(NamedTuple):
    """What a product is compiled for; the number of rows is known when it runs.

    units: Numbers in a row of the left side, rows of the kernel. columns: Of the kernel.
    bfloat16: Whether the product is. rounded: Whether results are bfloat16 too, not float32.
    biased: Whether a bias is added.
    """

    units: int
    columns: int
    bfloat16: bool
    rounded: bool
    biased: bool

    @property
    def product(self) -> ir.Type:
        """What the product reads."""
        return BFLOAT if self.bfloat16 else FLOAT

    @property
    def result(self) -> ir.Type:
        """What it writes."""
        return BFLOAT if self.rounded else FLOAT


class Products(NamedTuple):
    """Both directions of rows @ kernel + bias; bfloat16, rounded and biased are as in `Form`.

    threads: Among which rows, and panels of the kernel's gradient, are shared out.
    """

    bfloat16: bool
    rounded: bool
    biased: bool
    threads: int

    def forward(self, x: np.ndarray, kernel: np.ndarray, *bias: np.ndarray) -> list:
        """Returns one array, (..., columns).

        Args:
            x: (..., units), the dtype of the product.
            kernel: (units, columns) float32.
            *bias: (columns,) float32, if there is one.
        """
        form = Form(*kernel.shape, self.bfloat16, self.rounded, self.biased)
        return [self._multiply(functions(_FORWARD, form, machine()), form, x, kernel, *bias)]

    def backward(self, d_results: np.ndarray, kernel: np.ndarray) -> list:
        """Returns one array, the gradient of x.

        Args:
            d_results: (..., columns), the dtype of the product.
            kernel: As `forward` has it.
        """
        if self.bfloat16 and kernel.shape[1] % 2:  # pairs of columns are multiplied
            one_more = [[(0, 0)] * (v.ndim - 1) + [(0, 1)] for v in (d_results, kernel)]
            d_results, kernel = map(np.pad, (d_results, kernel), one_more)
        form = Form(*kernel.shape[::-1], self.bfloat16, self.bfloat16, False)
        return [self._multiply(functions(_BACK, form, machine()), form, d_results, kernel)]

    def outer(self, x: np.ndarray, d_results: np.ndarray) -> list:
        """Returns the gradients of the kernel and of the bias, if there is one.

        Args:
            x: As `forward` has it.
            d_results: As `backward` has it.
        """
        rows, d_rows = _flat(x), _flat(d_results)
        if self.bfloat16 and len(rows) % 2:  # pairs of rows are multiplied
            rows, d_rows = (np.pad(v, [(0, 1), (0, 0)]) for v in (rows, d_rows))
        form = Form(rows.shape[1], d_rows.shape[1], self.bfloat16, False, self.biased)
        run, steps = functions(_OUTER, form, machine()).outer, len(rows) + 1
        return outer.summed(run, rows, d_rows, steps, biased=self.biased, threads=self.threads)

    def _multiply(self, run, form, x, kernel, bias=None):
        rows, lanes = _flat(x), machine().lanes
        wide = panels_of(form.columns, lanes) * ABREAST * lanes
        panels = empty((form.units, wide), dtype_of(self.bfloat16))
        run.pack(*pointers(0, [kernel, panels]))
        results = empty((len(rows), form.columns), dtype_of(form.rounded))

        def part(first, last):
            arrays = pointers(first, [rows, results]) + pointers(0, [panels, bias])
            run.multiply(*arrays, last - first)

        share(len(rows), self.threads, part)
        return results.reshape(*x.shape[:-1], form.columns)


def _flat(x):
    return x.reshape(-1, x.shape[-1])


def _pack(code: Code, form: Form) -> None:
    """Writes a function of the kernel (units, columns) and of its panels."""
    kernel, panels = code.arguments([FLOAT, form.product])

    def panel(columns):
        here = code.offset(panels, columns[0].first * form.units)
        pack_rows(code, form, form.units, kernel, lambda row: row * form.columns, columns, here)

    _each_panel(code, form, panel)
    code.end()


def _pack_back(code: Code, form: Form) -> None:
    """Writes a function of a kernel (columns, units) and of the panels of its transpose."""
    kernel, panels = code.arguments([FLOAT, form.product])

    def panel(columns):
        here = code.offset(panels, columns[0].first * form.units)
        pack_columns(code, form, kernel, form.units, [c.first for c in columns], here)

    _each_panel(code, form, panel)
    code.end()


def _multiply(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and of a number.

    left: (rows, units) P. results: (rows, columns). panels: Of the kernel, P.
    bias: (columns,) float32, read where there is one.
    """
    _Multiply(code, form).write()


class _Multiply:
    def __init__(self, code, form):
        self.code, self.form = code, form
        kinds = [form.product, form.result, form.product, FLOAT, INDEX]
        self.left, self.results, self.panels, self.bias, self.rows = code.arguments(kinds)

    def write(self):
        self.code.repeat(self.code.quotient(self.rows + (_AT_ONCE - 1), _AT_ONCE), self._some_rows)
        self.code.end()

    def _some_rows(self, i):
        begin = i * _AT_ONCE
        count = self.code.lesser(self.rows - begin, _AT_ONCE)
        _each_panel(self.code, self.form, functools.partial(self._panel, begin, count))

    def _panel(self, begin, count, columns):
        code, height = self.code, tile_rows(self.code, len(columns))
        tiles = code.quotient(count, height)
        done = tiles * height

        def tile(i):
            self._tile([begin + i * height + r for r in range(height)], columns)

        code.repeat(tiles, tile)
        code.repeat(count - done, lambda i: self._tile([begin + done + i], columns))

    def _tile(self, rows, columns):
        code, form, zero = self.code, self.form, self.code.constant(0.0)
        start = [code.load(self.bias, *c) if form.biased else zero for c in columns]
        places = [code.offset(self.left, row * form.units) for row in rows]
        panel = code.offset(self.panels, columns[0].first * form.units)
        sums = product(code, start * len(rows), places, panel, len(columns), form.units)
        targets = [(row * form.columns + c.first, c.count) for row in rows for c in columns]
        for target, vector in zip(targets, sums):
            code.store(vector, self.results, *target)


def _each_panel(code, form, body):
    last = panels_of(form.columns, code.lanes)
    each_wide_panel(code, form.columns, code.number(0), code.number(last), body)


class _Multiplies(NamedTuple):
    pack: Callable
    multiply: Callable


class _Adds(NamedTuple):
    outer: Callable


_FORWARD, _BACK = _Multiplies(_pack, _multiply), _Multiplies(_pack_back, _multiply)
_OUTER = _Adds(outer.write)

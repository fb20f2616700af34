"""The gradient of rows that were read from a table: what came to each is added up."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.kernels.llvm.arrays import pointers, share
from tfrnn.kernels.llvm.code import BFLOAT, FLOAT, INDEX, INT, Code
from tfrnn.kernels.llvm.functions import functions
from tfrnn.kernels.llvm.machine import machine
from tfrnn.kernels.llvm.operation import call


def add_rows(values: tf.Tensor, ids: tf.Tensor, rows: int, *, threads: int) -> tf.Tensor:
    """Is `tf.math.unsorted_segment_sum(values, ids, rows)`, always in the same order.

    Args:
        values: (..., width) float32 or bfloat16, a multiple of the lanes wide.
        ids: (...) int32, each below `rows`.
        rows: Of what is returned.
        threads: Among which the columns are shared out.

    Returns:
        (rows, width) float32.
    """

    def add(values, ids):
        return [added(values, ids, rows, threads=threads)]

    (table,) = call(add, [tf.float32], values, ids)
    return tf.ensure_shape(table, [rows, values.shape[-1]])


def added(values: np.ndarray, ids: np.ndarray, rows: int, *, threads: int) -> np.ndarray:
    """Is `add_rows` of arrays."""
    width = values.shape[-1]
    table = np.zeros([rows, width], np.float32)
    run = functions(_WRITERS, _Form(values.dtype != np.float32), machine()).add

    def part(first, last):
        run(*pointers(0, [values, ids, table]), first, last, ids.size, width)

    share(width // machine().lanes, threads, part)
    return table


def _write(code: Code, form: NamedTuple) -> None:
    values, ids, table, first, last, count, width = code.arguments(
        [BFLOAT if form.bfloat16 else FLOAT, INT, FLOAT, *[INDEX] * 4]
    )

    def row(n):
        here = code.integer_at(ids, n) * width

        def vector(v):
            column = (first + v) * code.lanes
            total = code.load(table, here + column) + code.load(values, n * width + column)
            code.store(total, table, here + column)

        code.repeat(last - first, vector)

    code.repeat(count, row)
    code.end()


class _Functions(NamedTuple):
    add: Callable


class _Form(NamedTuple):
    bfloat16: bool  # the values, not their sums


_WRITERS = _Functions(_write)

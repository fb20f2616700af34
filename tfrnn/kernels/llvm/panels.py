"""Products in registers: rows of a batch times panels of a packed kernel.

A tile is a few rows and the columns of one panel. Its sums stay in registers from the first row
of the kernel to the last, so that each number that is loaded is multiplied several times, and what
is done with the sums (the activations of a cell) needs no way through memory.

A panel holds, for each row of the kernel (in bfloat16 for each two rows, number by number side by
side), its columns [units][gates][lanes]; the panels stand one behind the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from llvmlite import ir

from tfrnn.kernels.llvm.code import BFLOAT, FLOAT, Array, Code, Index, Vector
from tfrnn.kernels.llvm.form import Form

ABREAST = 4  # vectors of columns in a tile
_MOST_ROWS = 9  # more only make the code longer


class Panels(NamedTuple):
    """Panels of the same width: vectors of units in each, how many there are, their first unit."""

    units: int
    count: int
    first: int


class Columns(NamedTuple):
    """Those of a vector: the first, and how many there are."""

    first: Index | int
    count: int


def each_panel(code: Code, form: Form, gates: int, body: Callable[[Panels, Index], None]) -> None:
    """Runs body(panels, first unit of one) for each panel, of `gates` columns for each unit."""
    for panels in _cut(form.units // code.lanes, max(1, ABREAST // gates), code.lanes):

        def panel(i, panels=panels):
            body(panels, i * (panels.units * code.lanes) + panels.first)

        code.repeat(panels.count, panel)


def _cut(vectors, wide, lanes):
    """Panels as wide as they may be, and a narrower one of what is left."""
    count, left = divmod(vectors, wide)
    panels = [Panels(wide, count, 0), Panels(left, 1, count * wide * lanes)]
    return [p for p in panels if p.units and p.count]


def each_wide_panel(
    code: Code, width: int, first: Index, last: Index, body: Callable[[list[Columns]], None]
) -> None:
    """Runs body(columns) for the panels from `first` to before `last`, of `width` columns in all.

    Panels are as wide as they may be; what is left is the last, its last vector maybe not full.
    """
    lanes, wide = code.lanes, ABREAST * code.lanes
    whole, rest = divmod(width, wide)
    full = code.lesser(last, whole)
    code.repeat(
        full - first,
        lambda i: body([Columns((first + i) * wide + v * lanes, lanes) for v in range(ABREAST)]),
    )
    if rest:
        counts = [min(lanes, rest - begin) for begin in range(0, rest, lanes)]
        code.repeat(
            last - full,
            lambda i: body(
                [Columns(i + (whole * wide + v * lanes), n) for v, n in enumerate(counts)]
            ),
        )


def panels_of(width: int, lanes: int) -> int:
    """Returns how many panels `each_wide_panel` makes."""
    return -(-width // (ABREAST * lanes))


def each_tile(code: Code, rows: int, columns: int, body: Callable[[list[Index]], None]) -> None:
    """Runs body(rows of a tile) until all `rows` had their turn.

    Tiles differ by a row at most: a low one would load as much and multiply less.
    """
    tiles = -(-rows // tile_rows(code, columns))
    low, higher = divmod(rows, tiles)
    for height, times, first in ((low + 1, higher, 0), (low, tiles - higher, higher * (low + 1))):

        def tile(i, height=height, first=first):
            body([i * height + (first + r) for r in range(height)])

        if times:
            code.repeat(times, tile)


def tile_rows(code: Code, columns: int) -> int:
    """Returns how high a tile of so many vectors of columns may be.

    Registers must hold its sums, a row of the panel and a number of the left side.
    """
    return min(_MOST_ROWS, (code.registers - columns - 1) // columns)


def product(
    code: Code,
    start: Sequence[Vector],
    left: Sequence[Array],
    panel: Array,
    columns: int,
    depth: Index | int,
    stride: int = 1,
) -> list[Vector]:
    """Adds the products of rows with a panel to `start`; sums in order of rows, then columns.

    Args:
        code: Where it is written.
        start: Sums to begin with, len(left) * columns.
        left: Where each row begins, of the panel's dtype.
        panel: Where it begins.
        columns: Vectors in it.
        depth: Rows of the kernel, an even number.
        stride: From a number of the left side (in bfloat16 a pair of them) to the next of its row.
    """
    multiply = _multiply_pairs if panel.dtype == BFLOAT else _multiply
    lanes = code.lanes * (1 + (panel.dtype == BFLOAT))
    kind = ir.VectorType(panel.dtype, lanes)

    def body(k, sums):
        row = [code.read(panel, k * (columns * lanes) + n * lanes, kind) for n in range(columns)]
        new = []
        for r, array in enumerate(left):
            old = sums[r * columns : (r + 1) * columns]
            new += multiply(code, array, k * stride, row, old)
        return new

    return code.fold(depth if panel.dtype == FLOAT else code.half(depth), start, body)


def _multiply(code, array, at, row, sums):
    number = code.spread(code.read(array, at, FLOAT), code.lanes)
    name = f"llvm.fma.v{code.lanes}f32"
    return [Vector(code, code.call(name, number, v, s.value)) for v, s in zip(row, sums)]


def _multiply_pairs(code, array, at, row, sums):
    """Two neighbours of a row take part at once: the instruction adds both their products."""
    two = code.spread(code.read(array, at * 2, ir.IntType(32)), code.lanes)
    two = code.builder.bitcast(two, row[0].type)
    name = f"llvm.x86.avx512bf16.dpbf16ps.{32 * code.lanes}"
    return [Vector(code, code.call(name, s.value, two, v)) for v, s in zip(row, sums)]

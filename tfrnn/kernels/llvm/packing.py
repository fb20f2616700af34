"""A kernel laid out as tiles read it: once for a sequence, where a product does it each time."""

from collections.abc import Callable, Sequence

from llvmlite import ir

from tfrnn.kernels.llvm.code import BFLOAT, FLOAT, Array, Code, Index, Vector
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.panels import Columns, each_panel


def forward(code: Code, form: Form) -> None:
    """Writes a function of the kernel (units, gates * units) and of its panels, as large."""
    depth, gates = form.units, form.cell.gates
    kernel, packed = code.arguments([FLOAT, form.product])

    def panel(panels, unit):
        columns = [
            Columns(unit + (gate * form.units + v * code.lanes), code.lanes)
            for v in range(panels.units)
            for gate in range(gates)
        ]
        here = code.offset(packed, unit * (depth * gates))
        pack_rows(code, form, depth, kernel, lambda row: row * form.columns, columns, here)

    each_panel(code, form, gates, panel)
    code.end()


def backward(code: Code, form: Form) -> None:
    """Writes a function of the kernel (units, gates * units) and of its transpose's panels."""
    kernel, packed = code.arguments([FLOAT, form.product])

    def panel(panels, unit):
        here = code.offset(packed, unit * form.columns)
        units = [unit + v * code.lanes for v in range(panels.units)]
        pack_columns(code, form, kernel, form.columns, units, here)

    each_panel(code, form, 1, panel)
    code.end()


def pack_rows(
    code: Code,
    form: Form,
    depth: Index | int,
    source: Array,
    place: Callable[[Index], Index],
    columns: Sequence[Columns],
    packed: Array,
    apart: int | None = None,
) -> list[Vector]:
    """Lays vectors of each row side by side, in bfloat16 two rows number by number.

    Args:
        code: Where it is written.
        form: Says whether in bfloat16.
        depth: Rows, an even number in bfloat16.
        source: Of any dtype.
        place: Row -> where it begins in `source`.
        columns: Those of each vector.
        packed: Where the first row goes.
        apart: Vectors from a row to the next; None for as many as there are columns.

    Returns:
        The sums of each column.
    """
    pairs, apart = 1 + form.bfloat16, apart or len(columns)

    def row(k, sums):
        begins = [place(k * pairs + i) for i in range(pairs)]
        new = []
        for n, (column, total) in enumerate(zip(columns, sums)):
            parts = [code.load(source, begin + column.first, column.count) for begin in begins]
            _put(code, parts, packed, (k * apart + n) * (code.lanes * pairs))
            new.append(sum(parts, total))
        return new

    times = code.half(depth) if form.bfloat16 else depth
    return code.fold(times, [code.constant(0.0)] * len(columns), row)


def pack_columns(
    code: Code,
    form: Form,
    source: Array,
    depth: int,
    rows: Sequence[Index],
    packed: Array,
) -> None:
    """Does what `pack_rows` does with the transpose of `source`.

    Args:
        code: Where it is written.
        form: Says whether in bfloat16.
        source: (..., depth).
        depth: An even number in bfloat16.
        rows: Of `source`, where each vector begins.
        packed: Where the first column goes.
    """
    pairs, lanes = 1 + form.bfloat16, code.lanes

    def square(first, count=lanes):
        for n, row in enumerate(rows):
            found = [code.load(source, (row + r) * depth + first, count) for r in range(lanes)]
            columns = code.turn(found)
            for c in range(0, count, pairs):
                to = (first + c) * (len(rows) * lanes) + n * (lanes * pairs)
                _put(code, columns[c : c + pairs], packed, to)

    whole, rest = divmod(depth, lanes)
    code.repeat(whole, lambda k: square(k * lanes))
    if rest:
        code.repeat(1, lambda k: square(k + whole * lanes, rest))


def _put(code, parts, packed, to):
    if len(parts) == 1:
        code.store(*parts, packed, to)
    else:
        code.write(_interleave(code, *parts), packed, to)


def _interleave(code, a, b):
    """Rounds two vectors to bfloat16 and lays them side by side, number by number."""
    half = ir.VectorType(BFLOAT, code.lanes)
    a, b = (code.builder.fptrunc(v.value, half) for v in (a, b))
    return code.shuffle(a, b, [n + code.lanes * b for n in range(code.lanes) for b in range(2)])

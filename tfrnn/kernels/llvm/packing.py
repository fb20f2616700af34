"""A kernel laid out as tiles read it: once for a sequence, where a product does it each time."""

from collections.abc import Callable, Sequence

from llvmlite import ir

from tfrnn.kernels.llvm.code import BFLOAT, FLOAT, Array, Code, Index
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.panels import each_panel


def forward(code: Code, form: Form) -> None:
    """Writes a function of the kernel (units, gates * units) and of its panels, as large."""
    _write(code, form, form.units, form.cell.gates)


def backward(code: Code, form: Form) -> None:
    """Writes a function of the kernel's transpose (gates * units, units) and of its panels."""
    _write(code, form, form.columns, 1)


def pack_rows(
    code: Code,
    form: Form,
    depth: Index | int,
    source: Array,
    place: Callable[[Index], Index],
    columns: Sequence[Index | int],
    packed: Array,
) -> None:
    """Lays vectors of each row side by side, in bfloat16 two rows number by number.

    Args:
        code: Where it is written.
        form: Says whether in bfloat16.
        depth: Rows, an even number in bfloat16.
        source: Of any dtype.
        place: Row -> where it begins in `source`.
        columns: Where in a row each vector begins.
        packed: Where the first row goes.
    """
    pairs = 1 + form.bfloat16

    def row(k):
        begins = [place(k * pairs + i) for i in range(pairs)]
        for n, column in enumerate(columns):
            parts = [code.load(source, begin + column) for begin in begins]
            to = (k * len(columns) + n) * (code.lanes * pairs)
            if form.bfloat16:
                code.write(_interleave(code, *parts), packed, to)
            else:
                code.store(*parts, packed, to)

    code.repeat(code.half(depth) if form.bfloat16 else depth, row)


def _write(code, form, depth, gates):
    kernel, packed = code.arguments([FLOAT, form.product])

    def panel(panels, unit):
        columns = [
            unit + (gate * form.units + v * code.lanes)
            for v in range(panels.units)
            for gate in range(gates)
        ]
        here = code.offset(packed, unit * (depth * gates))
        pack_rows(code, form, depth, kernel, lambda row: row * (gates * form.units), columns, here)

    each_panel(code, form, gates, panel)
    code.end()


def _interleave(code, a, b):
    """Rounds two vectors to bfloat16 and lays them side by side, number by number."""
    half = ir.VectorType(BFLOAT, code.lanes)
    a, b = (code.builder.fptrunc(v.value, half) for v in (a, b))
    order = [lane + code.lanes * which for lane in range(code.lanes) for which in range(2)]
    kind = ir.VectorType(ir.IntType(32), 2 * code.lanes)
    return code.builder.shuffle_vector(a, b, ir.Constant(kind, order))

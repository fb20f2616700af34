"""A kernel laid out as tiles read it: once for a sequence, where a product does it each time."""

from llvmlite import ir

from tfrnn.kernels.llvm.code import BFLOAT, FLOAT, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.panels import each_panel


def forward(code: Code, form: Form) -> None:
    """Writes a function of the kernel (units, gates * units) and of its panels, as large."""
    _write(code, form, form.units, form.cell.gates)


def backward(code: Code, form: Form) -> None:
    """Writes a function of the kernel's transpose (gates * units, units) and of its panels."""
    _write(code, form, form.columns, 1)


def _write(code, form, depth, gates):
    kernel, packed = code.arguments([FLOAT, form.product])
    pairs = 1 + form.bfloat16  # rows of the kernel that stand side by side
    width = gates * form.units

    def panel(panels, unit):
        columns = [
            unit + (gate * form.units + v * code.lanes)
            for v in range(panels.units)
            for gate in range(gates)
        ]

        def row(k):
            at = unit * (depth * gates) + k * (len(columns) * code.lanes * pairs)
            for n, column in enumerate(columns):
                parts = [code.load(kernel, (k * pairs + i) * width + column) for i in range(pairs)]
                to = at + n * code.lanes * pairs
                if form.bfloat16:
                    code.write(_interleave(code, *parts), packed, to)
                else:
                    code.store(*parts, packed, to)

        code.repeat(depth // pairs, row)

    each_panel(code, form, gates, panel)
    code.end()


def _interleave(code, a, b):
    """Rounds two vectors to bfloat16 and lays them side by side, number by number."""
    half = ir.VectorType(BFLOAT, code.lanes)
    a, b = (code.builder.fptrunc(v.value, half) for v in (a, b))
    order = [lane + code.lanes * which for lane in range(code.lanes) for which in range(2)]
    kind = ir.VectorType(ir.IntType(32), 2 * code.lanes)
    return code.builder.shuffle_vector(a, b, ir.Constant(kind, order))

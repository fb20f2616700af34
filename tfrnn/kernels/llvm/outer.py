"""The gradient of a recurrent kernel: outer products of states and gradients, summed over steps.

A product like those of the steps, but as deep as all steps of all rows. Its left side is what the
steps have read, turned over: the units of a step stand side by side.
"""

from tfrnn.kernels.llvm.code import FLOAT, INDEX, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.packing import pack_rows
from tfrnn.kernels.llvm.panels import ABREAST, each_tile, product


def width(form: Form, lanes: int) -> int:
    """Returns how many vectors of columns a panel has, all panels as many."""
    return next(w for w in range(ABREAST, 0, -1) if form.columns // lanes % w == 0)


def write(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and of four numbers.

    read: (batch, time + 1, units) P, as `forward` has it.
    dz: (batch, time, columns) P, as `backward` has it.
    left: Room for (batch * time, units) P.
    panel: Room for batch * time rows of a panel, P.
    d_kernel: (units, columns) float32.
    first, last: The panel to begin with, and the one after the last.
    rows: batch * time, an even number in bfloat16.
    steps: time.
    """
    p, pairs = form.product, 1 + form.bfloat16
    kinds = [p, p, p, p, FLOAT, *[INDEX] * 4]
    read, dz, left, panel, d_kernel, first, last, rows, steps = code.arguments(kinds)
    columns = [v * code.lanes for v in range(width(form, code.lanes))]

    def place(row):  # of a step among those of `read`, which have one more for each of the batch
        return (row + code.quotient(row, steps)) * form.units

    def of_panel(n):
        column = (first + n) * (len(columns) * code.lanes)
        pack_rows(code, form, rows, dz, lambda row: row * form.columns + column, columns, panel)
        each_tile(code, form.units, len(columns), lambda units: tile(units, column))

    def tile(units, column):
        zeros = [code.constant(0.0)] * (len(units) * len(columns))
        places = [code.offset(left, unit * pairs) for unit in units]
        sums = product(code, zeros, places, panel, len(columns), rows, stride=form.units)
        targets = [unit * form.columns + column + c for unit in units for c in columns]
        for at, vector in zip(targets, sums):
            code.store(vector, d_kernel, at)

    vectors = range(0, form.units, code.lanes)
    pack_rows(code, form, rows, read, place, vectors, left)
    code.repeat(last - first, of_panel)
    code.end()

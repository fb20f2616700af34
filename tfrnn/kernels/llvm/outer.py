"""The gradient of a kernel: outer products of what it has read and of gradients, summed over steps.

A product like those of the steps, but as deep as all steps of all rows. Its left side is what the
kernel has read, turned over: the numbers of a step stand side by side.
"""

from tfrnn.kernels.llvm.code import FLOAT, INDEX, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.packing import pack_rows
from tfrnn.kernels.llvm.panels import Columns, each_tile, each_wide_panel, product


def write(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and of four numbers.

    read: (batch, time + 1, units) P, as `forward` has it.
    dz: (batch, time, columns) P, as `backward` has it.
    left: Room for (batch * time, units) P.
    panel: Room for batch * time rows of a panel, P.
    d_kernel: (units, columns) float32.
    d_bias: (columns,) float32, written where there is a bias.
    first, last: The panel to begin with, and the one after the last.
    rows: batch * time, an even number in bfloat16.
    steps: time; where `read` has not one more for each of the batch, any number above `rows`.
    """
    p, pairs = form.product, 1 + form.bfloat16
    kinds = [p, p, p, p, FLOAT, FLOAT, *[INDEX] * 4]
    read, dz, left, panel, d_kernel, d_bias, first, last, rows, steps = code.arguments(kinds)

    def place(row):
        return (row + code.quotient(row, steps)) * form.units

    def of_panel(columns):
        sums = pack_rows(code, form, rows, dz, lambda row: row * form.columns, columns, panel)
        for column, vector in zip(columns, sums):
            if form.biased:
                code.store(vector, d_bias, *column)
        each_tile(code, form.units, len(columns), lambda units: tile(units, columns))

    def tile(units, columns):
        zeros = [code.constant(0.0)] * (len(units) * len(columns))
        places = [code.offset(left, unit * pairs) for unit in units]
        sums = product(code, zeros, places, panel, len(columns), rows, stride=form.units)
        targets = [(unit * form.columns + c.first, c.count) for unit in units for c in columns]
        for target, vector in zip(targets, sums):
            code.store(vector, d_kernel, *target)

    vectors = [Columns(unit, code.lanes) for unit in range(0, form.units, code.lanes)]
    pack_rows(code, form, rows, read, place, vectors, left)
    each_wide_panel(code, form.columns, first, last, of_panel)
    code.end()

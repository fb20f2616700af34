"""All steps of a recurrence, forward."""

from tfrnn.kernels.llvm.code import BYTE, FLOAT, INDEX, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.panels import each_panel, each_tile, product


def write(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and the number of steps.

    projected: (batch, time, columns) float32, as all that is not said to be P.
    packed: The kernel's panels, P.
    bias: (columns,), read where there is one.
    mask: (batch, time) bytes, read where there is one.
    keep: (batch, units), read where something is dropped.
    read: (batch, time + 1, units) P, the hidden state as the product reads it.
    outputs: (batch, time + 1, units) P.
    states: Each (batch, time + 1, units), the hidden one first.
    kept: (batch, time, kept * units), for the gradient.

    The last four are written from the second step of the axis on; the first holds the state before. In
    float32 the outputs are the hidden states, and where nothing is dropped read is the outputs.
    """
    cell, units, p = form.cell, form.units, form.product
    kinds = [FLOAT, p, FLOAT, BYTE, FLOAT, p, p, *[FLOAT] * cell.states, FLOAT, INDEX]
    projected, packed, bias, mask, keep, read, outputs, *states, kept, steps = code.arguments(kinds)
    places = steps + 1

    def step(t):
        each_panel(code, form, cell.gates, lambda panels, unit: panel(t, panels, unit))

    def panel(t, panels, unit):
        columns = [(v, gate) for v in range(panels.units) for gate in range(cell.gates)]

        def tile(rows):
            before = [row * places + t for row in rows]
            sums = product(
                code,
                [start(unit + v * code.lanes, gate) for _ in rows for v, gate in columns],
                [code.offset(read, place * units) for place in before],
                code.offset(packed, unit * (units * cell.gates)),
                len(columns),
                units,
            )
            for r, row in enumerate(rows):
                for v in range(panels.units):
                    first = r * len(columns) + v * cell.gates
                    activate(row, t, unit + v * code.lanes, sums[first : first + cell.gates])

        each_tile(code, form.rows, len(columns), tile)

    def start(unit, gate):
        return code.load(bias, unit + gate * units) if form.biased else code.constant(0.0)

    def activate(row, t, unit, recurrent):
        now, before = row * steps + t, (row * places + t) * units + unit
        x = [code.load(projected, now * form.columns + unit + g * units) for g in range(cell.gates)]
        state = [code.load(array, before) for array in states]
        new, seen = cell.forward(x, recurrent, state)
        if form.masked:
            real = code.is_set(mask, now)
            new = [code.choose(real, a, b) for a, b in zip(new, state)]
        for array, vector in zip(states, new):
            code.store(vector, array, before + units)
        if form.bfloat16:
            code.store(new[0], outputs, before + units)
        if form.dropped:
            code.store(new[0] * code.load(keep, row * units + unit), read, before + units)
        for k, vector in enumerate(seen):
            code.store(vector, kept, now * (cell.kept * units) + unit + k * units)

    code.repeat(steps, step)
    code.end()

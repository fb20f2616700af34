"""All steps of a recurrence, backward."""

from tfrnn.kernels.llvm.code import BYTE, FLOAT, INDEX, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.panels import each_panel, each_tile, product


def write(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and the number of steps.

    packed: The panels of the kernel's transpose, P.
    kept, mask, keep, states: As `forward` has them.
    d_outputs: (batch, time, units) P.
    d_states: For each state (batch, units), the gradient of the last, which becomes that of the
        first; that of the hidden one without what comes through the product of the first step.
    dz: Each (batch, time, columns) P, the gradient of the recurrent product first, that of
        `projected` last.
    """
    cell, units, p = form.cell, form.units, form.product
    floats = [FLOAT] * cell.states
    kinds = [p, FLOAT, BYTE, FLOAT, *floats, p, *floats, *[p] * cell.sums, INDEX]
    packed, kept, mask, keep, *rest, steps = code.arguments(kinds)
    states, d_outputs, rest = rest[: cell.states], rest[cell.states], rest[cell.states + 1 :]
    d_states, dzs = rest[: cell.states], rest[cell.states :]
    places = steps + 1

    def step(i):
        t = steps - 1 - i
        # Behind the last step is none, and a product of no depth adds nothing.
        depth = code.unless_first(i, form.columns)
        each_panel(code, form, 1, lambda panels, unit: panel(t, depth, panels, unit))

    def panel(t, depth, panels, unit):
        def tile(rows):
            after = [row * steps + t + 1 for row in rows]
            sums = product(
                code,
                [code.constant(0.0)] * (len(rows) * panels.units),
                [code.offset(dzs[0], place * form.columns) for place in after],
                code.offset(packed, unit * form.columns),
                panels.units,
                depth,
            )
            for r, row in enumerate(rows):
                for v in range(panels.units):
                    differentiate(row, t, unit + v * code.lanes, sums[r * panels.units + v])

        each_tile(code, form.rows, panels.units, tile)

    def differentiate(row, t, unit, through):
        now, before = row * steps + t, (row * places + t) * units + unit
        here = row * units + unit
        if form.dropped:
            through = through * code.load(keep, here)
        d_state = [code.load(array, here) for array in d_states]
        d_state[0] = d_state[0] + through + code.load(d_outputs, now * units + unit)
        seen = [
            code.load(kept, now * (cell.kept * units) + unit + k * units) for k in range(cell.kept)
        ]
        old, new = ([code.load(array, before + at) for array in states] for at in (0, units))
        dz, d_before = cell.gradient(d_state, seen, old, new)
        d_before = [code.constant(0.0) if d is None else d for d in d_before]
        if form.masked:
            real = code.is_set(mask, now)
            dz = [[code.choose(real, d, 0.0) for d in gates] for gates in dz]
            d_before = [code.choose(real, a, b) for a, b in zip(d_before, d_state)]
        for array, gates in zip(dzs, dz):
            for g, vector in enumerate(gates):
                code.store(vector, array, now * form.columns + unit + g * units)
        for array, vector in zip(d_states, d_before):
            code.store(vector, array, here)

    code.repeat(steps, step)
    code.end()

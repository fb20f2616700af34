"""All steps of a recurrence, backward."""

from tfrnn.kernels.llvm.code import BYTE, FLOAT, INDEX, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.panels import Panels, each_panel, each_tile, product


def write(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and the number of steps.

    packed: The panels of the kernel's transpose, P.
    kept, mask, keep, states: As `forward` has them.
    d_outputs: (batch, time, units) P.
    d_states: For each state (batch, units), the gradient of the last, which becomes that of the
        first; that of the hidden one without what comes through the product of the first step.
    dz: (batch, time, columns) P, the gradient of the recurrent product.
    d_projected: (batch, time, columns), written where it is not dz itself.
    """
    _Backward(code, form).write()


class _Backward:
    def __init__(self, code, form):
        self.code, self.form, self.cell, self.units = code, form, form.cell, form.units
        states, p = form.cell.states, form.product
        floats = [FLOAT] * states
        kinds = [p, form.kept, BYTE, FLOAT, *floats, p, *floats, p, FLOAT, INDEX]
        arrays = code.arguments(kinds)
        self.packed, self.kept, self.mask, self.keep, *arrays = arrays
        *arrays, self.dz, self.d_projected, self.steps = arrays
        self.states, self.d_outputs, self.d_states = (
            arrays[:states],
            arrays[states],
            arrays[states + 1 :],
        )

    def write(self):
        self.code.repeat(self.steps, self._step)
        self.code.end()

    def _step(self, i):
        t = self.steps - 1 - i
        # Behind the last step is none, and a product of no depth adds nothing.
        depth = self.code.unless_first(i, self.form.columns)

        def panel(panels, unit):
            def tile(rows):
                self._tile(t, depth, panels, unit, rows)

            each_tile(self.code, self.form.rows, panels.units, tile)

        each_panel(self.code, self.form, 1, panel)

    def _tile(self, t, depth, panels: Panels, unit, rows):
        code, columns = self.code, self.form.columns
        units = [unit + v * code.lanes for v in range(panels.units)]
        for row in rows:
            self._fetch(row, t, units)
        sums = product(
            code,
            [code.constant(0.0)] * (len(rows) * len(units)),
            [code.offset(self.dz, (row * self.steps + t + 1) * columns) for row in rows],
            code.offset(self.packed, unit * columns),
            len(units),
            depth,
        )
        for (row, u), through in zip(((row, u) for row in rows for u in units), sums):
            self._differentiate(row, t, u, through)

    def _fetch(self, row, t, units):
        """Asks for what is read after the product, which takes as long as memory does."""
        now = row * self.steps + t
        for unit in units:
            self.code.fetch(self.d_outputs, now * self.units + unit)
            for k in range(self.cell.kept):
                self.code.fetch(self.kept, (now * self.cell.kept + k) * self.units + unit)

    def _differentiate(self, row, t, unit, through):
        code, form, units = self.code, self.form, self.units
        now, here = row * self.steps + t, row * units + unit
        if form.dropped:
            through = through * code.load(self.keep, here)
        d_state = [code.load(array, here) for array in self.d_states]
        d_state[0] = d_state[0] + through + code.load(self.d_outputs, now * units + unit)
        first = now * (self.cell.kept * units) + unit
        kept = [code.load(self.kept, first + k * units) for k in range(self.cell.kept)]
        place = (row * (self.steps + 1) + t) * units + unit
        before, after = ([code.load(s, place + n) for s in self.states] for n in (0, units))
        dz, d_before = self.cell.gradient(d_state, kept, before, after)
        d_before = [code.constant(0.0) if d is None else d for d in d_before]
        if form.masked:
            real = code.is_set(self.mask, now)
            dz = [[code.choose(real, d, 0.0) for d in gates] for gates in dz]
            d_before = [code.choose(real, a, b) for a, b in zip(d_before, d_state)]
        arrays = [self.dz, *([self.d_projected] if form.apart else [])]
        for array, gates in zip(arrays, (dz[0], dz[-1])):
            for gate, vector in enumerate(gates):
                code.store(vector, array, now * form.columns + unit + gate * units)
        for array, vector in zip(self.d_states, d_before):
            code.store(vector, array, here)

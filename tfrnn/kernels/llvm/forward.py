"""All steps of a recurrence, forward."""

from tfrnn.kernels.llvm.code import BYTE, FLOAT, INDEX, INT, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.panels import Panels, each_panel, each_tile, product


def write(code: Code, form: Form) -> None:
    """Writes a function of these arrays, P being what products read, and the number of steps.

    projected: (batch, time, columns) float32, as all that is not said to be P; or a table of such
        rows.
    packed: The kernel's panels, P.
    bias: (columns,), read where there is one.
    mask: (batch, time) bytes, read where there is one.
    keep: (batch, units), read where something is dropped.
    ids: (batch, time) int32, rows of the table, read where it is one.
    read: (batch, time + 1, units) P, the hidden state as the product reads it.
    outputs: (batch, time + 1, units) P.
    states: Each (batch, time + 1, units), the hidden one first.
    kept: (batch, time, kept * units), for the gradient; float16 beside products of bfloat16.

    Read, outputs and states are written from the second place in time on; the first holds what the
    first step begins with. In float32 the outputs are the hidden states, and where nothing is
    dropped read is the outputs.
    """
    _Forward(code, form).write()


class _Forward:
    def __init__(self, code, form):
        self.code, self.form, self.cell, self.units = code, form, form.cell, form.units
        p, floats = form.product, [FLOAT] * form.cell.states
        kinds = [FLOAT, p, FLOAT, BYTE, FLOAT, INT, p, p, *floats, form.kept, INDEX]
        arrays = code.arguments(kinds)
        self.projected, self.packed, self.bias, self.mask, self.keep, *arrays = arrays
        self.ids, self.read, self.outputs, *self.states, self.kept, self.steps = arrays
        self.places = self.steps + 1

    def write(self):
        self.code.repeat(self.steps, self._step)
        self.code.end()

    def _step(self, t):
        def panel(panels, unit):
            columns = panels.units * self.cell.gates

            def tile(rows):
                self._tile(t, panels, unit, rows)

            each_tile(self.code, self.form.rows, columns, tile)

        each_panel(self.code, self.form, self.cell.gates, panel)

    def _tile(self, t, panels: Panels, unit, rows):
        code, gates = self.code, self.cell.gates
        units = [unit + v * code.lanes for v in range(panels.units)]
        inputs = [self._input(row, t) for row in rows]
        for first in inputs:
            self._fetch(first, units)
        sums = product(
            code,
            [self._start(u, gate) for _ in rows for u in units for gate in range(gates)],
            [code.offset(self.read, (row * self.places + t) * self.units) for row in rows],
            code.offset(self.packed, unit * (self.units * gates)),
            len(units) * gates,
            self.units,
        )
        places = [(row, x, u) for row, x in zip(rows, inputs) for u in units]
        for n, (row, x, u) in enumerate(places):
            self._activate(row, t, x, u, sums[n * gates : (n + 1) * gates])

    def _input(self, row, t):
        """Where the input of a step begins."""
        now = row * self.steps + t
        if self.form.gathers:
            now = self.code.integer_at(self.ids, now)
        return now * self.form.columns

    def _fetch(self, first, units):
        """Asks for what is read after the product, which takes as long as memory does."""
        for unit in units:
            for gate in range(self.cell.gates):
                self.code.fetch(self.projected, first + unit + gate * self.units)

    def _start(self, unit, gate):
        if self.form.biased:
            return self.code.load(self.bias, unit + gate * self.units)
        return self.code.constant(0.0)

    def _activate(self, row, t, first, unit, recurrent):
        code, form, units = self.code, self.form, self.units
        now, before = row * self.steps + t, (row * self.places + t) * units + unit
        gates = [first + unit + gate * units for gate in range(self.cell.gates)]
        x = [code.load(self.projected, gate) for gate in gates]
        state = [code.load(array, before) for array in self.states]
        new, seen = self.cell.forward(x, recurrent, state)
        if form.masked:
            real = code.is_set(self.mask, now)
            new = [code.choose(real, a, b) for a, b in zip(new, state)]
        for array, vector in zip(self.states, new):
            code.store(vector, array, before + units)
        if form.bfloat16:
            code.store(new[0], self.outputs, before + units)
        if form.dropped:
            kept = new[0] * code.load(self.keep, row * units + unit)
            code.store(kept, self.read, before + units)
        for k, vector in enumerate(seen):
            code.store(vector, self.kept, now * (self.cell.kept * units) + unit + k * units)

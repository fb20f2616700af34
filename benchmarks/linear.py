"""How the time of a training step grows with the time steps and with the batch."""

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.contenders import KERAS, OURS, PYTORCH, Contender, stepper
from benchmarks.results import NOT_INSTALLED
from benchmarks.sides import Stage
from benchmarks.tasks import SHAPES, Task
from benchmarks.timing import calls_of_a_turn, interleaved
from benchmarks.train import turn_of
from tfrnn.cli import report

STEPS, BATCH = "time steps", "batch"
LENGTHS = (50, 100, 200, 500, 1000, 2000, 5000)
BATCHES = (1, 4, 16, 64, 256)
BESIDE = {STEPS: {"batch": 8}, BATCH: {"steps": 50}}  # the other size, so that 5,000 steps fit
CONTENDERS = (
    Contender(OURS, "float32"),
    Contender(OURS, "float32", "xla"),
    Contender(OURS, "float32", "llvm"),
    Contender(OURS, "bfloat16"),
    Contender(OURS, "bfloat16", "llvm"),
    Contender(KERAS, "float32"),
    Contender(PYTORCH, "float32"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender at one size. seconds: Of a step, in each round.

    exponent: p of seconds ~ size ** p through all sizes of this axis, 1 is linear; where a fixed
    part weighs it is below that.
    """

    axis: str
    size: int
    contender: str
    seconds: list[float]
    exponent: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """Seconds of a step."""
        return statistics.median(self.seconds)


def measure(
    stage: Stage,
    *,
    shape: str = "B",
    repeats: int,
    lengths: Sequence[int] = LENGTHS,
    sizes: Sequence[int] = BATCHES,
    contenders: Sequence[Contender] = CONTENDERS,
) -> list[Row]:
    """Measures an LSTM at each length and each batch; the contenders take turns at each."""
    found = []
    for axis, field, values in ((STEPS, "steps", lengths), (BATCH, "batch", sizes)):
        rows = []
        for value in values:
            report.say("measure", f"linear, {axis} {value:,}")
            task = Task("lstm", shape, **SHAPES[shape] | BESIDE[axis] | {field: value})
            rows += measure_size(stage, axis, value, task, repeats, contenders)
            stage.forget()
        found += with_exponents(rows)
    absent = [contender.name for contender in contenders if not contender.installed]
    return found + [
        Row(axis=STEPS, size=0, contender=name, seconds=[], note=NOT_INSTALLED) for name in absent
    ]


def measure_size(stage, axis, value, task, repeats, contenders) -> list[Row]:
    """Lets the contenders take turns at one size."""
    ways = {}
    for contender in contenders:
        if not contender.installed:
            continue
        side, name = stage.side(contender.side), contender.name
        side.keep(name, stepper, contender, task)
        side.turn(name, 2)  # which compile
        ways[name] = turn_of(side, name, calls_of_a_turn(side.turn(name).seconds))
    turns = interleaved(ways, repeats, label="linear")
    return [
        Row(axis=axis, size=value, contender=name, seconds=[turn.seconds for turn in found])
        for name, found in turns.items()
    ]


def with_exponents(rows: Sequence[Row]) -> list[Row]:
    """Fits a line through the logarithms of each contender's sizes and times."""
    found = []
    for row in rows:
        points = [(r.size, r.median) for r in rows if r.contender == row.contender]
        sizes, seconds = np.log(np.array(points)).T
        slope = float(np.polyfit(sizes, seconds, 1)[0]) if len(points) > 1 else None
        found.append(dataclasses.replace(row, exponent=slope))
    return found


def as_text(rows: Sequence[Row]) -> str:
    """Returns a line a contender and axis: milliseconds at each size, then the exponent."""
    lines = []
    for axis in (STEPS, BATCH):
        there = [row for row in rows if row.axis == axis and row.seconds]
        sizes = list(dict.fromkeys(row.size for row in there))
        header = [f"ms, {axis}", *[f"{size:,}" for size in sizes], "exponent"]
        cells = []
        for name in dict.fromkeys(row.contender for row in there):
            mine = [row for row in there if row.contender == name]
            times = [f"{1e3 * row.median:.1f}" for row in mine]
            slope = mine[0].exponent
            cells.append([name, *times, "" if slope is None else f"{slope:.2f}"])
        lines.append(report.table(header, cells, left=header[:1]))
    lines += [f"{row.contender}: {row.note}" for row in rows if row.note]
    return "\n\n".join(lines)


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws a panel an axis, both scales logarithmic, and what linear would look like."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    for panel, axis in zip(figure.subplots(1, 2), (STEPS, BATCH)):
        there = [row for row in rows if row.axis == axis and row.seconds]
        for name in dict.fromkeys(row.contender for row in there):
            mine = [row for row in there if row.contender == name]
            slope = mine[0].exponent
            label = name if slope is None else f"{name}: {slope:.2f}"
            times = [1e3 * row.median for row in mine]
            panel.loglog([row.size for row in mine], times, "o-", label=label)
        last = there[-1]
        ends = np.array([there[0].size, last.size])
        panel.loglog(ends, 1e3 * last.median * ends / last.size, "k:", label="linear: 1")
        panel.set(xlabel=axis, ylabel="milliseconds a training step")
        panel.legend(fontsize=8, title="exponent", title_fontsize=8)
    figure.savefig(path, dpi=110)

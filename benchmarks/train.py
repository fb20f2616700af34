"""A training step of each library, side by side, from the same weights to the same loss."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import CONTENDERS, KERAS, PYTORCH, REFERENCE, STEPS, Contender, stepper
from benchmarks.peak import measure_peak
from benchmarks.results import NOT_INSTALLED, Bar, draw_bars
from benchmarks.sides import Stage
from benchmarks.tasks import Task, tasks
from benchmarks.timing import calls_of_a_turn, interleaved, speedup, spread
from tfrnn.cli import report

TOLERANCE = 1e-3  # of the loss after STEPS steps, against Keras' layers, in float32


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender at one task.

    first: Seconds of the first step, in which it compiles. seconds: Of a step, in each round.
    first_loss, loss: Before the first update, and of the step after which all must agree.
    gap: How far that is from Keras' in float32. gflops: Products of a step per second of the
    median, in 1e9. peak: Of the machine's products in this precision, as measured in this run.
    share: gflops / peak. over_keras: How many times as fast as Keras' layers in a graph in
    float32. over_torch: As PyTorch in the same precision. wrong: Whether the gap is too wide.
    note: Why there are no times.
    """

    task: str
    contender: str
    library: str
    precision: str
    compile: str
    shards: int
    first: float | None = None
    seconds: list[float] = field(default_factory=list)
    first_loss: float | None = None
    loss: float | None = None
    gap: float | None = None
    gflops: float | None = None
    peak: float | None = None
    share: float | None = None
    over_keras: float | None = None
    over_torch: float | None = None
    wrong: bool = False
    note: str = ""


def measure(
    stage: Stage,
    *,
    shapes: Sequence[str],
    cells: Sequence[str],
    repeats: int,
    contenders: Sequence[Contender] = CONTENDERS,
) -> list[Row]:
    """Measures every contender at every task."""
    peak = measure_peak(stage)
    report.say("peak", ", ".join(f"{name} {rate:,.0f} GFLOP/s" for name, rate in peak.items()))
    found = []
    for task in tasks(shapes, cells):
        report.say("measure", f"train {task.name}")
        found += measure_task(stage, task, repeats, peak, contenders)
        stage.forget()
    return found


def measure_task(
    stage: Stage, task: Task, repeats: int, peak: dict[str, float], contenders: Sequence[Contender]
) -> list[Row]:
    """Lets all contenders take STEPS steps, compares the losses, then lets them take turns."""
    ways, begun = {}, {}
    for contender in contenders:
        if not contender.installed:
            continue
        side, name = stage.side(contender.side), contender.name
        side.keep(name, stepper, contender, task)
        first = side.turn(name)
        rest = side.turn(name, STEPS - 1)
        begun[contender] = first.seconds, [*first.results, *rest.results]
        last = side.turn(name).seconds  # the longer ones before it may have compiled
        ways[contender] = turn_of(side, name, calls_of_a_turn(last))
    names = {contender.name: way for contender, way in ways.items()}
    turns = interleaved(names, repeats, label="train")
    seconds = {contender: [turn.seconds for turn in turns[contender.name]] for contender in ways}
    return [
        row_of(task, contender, begun, seconds, peak)
        if contender.installed
        else Row(task=task.name, note=NOT_INSTALLED, **of_contender(contender))
        for contender in contenders
    ]


def turn_of(side, name: str, count: int):
    """Returns a turn: a call that brings the caches back, then those that are timed."""

    def turn():
        side.turn(name)
        return side.turn(name, count)

    return turn


def row_of(task: Task, contender: Contender, begun, seconds, peak) -> Row:
    """Sums up one contender beside the others."""
    first, losses = begun[contender]
    found = seconds[contender]
    rate = 1e-9 * task.flops / statistics.median(found)
    rival = Contender(PYTORCH, contender.precision)
    gap = abs(losses[-1] - begun[REFERENCE][1][-1]) if REFERENCE in begun else None
    return Row(
        task=task.name,
        **of_contender(contender),
        first=first,
        seconds=found,
        first_loss=losses[0],
        loss=losses[-1],
        gap=gap,
        gflops=rate,
        peak=peak[contender.precision],
        share=rate / peak[contender.precision],
        over_keras=speedup(seconds[REFERENCE], found) if REFERENCE in seconds else None,
        over_torch=speedup(seconds[rival], found) if rival in seconds else None,
        # A loss that is not a number is wrong too.
        wrong=contender.precision == "float32" and gap is not None and not gap <= TOLERANCE,
    )


def of_contender(contender: Contender) -> dict[str, str | bool | int]:
    """Returns the fields of a row that say whose it is."""
    names = ("library", "precision", "compile", "shards")
    return {"contender": contender.name} | {name: getattr(contender, name) for name in names}


def mistakes(rows: Sequence[Row]) -> list[str]:
    """Returns a line for every contender whose loss is not that of Keras' layers."""
    return [
        f"{row.task}: {row.contender} has loss {row.loss:.5f} after {STEPS} steps, "
        f"{row.gap:.2g} from that of {KERAS}, {TOLERANCE} at most are right"
        for row in rows
        if row.wrong
    ]


def as_text(rows: Sequence[Row]) -> str:
    """Returns the table; ratios are medians of those within each round."""
    header = ["task", "contender", "ms a step", "spread", "fastest", "first, s", "GFLOP/s"]
    header += ["of peak", "x keras", "x torch", "loss", "gap"]
    cells = []
    for row in rows:
        if row.note:
            cells.append([row.task, row.contender, row.note, *[""] * (len(header) - 3)])
            continue
        times = [f"{1e3 * statistics.median(row.seconds):.1f}", f"{spread(row.seconds):.0%}"]
        times += [f"{1e3 * min(row.seconds):.1f}", f"{row.first:.1f}", f"{row.gflops:.0f}"]
        ratios = ["" if r is None else f"{r:.2f}" for r in (row.over_keras, row.over_torch)]
        losses = [f"{row.loss:.4f}", "" if row.gap is None else f"{row.gap:.0e}"]
        cells.append([row.task, row.contender, *times, f"{row.share:.0%}", *ratios, *losses])
    return report.table(header, cells, left=("task", "contender"))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws a panel a task, a bar a contender."""
    panels: dict[str, list[Bar]] = {}
    for row in rows:
        ms = 1e3 * statistics.median(row.seconds) if row.seconds else 0.0
        text = row.note or f"{ms:.1f} ms, {row.share:.0%} of the peak"
        if row.over_keras is not None:
            text += f", {row.over_keras:.2f}x Keras"
        panels.setdefault(row.task, []).append(Bar(row.contender, ms, text))
    draw_bars(panels, path, unit="milliseconds a training step, median")

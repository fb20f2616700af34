"""The most memory that some training steps take, each contender in a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import CONTENDERS, Contender, stepper
from benchmarks.machine import forget_peak, memory
from benchmarks.results import NOT_INSTALLED, Bar, draw_bars
from benchmarks.sides import Stage
from benchmarks.tasks import Task, tasks
from tfrnn.cli import report

STEPS = 3


@dataclass(frozen=True, kw_only=True)
class Row:
    """MB of one contender at one task. before: Once its library is imported. peak: After that."""

    task: str
    contender: str
    before: float | None = None
    peak: float | None = None
    note: str = ""

    @property
    def added(self) -> float:
        """What model, optimizer and steps add."""
        return (self.peak or 0.0) - (self.before or 0.0)


def measure(
    stage: Stage,
    *,
    shapes: Sequence[str],
    cells: Sequence[str],
    contenders: Sequence[Contender] = CONTENDERS,
) -> list[Row]:
    """Starts a process for each contender at each task and reads what it held at most."""
    found, pairs = [], [(task, who) for task in tasks(shapes, cells) for who in contenders]
    with report.Progress("memory", len(pairs)) as bar:
        for done, (task, contender) in enumerate(pairs, 1):
            found.append(measure_one(stage, task, contender))
            bar.update(done, f"{task.name}, {contender.name}")
    return found


def measure_one(stage: Stage, task: Task, contender: Contender) -> Row:
    """Takes a few steps in a new process."""
    names = {"task": task.name, "contender": contender.name}
    if not contender.installed:
        return Row(**names, note=NOT_INSTALLED)
    side = stage.fresh(contender.side)
    try:
        before = side.run(memory)
        if not before:
            return Row(**names, note="this system does not tell")
        side.run(forget_peak)
        side.keep(contender.name, stepper, contender, task)
        side.turn(contender.name, STEPS)
        return Row(**names, before=before["now"], peak=side.run(memory)["peak"])
    finally:
        side.close()


def as_text(rows: Sequence[Row]) -> str:
    """Returns the table."""
    cells = []
    for row in rows:
        figures = [f"{value:,.0f}" for value in (row.before or 0, row.peak or 0, row.added)]
        cells.append([row.task, row.contender, *([row.note, "", ""] if row.note else figures)])
    header = ["task", "contender", "imported, MB", "peak, MB", "added, MB"]
    return report.table(header, cells, left=("task", "contender"))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws a panel a task, a bar a contender."""
    panels: dict[str, list[Bar]] = {}
    for row in rows:
        text = row.note or f"{row.added:,.0f} MB, {row.peak:,.0f} in all"
        panels.setdefault(row.task, []).append(Bar(row.contender, row.added, text))
    draw_bars(panels, path, unit="MB that model, optimizer and steps add to the imports, at most")

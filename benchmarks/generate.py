"""How long it takes to write with a character model: ours, the tutorials' way, PyTorch's."""

import functools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.results import NOT_INSTALLED, Bar, draw_bars
from benchmarks.sides import TENSORFLOW, TORCH, Stage, Turn, installed
from benchmarks.tasks import Task
from benchmarks.texts import writing
from benchmarks.timing import interleaved, speedup, spread
from tfrnn.cli import report

TUTORIAL, PYTORCH = "tutorials' eager loop", "PyTorch loop, float32"
GRAPH, XLA, LEGAL = "tfrnn, one graph", "tfrnn, XLA", ", legal ABC"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One way at one size.

    first: Seconds of the first run, in which it compiles. seconds: Of each later run.
    over_tutorial, over_torch: How many times as fast as the tutorials' loop, and as PyTorch's in
    float32.
    """

    units: int
    batch: int
    way: str
    length: int
    first: float | None = None
    seconds: list[float] = field(default_factory=list)
    over_tutorial: float | None = None
    over_torch: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """Milliseconds that a character of each text of the batch takes."""
        return 1e3 * statistics.median(self.seconds) / self.length

    @property
    def fastest(self) -> float:
        """The same in the fastest run."""
        return 1e3 * min(self.seconds) / self.length


def makers() -> dict[str, tuple[str, Callable]]:
    """Returns every way by its name: the side it runs on, and task -> what writes the texts."""
    found = {TUTORIAL: (TENSORFLOW, make_tutorial)}
    for suffix, legal in (("", False), (LEGAL, True)):
        for name, jit in ((GRAPH, False), (XLA, True)):
            make = functools.partial(make_ours, legal=legal, jit=jit)
            found[name + suffix] = TENSORFLOW, make
    found[PYTORCH] = TORCH, functools.partial(make_pytorch, dtype="float32")
    found["PyTorch loop, bfloat16"] = TORCH, functools.partial(make_pytorch, dtype="bfloat16")
    return found


def make_tutorial(task: Task) -> Callable[[], list[str]]:
    """Makes the tutorials' loop."""
    from benchmarks.ways import tutorial

    return tutorial(task)


def make_ours(task: Task, *, legal: bool, jit: bool) -> Callable[[], list[str]]:
    """Makes ours."""
    from benchmarks.ways import ours

    return ours(task, legal, jit)


def make_pytorch(task: Task, *, dtype: str) -> Callable[[], list[str]]:
    """Makes PyTorch's loop."""
    from benchmarks.torch_side import writing_loop

    return writing_loop(task, dtype)


def measure(
    stage: Stage, *, units: Sequence[int], batch: Sequence[int], length: int, repeats: int
) -> list[Row]:
    """Times every way at every size, side by side."""
    found = []
    for width in units:
        for rows in batch:
            report.say("measure", f"generate, {width:,} units, batch {rows:,}")
            found += measure_task(stage, writing(width, rows, length), repeats)
            stage.forget()
    return found


def measure_task(stage: Stage, task: Task, repeats: int) -> list[Row]:
    """Times every way at one size.

    Raises:
        RuntimeError: If a way wrote another number of characters than was asked for.
    """
    ways = {}
    for name, (library, make) in makers().items():
        if installed(library):
            side = stage.side(library)
            side.keep(name, make, task)
            ways[name] = lambda name=name, side=side: checked(name, side.turn(name), task)
    turns = interleaved(ways, 1 + repeats, label="generate")
    seconds = {name: [turn.seconds for turn in found] for name, found in turns.items()}
    return [row_of(task, name, seconds) for name in makers()]


def checked(name: str, turn: Turn, task: Task) -> Turn:
    """Returns a turn whose texts are all there."""
    for texts in turn.results:
        if (found := [len(text) for text in texts]) != [task.steps] * task.batch:
            wanted = f"{task.batch} x {task.steps} characters"
            raise RuntimeError(f"{name} must write {wanted}, wrote {found}.")
    return turn


def row_of(task: Task, name: str, seconds: dict[str, list[float]]) -> Row:
    """Sums up one way beside the others; the first run is the one that compiles."""
    size = {"units": task.units, "batch": task.batch, "way": name, "length": task.steps}
    if name not in seconds:
        return Row(**size, note=NOT_INSTALLED)
    first, *later = seconds[name]
    return Row(
        **size,
        first=first,
        seconds=later,
        over_tutorial=speedup(seconds[TUTORIAL][1:], later),
        over_torch=speedup(seconds[PYTORCH][1:], later) if PYTORCH in seconds else None,
    )


def as_text(rows: Sequence[Row]) -> str:
    """Returns the table; ratios are medians of those within each round."""
    header = ["units", "batch", "way", "first run, s", "ms a character", "spread", "fastest"]
    header += ["x tutorials", "x torch"]
    cells = []
    for row in rows:
        place = [f"{row.units:,}", f"{row.batch:,}", row.way]
        if row.note:
            cells.append([*place, row.note, *[""] * 5])
            continue
        times = [f"{row.first:.1f}", f"{row.median:.3f}"]
        times += [f"{spread(row.seconds):.0%}", f"{row.fastest:.3f}"]
        ratios = ["" if r is None else f"{r:.1f}" for r in (row.over_tutorial, row.over_torch)]
        cells.append([*place, *times, *ratios])
    return report.table(header, cells, left=("way",))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws a panel for each size: a bar a way, characters a second of each text."""
    panels: dict[str, list[Bar]] = {}
    for row in rows:
        bar = Bar(row.way, 0.0, row.note)
        if not row.note:
            text = f"{row.median:.3f} ms, {row.over_tutorial:.1f}x the tutorials' loop"
            bar = Bar(row.way, 1e3 / row.median, text)
        panels.setdefault(f"{row.units:,} units, batch {row.batch:,}", []).append(bar)
    draw_bars(panels, path, unit="characters a second of each text, median")

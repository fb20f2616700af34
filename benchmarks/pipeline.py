"""How many characters a second the input pipelines give, and how many a training step takes."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import ALL_OURS, stepper
from benchmarks.results import NOT_INSTALLED, Bar, draw_bars
from benchmarks.sides import TENSORFLOW, TORCH, Stage, installed
from benchmarks.tasks import Task, batches, tasks
from benchmarks.timing import calls_of_a_turn, interleaved, speedup
from benchmarks.train import turn_of
from tfrnn.cli import report

LENGTH = 1_000_000  # characters of the text
STREAM, STEP = "tfrnn stream", "tfrnn step"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One pipeline, or our training step, at one task.

    seconds: Of a batch, in each round. rate: Characters a second, of the median. over_step: How
    many times as many as our fastest step takes.
    """

    task: str
    way: str
    seconds: list[float] = field(default_factory=list)
    rate: float | None = None
    over_step: float | None = None
    note: str = ""


def measure(
    stage: Stage, *, shapes: Sequence[str], repeats: int, length: int = LENGTH
) -> list[Row]:
    """Measures random windows of a text as ours, Keras' and PyTorch's loaders give them."""
    found = []
    for task in tasks(shapes, ["lstm"]):
        if task.layers > 1 or task.both:  # they read the same windows
            continue
        report.say("measure", f"pipeline {task.name}")
        found += measure_task(stage, task, repeats, length)
        stage.forget()
    return found


def measure_task(stage: Stage, task: Task, repeats: int, length: int) -> list[Row]:
    """Lets pipelines and steps take turns at one task."""
    makers = {
        STREAM: (TENSORFLOW, our_stream),
        "keras timeseries_dataset_from_array": (TENSORFLOW, keras_stream),
        "torch DataLoader": (TORCH, torch_stream),
    }
    steps = [contender for contender in ALL_OURS if contender.compile != "xla"]
    ways = {}
    for name, (library, make) in makers.items():
        if installed(library):
            stage.side(library).keep(name, make, task, length)
            ways[name] = library
    for contender in steps:
        stage.side(contender.side).keep(contender.name, stepper, contender, task)
        ways[contender.name] = contender.side
    for name, library in ways.items():
        side = stage.side(library)
        side.turn(name, 2)
        ways[name] = turn_of(side, name, calls_of_a_turn(side.turn(name, 3).seconds))
    turns = interleaved(ways, repeats, label="pipeline")
    seconds = {name: [turn.seconds for turn in found] for name, found in turns.items()}
    names = [contender.name for contender in steps]
    fastest = min(names, key=lambda name: statistics.median(seconds[name]))
    rows = [row_of(task, name, found, seconds[fastest]) for name, found in seconds.items()]
    absent = [name for name, (library, _) in makers.items() if not installed(library)]
    return rows + [Row(task=task.name, way=name, note=NOT_INSTALLED) for name in absent]


def row_of(task: Task, name: str, seconds: list[float], of_step: list[float]) -> Row:
    """Sums up one way beside our fastest step."""
    return Row(
        task=task.name,
        way=name,
        seconds=seconds,
        rate=task.batch * task.steps / statistics.median(seconds),
        over_step=speedup(of_step, seconds),
    )


def text_of(task: Task, length: int):
    """Returns ids to cut windows from, (length,) int32."""
    rows = -(-length // (task.batch * (task.steps + 1)))
    return batches(task, rows).reshape(-1)[:length]


def our_stream(task: Task, length: int) -> Callable[[], float]:
    """Returns what takes the next batch of the training stream of `tfrnn.data.text`."""
    from tfrnn.data.text import windows

    ids = text_of(task, length)
    stream = windows(ids, vocab=task.vocab, batch_size=task.batch, steps=task.steps, seed=0)
    around = iter(stream(0))
    return lambda: float(next(around).weights[0, 0])


def keras_stream(task: Task, length: int) -> Callable[[], float]:
    """Returns the same of Keras' own utility: all windows, shuffled."""
    import keras

    ids = text_of(task, length)
    dataset = keras.utils.timeseries_dataset_from_array(
        ids[:-1], ids[task.steps :], task.steps, batch_size=task.batch, shuffle=True, seed=0
    )
    around = iter(dataset.repeat())
    return lambda: float(next(around)[0][0, 0])


def torch_stream(task: Task, length: int) -> Callable[[], float]:
    """Returns the same of PyTorch: all windows, shuffled, one loader in this process."""
    import itertools

    import torch

    rows = torch.from_numpy(text_of(task, length)).unfold(0, task.steps + 1, 1)
    loader = torch.utils.data.DataLoader(rows, task.batch, shuffle=True)
    around = itertools.chain.from_iterable(itertools.repeat(loader))
    return lambda: float(next(around)[0, 0])


def as_text(rows: Sequence[Row]) -> str:
    """Returns the table."""
    cells = []
    for row in rows:
        if row.note:
            cells.append([row.task, row.way, row.note, "", ""])
            continue
        ms = f"{1e3 * statistics.median(row.seconds):.2f}"
        cells.append([row.task, row.way, ms, f"{row.rate:,.0f}", f"{row.over_step:.1f}"])
    header = ["task", "way", "ms a batch", "characters/s", "x our fastest step"]
    return report.table(header, cells, left=("task", "way"))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws a panel a task, a bar a way."""
    panels: dict[str, list[Bar]] = {}
    for row in rows:
        text = row.note or f"{report.amount(row.rate)}/s, {row.over_step:.1f}x our fastest step"
        panels.setdefault(row.task, []).append(Bar(row.way, row.rate or 0.0, text))
    draw_bars(panels, path, unit="characters a second")

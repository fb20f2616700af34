"""What the package means to be, as numbers, and whether a run found it so."""

import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks import generate, pipeline, serving, train, translation
from benchmarks.contenders import OURS
from tfrnn.cli import report

OVER_KERAS = {("lstm A", "float32"): 1.5, ("lstm A", "bfloat16"): 2.5}  # 1, never below, elsewhere
OVER_TORCH = 1.0
WRITING_OVER_TORCH = {1024: 4.0, 256: 10.0}  # by units, one text at a time
WRITING_OVER_TUTORIAL = 20.0
PIPELINE_OVER_STEP = 10.0
SEARCH_OVER_LOOP = 5.0
BATCHES_OVER_NONE = 5.0  # answers a second, of the same clients with batches and without
FIRST_CHARACTERS = 10.0  # first characters a second: within 100 ms each


class Target(NamedTuple):
    """What is wanted at least, and what was found."""

    what: str
    wanted: float
    found: float

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.found >= self.wanted


def of_training(rows: Sequence[train.Row]) -> Iterator[Target]:
    """Yields ours at its best in each precision against Keras' graph and PyTorch."""
    tasks = dict.fromkeys(row.task for row in rows)
    for task in tasks:
        for precision in ("float32", "bfloat16"):
            mine = [r for r in rows if (r.task, r.library, r.precision) == (task, OURS, precision)]
            if not mine:
                continue
            best = min(mine, key=lambda row: statistics.median(row.seconds))
            if best.over_keras is not None:
                wanted = OVER_KERAS.get((task, precision), 1.0)
                yield Target(f"{task}, {precision}, x keras graph", wanted, best.over_keras)
            if best.over_torch is not None:
                yield Target(f"{task}, {precision}, x torch", OVER_TORCH, best.over_torch)


def of_writing(rows: Sequence[generate.Row]) -> Iterator[Target]:
    """Yields ours, compiled, against the loops of others, one text at a time."""
    for row in rows:
        if row.way != generate.XLA or row.batch != 1:
            continue
        size = f"generate, {row.units:,} units"
        yield Target(f"{size}, x tutorials' loop", WRITING_OVER_TUTORIAL, row.over_tutorial)
        if row.over_torch is not None and row.units in WRITING_OVER_TORCH:
            yield Target(f"{size}, x torch loop", WRITING_OVER_TORCH[row.units], row.over_torch)


def of_pipeline(rows: Sequence[pipeline.Row]) -> Iterator[Target]:
    """Yields the training stream against the fastest step."""
    for row in rows:
        if row.way == pipeline.STREAM:
            yield Target(f"pipeline, {row.task}, x step", PIPELINE_OVER_STEP, row.over_step)


def of_translation(rows: Sequence[translation.Row]) -> Iterator[Target]:
    """Yields steps against PyTorch, and beam search against a loop in Python."""
    best: dict[str, float] = {}
    for row in (row for row in rows if row.over is not None):
        best[row.task] = max(row.over, best.get(row.task, 0.0))
    for task, over in best.items():
        step = task.startswith("step")
        other, wanted = ("torch", OVER_TORCH) if step else ("loop", SEARCH_OVER_LOOP)
        yield Target(f"translator, {task}, x {other}", wanted, over)


def of_serving(rows: Sequence[serving.Row]) -> Iterator[Target]:
    """Yields batches against none for the same clients, and how soon a tune begins."""
    ways = {row.way: row for row in rows if not row.note}
    if serving.TOGETHER in ways:
        over = ways[serving.TOGETHER].over
        yield Target("serving, batches x none", BATCHES_OVER_NONE, over)
    if serving.STREAMED in ways:
        rate = 1 / ways[serving.STREAMED].median
        yield Target("serving, first characters of a tune a second", FIRST_CHARACTERS, rate)


def as_text(targets: Sequence[Target]) -> str:
    """Returns the table."""
    cells = [
        [t.what, f"{t.wanted:.1f}", f"{t.found:.2f}", "met" if t.met else "missed"] for t in targets
    ]
    return report.table(["target", "wanted", "found", "verdict"], cells, left=("target", "verdict"))

"""How long it takes to learn a text: the same character model trained by each library in turn."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.contenders import KERAS, OURS, PYTORCH, REFERENCE, Contender, learner
from benchmarks.machine import multiplies_bfloat16
from benchmarks.results import NOT_INSTALLED
from benchmarks.sides import Stage
from benchmarks.tasks import Task
from tfrnn.cli import report
from tfrnn.data.files import read_file
from tfrnn.data.vocabulary import Vocabulary
from tfrnn.errors import DataError

# The sizes of the preset `text`; dropout, which each library draws otherwise, is left out.
SIZES = {"batch": 64, "steps": 160, "units": 512, "embed": 64, "layers": 2}
LEG = 20  # steps of a turn
HELD_OUT = 0.1  # share of the text, its end, that is not learnt from
SCORED = 2  # batches of it, evenly spaced, that are scored
PRECISION = "bfloat16" if multiplies_bfloat16() else "float32"
CONTENDERS = (
    Contender(OURS, PRECISION, "llvm"),  # as train.py chooses at these sizes
    *dict.fromkeys([REFERENCE, Contender(KERAS, PRECISION)]),
    Contender(PYTORCH, PRECISION),
)


class Leg(NamedTuple):
    """Some steps. seconds: Of them, without the score. loss: Of the last step. held_out: After."""

    seconds: float
    loss: float
    held_out: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender.

    bound: Nats a character on the text held out that it is to come below. every: Steps between
    two scores. seconds: Of training until each of them, what compiles included. held_out: The
    scores. steps: After how many it was below, None if it never was. reached: After how many
    seconds. over_ours: How many times as long as ours that took.
    """

    contender: str
    bound: float
    every: int = LEG
    seconds: list[float] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    steps: int | None = None
    reached: float | None = None
    over_ours: float | None = None
    note: str = ""


class Text(NamedTuple):
    """What is learnt. ids: (count, batch, steps + 1). held_out: (rows, steps + 1)."""

    task: Task
    ids: np.ndarray
    held_out: np.ndarray


def read(path: Path, sizes: dict[str, int] = SIZES, *, seed: int = 0) -> Text:
    """Cuts a text into windows side by side, of which a pass reads each once, in a drawn order.

    Raises:
        DataError: If it is too short for a batch of windows, or for the score.
    """
    text = read_file(path).text
    vocabulary = Vocabulary.of([text])
    ids = vocabulary.encode(text)
    task = Task("lstm", "text", vocab=len(vocabulary), **sizes)
    width, cut = task.steps + 1, round(len(ids) * (1 - HELD_OUT))
    learnt = np.lib.stride_tricks.sliding_window_view(ids[:cut], width)[:: task.steps]
    scored = np.lib.stride_tricks.sliding_window_view(ids[cut:], width)[:: task.steps]
    count, rows = len(learnt) // task.batch, SCORED * task.batch
    if not count or len(scored) < rows:
        raise DataError(
            f"{path}: {len(text):,} characters are too few: {HELD_OUT:.0%} of them are held out, "
            f"and must hold {rows:,} windows of {width:,}."
        )
    order = np.random.default_rng(seed).permutation(len(learnt))[: count * task.batch]
    shape = count, task.batch, width
    spaced = np.linspace(0, len(scored) - 1, rows).astype(int)
    return Text(task, learnt[order].reshape(shape), scored[spaced])


def measure(
    stage: Stage,
    *,
    text: Text,
    bound: float,
    limit: int,
    contenders: Sequence[Contender] = CONTENDERS,
) -> list[Row]:
    """Lets each train for a leg in turn, until all are below the bound or `limit` steps are done.

    What slows the machine down for a while so slows all of them down. Each that has come below
    goes on no further.
    """
    legs: dict[Contender, list[Leg]] = {who: [] for who in contenders if who.installed}
    for contender in legs:
        stage.side(contender.side).keep(contender.name, runner, contender, *text)
    with report.Progress("learning", limit) as bar:
        for done in range(LEG, limit + LEG, LEG):
            for contender, found in legs.items():
                if not (found and found[-1].held_out < bound):
                    (leg,) = stage.side(contender.side).turn(contender.name).results
                    found.append(leg)
                    bar.update(done, f"{contender.name} {leg.held_out:.3f}")
            if all(found[-1].held_out < bound for found in legs.values()):
                break
    stage.forget()
    return summed(contenders, legs, bound)


def runner(
    contender: Contender, task: Task, ids: np.ndarray, held_out: np.ndarray
) -> Callable[[], Leg]:
    """Returns what trains for a leg and scores; over there."""
    learning = learner(contender, task, ids)

    def run() -> Leg:
        began = time.perf_counter()
        losses = [learning.step() for _ in range(LEG)]
        return Leg(time.perf_counter() - began, losses[-1], learning.score(held_out))

    return run


def summed(
    contenders: Sequence[Contender], legs: dict[Contender, list[Leg]], bound: float
) -> list[Row]:
    """Sums up the legs of each beside ours."""
    rows, ours = [], None
    for contender in contenders:
        if contender not in legs:
            rows.append(Row(contender=contender.name, bound=bound, note=NOT_INSTALLED))
            continue
        seconds = np.cumsum([leg.seconds for leg in legs[contender]]).tolist()
        scores = [leg.held_out for leg in legs[contender]]
        at = next((i for i, score in enumerate(scores) if score < bound), None)
        reached = None if at is None else seconds[at]
        if contender.library == OURS:
            ours = reached
        rows.append(
            Row(
                contender=contender.name,
                bound=bound,
                seconds=seconds,
                held_out=scores,
                steps=None if at is None else LEG * (at + 1),
                reached=reached,
                over_ours=reached / ours if reached and ours else None,
            )
        )
    return rows


def as_text(rows: Sequence[Row]) -> str:
    """Returns the table."""
    header = ["contender", "bound, nats", "steps", "seconds", "x ours", "last score"]
    cells = []
    for row in rows:
        if row.note:
            cells.append([row.contender, row.note, *[""] * (len(header) - 2)])
            continue
        found = ["not reached", "", ""]
        if row.reached is not None:
            found = [f"{row.steps:,}", f"{row.reached:.0f}"]
            found.append("" if row.over_ours is None else f"{row.over_ours:.2f}")
        cells.append([row.contender, f"{row.bound:.2f}", *found, f"{row.held_out[-1]:.3f}"])
    return report.table(header, cells, left=("contender",))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws the score by the seconds of training."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    panel = figure.subplots()
    for row in rows:
        panel.plot(row.seconds, row.held_out, ".-", label=f"{row.contender} {row.note}".strip())
    panel.axhline(rows[0].bound, color="grey", linestyle=":")
    panel.set(xlabel="seconds of training", ylabel="nats a character, held out")
    panel.legend(fontsize=8)
    figure.savefig(path, dpi=110)

"""The translator: a training step beside PyTorch, and beam search beside a loop in Python."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import OURS, our_ways
from benchmarks.machine import multiplies_bfloat16
from benchmarks.results import Bar, draw_bars
from benchmarks.sides import TENSORFLOW, TORCH, Stage, installed
from benchmarks.timing import calls_of_a_turn, interleaved, speedup, spread
from benchmarks.train import turn_of
from tfrnn.cli import report

LOOP = "loop in Python"
PRECISIONS = ("float32", "bfloat16")
PIECES, ROWS, TIME = 8000, 128, 16  # of the vocabulary, pairs of a batch, pieces of a text
STEPS = 5  # after which both must have the same loss
TOLERANCE = {"float32": 1e-3, "bfloat16": 3e-2}
BEAM = 5
SMOOTHING = 0.1


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender at one task.

    seconds: Of a training step, or of a text, in each round. loss: After STEPS steps. over: How
    many times as fast ours is as the other. wrong: What differs that must not.
    """

    task: str
    contender: str
    seconds: list[float] = field(default_factory=list)
    loss: float | None = None
    over: float | None = None
    wrong: str = ""


def measure(stage: Stage, *, texts: int, repeats: int, small: bool = False) -> list[Row]:
    """Measures training steps of both sides in turn, then ways to search.

    Args:
        stage: Of the processes.
        texts: How many are translated in a turn.
        repeats: Rounds.
        small: A model and a batch that are only large enough to see it work.
    """
    rows = []
    for precision in PRECISIONS if small or multiplies_bfloat16() else PRECISIONS[:1]:
        report.say("measure", f"translator, {precision}")
        rows += measure_steps(stage, precision, repeats, small=small)
        stage.forget()
    report.say("measure", f"search, {texts:,} texts")
    return rows + measure_search(stage, texts, repeats, small=small)


def measure_steps(stage: Stage, precision: str, repeats: int, *, small: bool) -> list[Row]:
    """Lets all take STEPS steps from the same weights, then take turns."""
    ours = stage.side(TENSORFLOW)
    given = ours.run(first_weights, small), batch(small)
    sides = dict.fromkeys(our_ways(), ours)
    for name, way in our_ways().items():
        ours.keep(name, stepper, *given, precision, small, *way)
    if installed(TORCH):
        sides[TORCH] = stage.side(TORCH)
        sides[TORCH].keep(TORCH, torch_stepper, *given, precision)
    losses, ways = {}, {}
    for name, side in sides.items():
        losses[name] = side.turn(name, STEPS).results[-1]
        ways[name] = turn_of(side, name, calls_of_a_turn(side.turn(name).seconds))
    turns = interleaved(ways, repeats, label="translation")
    seconds = {name: [turn.seconds for turn in found] for name, found in turns.items()}
    apart = max(losses.values()) - min(losses.values()) > TOLERANCE[precision]
    task = f"step, {precision}"
    rows = [
        Row(
            task=task,
            contender=name,
            seconds=seconds[name],
            loss=losses[name],
            over=speedup(seconds[TORCH], seconds[name])
            if TORCH in sides and name != TORCH
            else None,
            wrong="the losses differ" if apart else "",
        )
        for name in sides
    ]
    return rows if TORCH in sides else [*rows, Row(task=task, contender="torch, not installed")]


def measure_search(stage: Stage, texts: int, repeats: int, *, small: bool) -> list[Row]:
    """Translates the same texts in one graph and in a loop, and compares what comes of it."""
    side, ways, found = stage.side(TENSORFLOW), {}, {}
    for name in (OURS, LOOP):
        side.keep(name, searcher, name, texts, small)
        found[name] = side.turn(name).results[-1]
        ways[name] = lambda name=name: side.turn(name)
    turns = interleaved(ways, repeats, label="search")
    seconds = {name: [turn.seconds / texts for turn in each] for name, each in turns.items()}
    same = sum(a == b for a, b in zip(found[OURS], found[LOOP]))
    wrong = "" if same == texts else f"{texts - same} of {texts} translations differ"
    return [
        Row(
            task=f"a text, beam {BEAM}",
            contender=name,
            seconds=seconds[name],
            over=speedup(seconds[LOOP], seconds[OURS]) if name == OURS else None,
            wrong=wrong,
        )
        for name in (OURS, LOOP)
    ]


def batch(small: bool = False) -> dict:
    """Returns ids of pairs about as long as each other; low ones are frequent."""
    import numpy as np

    rng = np.random.default_rng(0)
    rows, time, pieces = (4, 6, 50) if small else (ROWS, TIME, PIECES)
    ids = 4 + ((pieces - 4) * rng.random((2, rows, time)) ** 3).astype(np.int32)
    lengths = rng.integers(time * 3 // 4, time + 1, (2, rows, 1))
    source, targets = np.where(np.arange(time) < lengths, ids, 0)
    shifted = np.pad(targets[:, :-1], [[0, 0], [1, 0]], constant_values=2)
    return {"source": source, "shifted": shifted, "targets": targets}


def _made(small: bool, precision: str = "float32"):
    """Our model, without dropout, which no two libraries draw alike."""
    import dataclasses

    import keras

    from models import ZOO

    keras.utils.set_random_seed(0)
    sizes = dataclasses.replace(ZOO["translator"].model, dropout=0.0, smoothing=SMOOTHING)
    if small:
        sizes = dataclasses.replace(sizes, embed=8, units=16, attention_units=8)
    pieces = 50 if small else PIECES
    policy = "mixed_bfloat16" if precision == "bfloat16" else precision
    vocab = {"source_vocab": pieces, "target_vocab": pieces, "joint": True}
    return ZOO["translator"].build(sizes, policy, **vocab), sizes


def first_weights(small: bool) -> dict:
    """Returns the weights that both sides begin with, by their paths; over there."""
    model, _ = _made(small)
    return {v.path.partition("/")[2]: v.numpy() for v in model.trainable_variables}


def stepper(
    weights: dict, data: dict, precision: str, small: bool, compile_: str, shards: int
) -> Callable[[], float]:
    """Returns a call that takes one training step and returns its loss; over there."""
    import dataclasses

    import tensorflow as tf

    from models import ZOO
    from tfrnn.data.batch import Batch
    from tfrnn.training.loop import make_optimizer
    from tfrnn.training.update import make_update

    model, sizes = _made(small, precision)
    for variable in model.trainable_variables:
        variable.assign(weights[variable.path.partition("/")[2]])
    settings = {"schedule": "constant", "warmup": 0, "steps": 1000, "average": 0.0}
    settings |= {"compile": compile_, "shards": shards}
    config = dataclasses.replace(ZOO["translator"].train, **settings).settle(epoch=1000)
    update = make_update(
        model, ZOO["translator"].loss(sizes), config, make_optimizer(model, config)
    )
    inputs = {name: tf.constant(data[name], tf.int32) for name in ("source", "shifted")}
    weight = tf.constant(data["targets"] != 0, tf.float32)
    rows = Batch(inputs, tf.constant(data["targets"], tf.int32), weight)

    def step() -> float:
        return float(update([rows]).loss)

    return step


def torch_stepper(weights: dict, data: dict, precision: str) -> Callable[[], float]:
    """Is `stepper` of PyTorch; over there."""
    from benchmarks.torch_translator import training
    from models import ZOO

    config = ZOO["translator"].train
    how = {"rate": config.learning_rate, "clip": config.clip_norm, "smoothing": SMOOTHING}
    return training(weights, data, precision=precision, **how)


def searcher(contender: str, texts: int, small: bool) -> Callable[[], list[str]]:
    """Returns a call that translates made-up texts; over there."""
    import numpy as np

    from benchmarks.search_loop import Loop
    from models.interpreter import Interpreter
    from models.pieces import END
    from tfrnn.data.subwords import RESERVED, Pieces, Subwords
    from tfrnn.decoding.search import Search

    model, _ = _made(small)
    count = model.target_vocab
    # An end is as likely as others together now and then: about as long as the source.
    model.bias.assign(np.eye(count)[END] * np.log(count / 20))
    names = [*RESERVED, *(f"▁w{n}" for n in range(count - len(RESERVED)))]
    coder = Subwords(Pieces(tuple(names), (0.0,) * count), kind="words")
    rng = np.random.default_rng(0)
    lengths = rng.integers(6, 20, texts)
    rows = [" ".join(f"w{i}" for i in rng.integers(0, count - 4, n)) for n in lengths]
    interpreter = Interpreter(model, (coder, coder), wish=Search(beam=BEAM))
    if contender == LOOP:
        loop = Loop(interpreter, BEAM, Search().length_penalty)
        return lambda: loop.translate(rows)
    return lambda: [each[0].text for each in interpreter.translate(rows, Search(beam=BEAM))]


def as_text(rows: Sequence[Row]) -> str:
    """Returns a line a contender and task."""
    header = ["task", "contender", "ms", "spread", "x the other", f"loss after {STEPS}"]
    cells = [
        [
            row.task,
            row.contender,
            f"{1e3 * statistics.median(row.seconds):.3g}" if row.seconds else "",
            f"{spread(row.seconds):.0%}" if row.seconds else "",
            "" if row.over is None else f"{row.over:.2f}",
            "" if row.loss is None else f"{row.loss:.5f}",
        ]
        for row in rows
    ]
    return report.table(header, cells, left=header[:2])


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws how many times as fast as the other ours is."""
    found = [row for row in rows if row.over is not None]
    bars = [Bar(row.task, row.over, f"{row.over:.2f}") for row in found]
    panels = {"Steps, times as fast as PyTorch; search, as a loop in Python": bars}
    draw_bars(panels, path, unit="times")


def mistakes(rows: Sequence[Row]) -> list[str]:
    """Returns what differs that must not, once a task."""
    return list(dict.fromkeys(f"{row.task}: {row.wrong}" for row in rows if row.wrong))

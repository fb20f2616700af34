"""Models of sentences: a training step beside Keras' layers, and texts a second.

Keras comes twice: with its recurrent layers in our model, so that all else is shared, and with its
layers throughout, as one would write the same model without this package.
"""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.contenders import KERAS, OURS, our_ways
from benchmarks.results import Bar, draw_bars
from benchmarks.sides import TENSORFLOW, Stage
from benchmarks.timing import calls_of_a_turn, interleaved, speedup, spread
from benchmarks.train import turn_of
from tfrnn.cli import report

MODELS = ("intent", "tagger", "slots")
TIMES = (12, 24)  # words of a row, two of the buckets
STEPS = 5  # after which both must have the same loss
TOLERANCE = 1e-3
TEXTS = 5000  # that are classified at a time
THROUGHOUT = "keras throughout"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender at one task.

    seconds: Of a training step, of a text among many, or of one text by itself, in each round.
    loss: After STEPS steps. over_keras: How many times as fast as our model with Keras' recurrent
    layers. over_throughout: As the model in Keras' layers throughout. wrong: Whether the losses
    differ.
    """

    task: str
    contender: str
    seconds: list[float] = field(default_factory=list)
    loss: float | None = None
    over_keras: float | None = None
    over_throughout: float | None = None
    wrong: bool = False


def measure(stage: Stage, *, models: Sequence[str] = MODELS, repeats: int) -> list[Row]:
    """Measures training steps of both sides in turn, then how fast texts are classified."""
    found = []
    for name in models:
        for time in TIMES:
            report.say("measure", f"sentences, {name}, {time} words")
            found += measure_steps(stage, name, time, repeats)
            stage.forget()
    report.say("measure", "sentences, classifying")
    return found + measure_use(stage, repeats)


def measure_steps(stage: Stage, name: str, time: int, repeats: int) -> list[Row]:
    """Lets all take STEPS steps from the same weights, then take turns."""
    side, ways, losses = stage.side(TENSORFLOW), {}, {}
    plain = ("graph", 1)
    for contender, way in (our_ways() | {KERAS: plain, THROUGHOUT: plain}).items():
        side.keep(contender, stepper, name, contender, time, *way)
        losses[contender] = side.turn(contender, STEPS).results[-1]
        ways[contender] = turn_of(side, contender, calls_of_a_turn(side.turn(contender).seconds))
    turns = interleaved(ways, repeats, label="sentences")
    seconds = {contender: [turn.seconds for turn in found] for contender, found in turns.items()}
    wrong = max(losses.values()) - min(losses.values()) > TOLERANCE
    return [
        Row(
            task=f"{name}, step of {time} words",
            contender=contender,
            seconds=seconds[contender],
            loss=losses[contender],
            over_keras=speedup(seconds[KERAS], seconds[contender]),
            over_throughout=speedup(seconds[THROUGHOUT], seconds[contender]),
            wrong=wrong,
        )
        for contender in ways
    ]


def measure_use(stage: Stage, repeats: int) -> list[Row]:
    """Measures classifying many texts at a time, and one by itself."""
    side = stage.side(TENSORFLOW)
    side.keep("many", classify_many)
    side.keep("one", classify_one)
    side.turn("many")
    side.turn("one", 20)
    turns = interleaved(
        {"many": lambda: side.turn("many"), "one": lambda: side.turn("one", 100)}, repeats
    )
    many = [turn.seconds / TEXTS for turn in turns["many"]]
    return [
        Row(task=f"intent, a text of {TEXTS:,}", contender=OURS, seconds=many),
        Row(task="intent, one text", contender=OURS, seconds=[t.seconds for t in turns["one"]]),
    ]


def stepper(
    name: str, contender: str, time: int, compile_: str, shards: int
) -> Callable[[], float]:
    """Returns a call that takes one training step and returns its loss; over there."""
    import keras

    from models import ZOO
    from tfrnn.training.loop import make_optimizer
    from tfrnn.training.update import make_update

    entry = ZOO[name]
    keras.utils.set_random_seed(0)
    sizes = _without_dropout(entry.model)
    batch = _batch(name, entry.data.batch_size, time)
    ours = entry.build(sizes, "float32", **SIZES[name])
    model = ours
    if contender == KERAS:
        model = _with_keras_layers(name, sizes, ours)
    elif contender == THROUGHOUT:
        model, batch = _keras_throughout(name, sizes, ours, batch)
    config = replace(entry.train.settle(epoch=1000), compile=compile_, shards=shards)
    update = make_update(model, entry.loss(sizes), config, make_optimizer(model, config))

    def step() -> float:
        return float(update([batch]).loss)

    return step


SIZES = {
    "intent": {"words": 3000, "labels": 151},
    "tagger": {"words": 9000, "tags": 17},
    "slots": {"words": 4400, "tags": 72, "labels": 7},
}


def _without_dropout(sizes: Any) -> Any:
    import dataclasses

    off = {"dropout": 0.0, "word_dropout": 0.0}
    off |= {"ngram_dropout": 0.0} if hasattr(sizes, "ngram_dropout") else {}
    return dataclasses.replace(sizes, **off)


def _with_keras_layers(name: str, sizes: Any, ours: Any) -> Any:
    """The same model, its recurrent layers made by Keras, with the same weights."""
    from benchmarks.keras_sentences import MAKE, copy_weights

    model = MAKE[name](sizes, **SIZES[name])
    model.build()
    copy_weights(ours, model)
    return model


def _keras_throughout(name: str, sizes: Any, ours: Any, batch: Any) -> tuple[Any, Any]:
    """The model in Keras' layers alone, with the same weights, and the batch as it reads it."""
    from benchmarks.keras_throughout import MAKE, copy_weights, prepare_batch

    model, batch = MAKE[name](sizes, **SIZES[name]), prepare_batch(batch, sizes)
    model(batch.inputs)
    copy_weights(ours, model)
    return model, batch


def _batch(name: str, rows: int, time: int):
    """Words of a made-up language, most of them often, in rows of about the same length."""
    import numpy as np
    import tensorflow as tf

    from tfrnn.data.batch import Batch
    from tfrnn.data.tokens import WIDTH

    rng, sizes = np.random.default_rng(0), SIZES[name]
    lexicon = rng.integers(98, 123, (sizes["words"], WIDTH))
    lexicon *= np.arange(WIDTH) < rng.integers(2, 9, (sizes["words"], 1))
    mask = np.arange(time) < rng.integers(time * 2 // 3, time + 1, (rows, 1))
    words = np.minimum(2 + rng.zipf(1.5, (rows, time)), sizes["words"] - 1) * mask
    inputs = {
        "words": tf.constant(words, tf.int32),
        "characters": tf.constant(lexicon[words] * mask[..., None], tf.int32),
    }
    labels = rng.integers(0, sizes.get("labels", 1), rows)
    tags = rng.integers(0, sizes.get("tags", 1), (rows, time))
    if name == "intent":
        return Batch(inputs, tf.constant(labels, tf.int32), tf.ones([rows]))
    weights, targets = mask.astype(np.float32), tags
    if "labels" in sizes:
        targets = np.concatenate([labels[:, None], tags], 1)
        weights = np.concatenate([np.ones([rows, 1], np.float32), weights], 1)
    return Batch(inputs, tf.constant(targets, tf.int32), tf.constant(weights))


def _labeller():
    import numpy as np

    from models import ZOO
    from models.labeller import Labeller
    from tfrnn.data.tokens import SentenceEncoder

    rng = np.random.default_rng(0)
    words = ["".join(map(chr, rng.integers(97, 123, rng.integers(2, 9)))) for _ in range(4000)]
    known = list(dict.fromkeys(words))[: SIZES["intent"]["words"]]
    model = ZOO["intent"].build(ZOO["intent"].model, "float32", words=len(known), labels=151)
    labels = [f"label {i}" for i in range(151)]
    drawn = np.minimum(rng.zipf(1.4, (TEXTS, 12)), len(words) - 1)
    lengths = rng.integers(6, 13, TEXTS)  # of the 12 words of a row
    texts = [" ".join(words[i] for i in row[:n]) for row, n in zip(drawn, lengths)]
    return Labeller(model, SentenceEncoder(known), labels, rejects=True), texts


def classify_many() -> Callable[[], None]:
    """Returns a call that classifies TEXTS texts; over there."""
    labeller, texts = _labeller()

    def call() -> None:
        labeller.readings(texts)

    return call


def classify_one() -> Callable[[], None]:
    """Returns a call that classifies one text after another; over there."""
    import itertools

    import tensorflow as tf

    labeller, texts = _labeller()
    each = itertools.cycle([tf.constant([text]) for text in texts[:200]])

    def call() -> None:
        labeller.classify(next(each))["labels"].numpy()

    return call


def as_text(rows: Sequence[Row]) -> str:
    """Returns a line a contender and task."""
    header = [
        "task",
        "contender",
        "ms",
        "spread",
        "x keras",
        f"x {THROUGHOUT}",
        f"loss after {STEPS}",
    ]
    cells = [
        [
            row.task,
            row.contender,
            f"{1e3 * statistics.median(row.seconds):.3g}",
            f"{spread(row.seconds):.0%}",
            *["" if x is None else f"{x:.2f}" for x in (row.over_keras, row.over_throughout)],
            "" if row.loss is None else f"{row.loss:.5f}",
        ]
        for row in rows
    ]
    lines = [report.table(header, cells, left=header[:2])]
    for row in rows:
        if row.task.startswith("intent, a text of"):
            lines.append(f"{1 / statistics.median(row.seconds):,.0f} texts a second")
    return "\n\n".join(lines)


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws how many times as fast as Keras each training step is."""
    steps = [row for row in rows if row.loss is not None and row.contender in our_ways()]

    def bars(over: Callable[[Row], float]) -> list[Bar]:
        return [Bar(f"{row.task}: {row.contender}", over(row), f"{over(row):.2f}") for row in steps]

    panels = {
        "Training steps, times as fast as with Keras' recurrent layers": bars(
            lambda row: row.over_keras
        ),
        "Times as fast as with Keras' layers throughout": bars(lambda row: row.over_throughout),
    }
    draw_bars(panels, path, unit="times")


def mistakes(rows: Sequence[Row]) -> list[str]:
    """Returns a line for each task at which the sides have different losses."""
    wrong = {row.task: [] for row in rows if row.wrong}
    for row in rows:
        if row.task in wrong:
            wrong[row.task].append(f"{row.contender} {row.loss:.5f}")
    return [f"{task}: losses differ: {', '.join(losses)}" for task, losses in wrong.items()]

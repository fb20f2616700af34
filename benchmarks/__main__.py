"""Measures speed and memory side by side with Keras and PyTorch: python -m benchmarks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tyro

from benchmarks import (
    formats,
    generate,
    learning,
    linear,
    machine,
    memory,
    pipeline,
    results,
    sentences,
    serving,
    startup,
    targets,
    train,
    translation,
)
from benchmarks.sides import Stage
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import parse
from tfrnn.errors import Failure, UsageError

Table = Literal[
    "train", "generate", "pipeline", "startup", "memory", "linear", "sentences", "translation",
    "formats", "learning", "serving",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is measured."""

    tables: tyro.conf.Positional[tuple[Table, ...]] = ()
    """Which; without a word all, but learning only where there is a --text."""
    shapes: tuple[Literal["A", "B", "C", "D", "tiny"], ...] = ("A", "B", "C", "D")
    """Of train, pipeline and memory; linear takes the first of B and tiny that is here, translation
    is tiny where tiny is all there is."""
    cells: tuple[Literal["lstm", "gru", "rnn"], ...] = ("lstm", "gru", "rnn")
    """Of train and memory."""
    models: tuple[Literal["intent", "tagger", "slots"], ...] = ("intent", "tagger", "slots")
    """Of sentences."""
    repeats: int = 7
    """Rounds in which each contender has a turn."""
    units: tuple[int, ...] = (256, 1024)
    """Widths of the LSTM that generates."""
    batch: tuple[int, ...] = (1, 64)
    """How many texts it writes at once."""
    length: int = 400
    """Characters of a text; a tune has about as many."""
    texts: int = 1000
    """Texts that are translated in a turn (translation)."""
    text: Path | None = None
    """A text that is learnt, such as tinyshakespeare's input.txt (learning)."""
    bound: float = 1.6
    """Nats a character of the tenth of it held out, to which it is learnt (learning)."""
    limit: int = 1000
    """Steps after which it is given up (learning)."""
    runs: tuple[Path, ...] = ()
    """Folders of runs that stand in the table beside the presets (formats)."""
    clients: int = 64
    """How many ask the server at a time (serving)."""
    seconds: float = 30.0
    """How long they ask in each way (serving)."""
    out: Path = Path("out/benchmarks")
    """Folder of the results: a JSON file and a picture of each table."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        for name in ("repeats", "length", "texts", "limit", "clients", "seconds", "units", "batch"):
            value = getattr(self, name)
            if min(value if isinstance(value, tuple) else (value,), default=0) < 1:
                raise UsageError(f"--{name} must be 1 or more, got {value}.")
        for name in ("shapes", "cells", "models"):
            if not getattr(self, name):
                raise UsageError(f"--{name} must name one or more.")
        if "learning" in self.tables and not self.text:
            raise UsageError("learning needs a text: --text FILE.")


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A table: how it is measured, printed and drawn, and what it is held to.

    mistakes: rows -> a line for each thing that must not be.
    """

    measure: Callable[[Stage, Options], list[Any]]
    as_text: Callable[[Sequence[Any]], str]
    draw: Callable[[Sequence[Any], Path], None]
    targets: Callable[[Sequence[Any]], Any] = lambda rows: ()
    mistakes: Callable[[Sequence[Any]], list[str]] = lambda rows: []


def _linear(stage: Stage, options: Options) -> list[linear.Row]:
    if "B" in options.shapes or "tiny" not in options.shapes:
        return linear.measure(stage, repeats=options.repeats)
    small = {"lengths": linear.LENGTHS[:3], "sizes": linear.BATCHES[:3]}
    return linear.measure(stage, shape="tiny", repeats=options.repeats, **small)


BENCHMARKS: dict[str, Benchmark] = {
    "train": Benchmark(
        measure=lambda stage, o: train.measure(
            stage, shapes=o.shapes, cells=o.cells, repeats=o.repeats
        ),
        as_text=train.as_text,
        draw=train.draw,
        targets=targets.of_training,
        mistakes=train.mistakes,
    ),
    "generate": Benchmark(
        measure=lambda stage, o: generate.measure(
            stage, units=o.units, batch=o.batch, length=o.length, repeats=o.repeats
        ),
        as_text=generate.as_text,
        draw=generate.draw,
        targets=targets.of_writing,
    ),
    "pipeline": Benchmark(
        measure=lambda stage, o: pipeline.measure(stage, shapes=o.shapes, repeats=o.repeats),
        as_text=pipeline.as_text,
        draw=pipeline.draw,
        targets=targets.of_pipeline,
    ),
    "startup": Benchmark(
        measure=lambda stage, o: startup.measure(repeats=o.repeats),
        as_text=startup.as_text,
        draw=startup.draw,
        mistakes=startup.mistakes,
    ),
    "memory": Benchmark(
        measure=lambda stage, o: memory.measure(stage, shapes=o.shapes, cells=o.cells),
        as_text=memory.as_text,
        draw=memory.draw,
    ),
    "linear": Benchmark(measure=_linear, as_text=linear.as_text, draw=linear.draw),
    "sentences": Benchmark(
        measure=lambda stage, o: sentences.measure(stage, models=o.models, repeats=o.repeats),
        as_text=sentences.as_text,
        draw=sentences.draw,
        mistakes=sentences.mistakes,
    ),
    "learning": Benchmark(
        measure=lambda stage, o: learning.measure(
            stage, text=learning.read(o.text), bound=o.bound, limit=o.limit
        ),
        as_text=learning.as_text,
        draw=learning.draw,
    ),
    "serving": Benchmark(
        measure=lambda stage, o: serving.measure(clients=o.clients, seconds=o.seconds),
        as_text=serving.as_text,
        draw=serving.draw,
        targets=targets.of_serving,
        mistakes=serving.mistakes,
    ),
    "formats": Benchmark(
        measure=lambda stage, o: formats.measure(runs=o.runs, calls=o.repeats),
        as_text=formats.as_text,
        draw=formats.draw,
        mistakes=formats.mistakes,
    ),
    "translation": Benchmark(
        measure=lambda stage, o: translation.measure(
            stage, texts=o.texts, repeats=o.repeats, small=o.shapes == ("tiny",)
        ),
        as_text=translation.as_text,
        draw=translation.draw,
        targets=targets.of_translation,
        mistakes=translation.mistakes,
    ),
}


def main(argv: list[str]) -> None:
    """Measures table after table; each is printed and saved before the next.

    Raises:
        Failure: At the end, if sides that must agree on a loss do not, or help loads TensorFlow.
    """
    options = parse(Options, argv, prog="python -m benchmarks", description=__doc__.split(":")[0])
    wrong = []
    every = [name for name in BENCHMARKS if name != "learning" or options.text]
    for name in options.tables or every:
        wrong += run(name, options)
    if wrong:
        raise Failure("; ".join(wrong))


def run(name: str, options: Options) -> list[str]:
    """Measures, prints and saves one table, and returns what is wrong with it."""
    benchmark = BENCHMARKS[name]
    before = machine.describe()
    facts = ", ".join(f"{key} {fact}" for key, fact in before.items())
    report.say(name, facts)
    with Stage(debug=options.debug) as stage:
        rows = benchmark.measure(stage, options)
    now = machine.describe()
    after = {"load at the end": now["load"], "busy at the end": now["busy"]}
    print(f"\n{name}: {facts}\n\n{benchmark.as_text(rows)}\n")
    if found := list(benchmark.targets(rows)):
        print(f"{targets.as_text(found)}\n")
    path = options.out / f"{name}.json"
    results.write(rows, before | after, path)
    benchmark.draw(rows, path.with_suffix(".png"))
    report.say("wrote", f"{path}, {path.with_suffix('.png')}")
    return [f"{name}: {line}" for line in benchmark.mistakes(rows)]


if __name__ == "__main__":
    run_script(main)

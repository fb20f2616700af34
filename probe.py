"""Looks inside recurrent models: python probe.py gradients, python probe.py gates RUN."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from models import ZOO
from models.files import CONFIG, model_name
from models.options import check_seed
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.fields import did_you_mean
from tfrnn.cli.options import parse
from tfrnn.cli.quiet import prepare
from tfrnn.errors import DataError, MissingInputError, UsageError

UNITS = 64  # of untrained layers, unless told (ours)
BURN_IN = 50  # steps before the farthest one, so that no state is that of the beginning (ours)
COLUMNS = 100  # characters of the heat maps; more cannot be read in one picture
READ = ("music", "text")  # the models of the zoo that read characters
VIEWS = {
    "gradients": "how far back in time the gradient of a loss reaches",
    "gates": "what gates and cells do over a text",
}


def check_least(options: object, **least: int) -> None:
    """Refuses options that are below the least they may be."""
    for name, number in least.items():
        value = getattr(options, name)
        if value is not None and value < number:
            raise UsageError(f"--{name} must be {number} or more, got {value}.")


@dataclass(frozen=True, kw_only=True)
class GradientOptions:
    """Gradient norms by distance in time."""

    run: Annotated[Path | None, tyro.conf.Positional] = None
    """Folder of a run or a preset; without it, untrained SimpleRNN, LSTM and GRU."""
    file: Path | None = None
    """A text that the run reads, as it stands (default: the held-out part of the run's data)."""
    steps: int = 100
    """The farthest distance."""
    units: int | None = None
    """Width of the untrained layers (default: 64); a run has its own."""
    batch: int = 64
    """Sequences; what is drawn is their median, and where the middle 80% of them lie."""
    seed: int = 0
    """Of untrained weights and of the inputs of untrained layers."""
    out: Path = Path("out/probe")
    """Folder for gradients.png and gradients.csv."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        check_seed(self.seed)
        check_least(self, steps=2, batch=1, units=1)  # two distances are a half-life's least
        if self.run and self.units:
            raise UsageError("--units is of untrained layers; a run has its own.")
        if self.file and not self.run:
            raise UsageError("--file is for a run, and none is given: untrained layers read noise.")


@dataclass(frozen=True, kw_only=True)
class GateOptions:
    """Gates and cells over a text."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of a run or a preset."""
    text: str | None = None
    """What the model reads (default: the first held-out document of the run's data)."""
    file: Path | None = None
    """A file that the model reads, as it stands, instead."""
    length: int = 1000
    """Characters of it that are read; the heat maps show the first 100."""
    layer: int | None = None
    """Which layer, the lowest is 1 (default: the highest)."""
    units: int = 8
    """How many units are picked: those that follow the text best, then those that vary most."""
    unit: tuple[int, ...] = ()
    """These units, the first is 0, instead of picked ones."""
    out: Path = Path("out/probe")
    """Folder for gates.png, gates.csv and cells.html."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        check_least(self, length=2, units=1, layer=1)
        if self.text is not None and self.file:
            raise UsageError("--text and --file exclude each other.")


OPTIONS = {"gradients": GradientOptions, "gates": GateOptions}


def main(argv: list[str]) -> None:
    """Reads the command line, looks, draws, and prints what it found as a table."""
    view, words = split(argv)
    chosen = read_options(view, words)
    if chosen.run and (name := model_name(chosen.run / CONFIG)) not in READ:
        raise UsageError(f"{chosen.run} holds a {name} model; probe.py reads {' and '.join(READ)}.")
    chosen.out.mkdir(parents=True, exist_ok=True)
    prepare(chosen.debug)
    {"gradients": show_gradients, "gates": show_gates}[view](chosen)


def split(argv: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Returns what is to be seen, the first word, and the words after it.

    Raises:
        UsageError: If it is not one of `VIEWS`.
        SystemExit: With 0, after --help was printed on stdout.
    """
    if argv and argv[0] in ("-h", "--help"):
        rows = "\n".join(f"  {view:<11}{about}" for view, about in VIEWS.items())
        more = "`python probe.py VIEW --help` shows the options of one."
        print(f"usage: python probe.py VIEW [RUN] [OPTIONS]\n\n{__doc__}\n\n{rows}\n\n{more}")
        raise SystemExit(0)
    view, *words = argv or [""]
    if view not in VIEWS:
        wanted = f"the first word must be {' or '.join(VIEWS)}"
        raise UsageError(f"{wanted}, got {view!r}{did_you_mean(view, VIEWS)}")
    return view, words


def read_options(view: str, words: Sequence[str]) -> GradientOptions | GateOptions:
    """Returns the options of a view."""
    prog, about = f"python probe.py {view}", f"Shows {VIEWS[view]}."
    return parse(OPTIONS[view], words, prog=prog, description=about)


def show_gradients(chosen: GradientOptions) -> None:
    """Draws how the norms fall with the distance, and prints their half-lives."""
    from tfrnn.probe.gradients import by_distance, half_life
    from tfrnn.probe.pictures import draw_gradients
    from tfrnn.probe.records import write_gradients

    norms = norms_of_run(chosen) if chosen.run else norms_of_untrained(chosen)
    curves = {
        of: {name: by_distance(rows, chosen.steps) for name, rows in found.items()}
        for of, found in norms.items()
    }
    written = [chosen.out / name for name in ("gradients.png", "gradients.csv")]
    draw_gradients(written[0], {f"by the {of}": found for of, found in curves.items()})
    write_gradients(written[1], curves)
    marks = sorted({1, max(1, chosen.steps // 10), chosen.steps})
    rows = [
        (name, of, f"{half_life(decay.median):.1f}", *(f"{decay.median[k]:.1e}" for k in marks))
        for of, found in curves.items()
        for name, decay in found.items()
    ]
    header = ("gradient", "of", "half-life", *(f"at {k}" for k in marks))
    print(report.table(header, rows, left=("gradient", "of")))
    report.say("written", ", ".join(map(str, written)))


def norms_of_untrained(chosen: GradientOptions) -> dict:
    """Returns of what -> kind -> (batch, time) norms of layers as they begin."""
    import keras

    from tfrnn.probe import fresh

    keras.utils.set_random_seed(chosen.seed)
    found, time = {"state": {}, "inputs": {}}, BURN_IN + chosen.steps + 1
    units = chosen.units or UNITS
    for kind, flow in fresh.trace_kinds(units, chosen.batch, time=time, seed=chosen.seed):
        report.say("traced", kind)
        (found["state"][kind],), found["inputs"][kind] = flow
    return found


def norms_of_run(chosen: GradientOptions) -> dict:
    """Returns of what -> curve -> (batch, time) norms of a trained model, and of it untrained."""
    import keras
    import numpy as np
    import tensorflow as tf

    from models.bundle import open_bundle
    from tfrnn.data.text import join
    from tfrnn.probe.gradients import trace

    bundle = open_bundle(chosen.run)
    stream = join([bundle.vocabulary.encode(text) for text in texts(bundle, chosen.file)])
    time = BURN_IN + chosen.steps + 1
    if len(stream) <= time:
        raise DataError(
            f"the text has {len(stream):,} characters, its ends among them; "
            f"--steps {chosen.steps} needs {time + 1:,}."
        )
    starts = np.unique(np.linspace(0, len(stream) - time - 1, chosen.batch).astype(int))
    ids, targets = (stream[starts[:, None] + np.arange(time) + k] for k in (0, 1))
    keras.utils.set_random_seed(chosen.seed)
    build = ZOO[bundle.options.name].build
    untrained = build(bundle.options.model, "float32", vocab=len(bundle.vocabulary))
    found = {"state": {}, "inputs": {}}
    for name, model in {"trained": bundle.model, "untrained": untrained}.items():
        flow = trace(
            model.lstms.layers,
            tf.gather(model.embed.embeddings, ids),
            lambda hidden, model=model: tf.nn.sparse_softmax_cross_entropy_with_logits(
                targets[:, -1], model.logits(hidden)
            ),
        )
        several = len(flow.states) > 1
        for number, norms in enumerate(flow.states, 1):
            found["state"][f"{name}, layer {number}" if several else name] = norms
        found["inputs"][name] = flow.inputs
    return found


def texts(bundle, file: Path | None) -> list[str]:
    """Returns what a model is to read: a file, or the held-out part of its own data.

    Raises:
        MissingInputError: If that is not here.
        DataError: If the file is not text.
    """
    from tfrnn.data import sources

    if file:
        return [document.text for document in sources.read(str(file))]
    try:
        return ZOO[bundle.options.name].read(bundle.options.data, seed=bundle.options.seed).test
    except MissingInputError as error:
        raise MissingInputError(f"give --file; the data of the run is not here: {error}") from error


def show_gates(chosen: GateOptions) -> None:
    """Draws gates and cells of a few units over a text, and prints what these units follow."""
    from tfrnn.probe import gates, units

    text, found = read_layer(chosen)
    memory, follows = gates.memory(found), units.features(text)
    picks = [units.describe(memory, follows, unit) for unit in dict.fromkeys(chosen.unit)]
    picks = picks or units.choose(memory, follows, chosen.units)
    columns = [picked.unit for picked in picks]
    write(chosen, text, picks, {letter: values[:, columns] for letter, values in found.items()})
    rows = [
        (*picked.row(), f"{values.min():.2f}", f"{values.max():.2f}")
        for picked, values in zip(picks, memory[:, columns].T)
    ]
    header = ("unit", "follows", "correlation", "least", "most")
    print(report.table(header, rows, left=("follows",)))


def read_layer(chosen: GateOptions) -> tuple[str, dict]:
    """Returns a text, and by letter what the gates of a layer do at each character of it.

    Raises:
        UsageError: If the text is too short or the model has not such a layer or unit.
        DataError: If a character of the text is not among those of the model.
    """
    import numpy as np
    import tensorflow as tf

    from models.bundle import open_bundle
    from tfrnn.data.vocabulary import BOUNDARY
    from tfrnn.probe import gates

    bundle = open_bundle(chosen.run)
    layers = bundle.model.lstms.layers[: chosen.layer]
    if len(layers) < (chosen.layer or 1):
        raise UsageError(f"--layer must be 1 to {len(layers)}, got {chosen.layer}.")
    width = layers[-1].units
    if bad := [unit for unit in chosen.unit if not 0 <= unit < width]:
        raise UsageError(f"--unit must be 0 to {width - 1}, got {bad[0]}.")
    text = chosen.text if chosen.text is not None else texts(bundle, chosen.file)[0]
    text = text[: chosen.length]
    if len(text) < 2:
        raise UsageError(f"the text needs 2 characters or more, got {text!r}.")
    ids = np.append(BOUNDARY, bundle.vocabulary.encode(text))
    found = gates.of_stack(layers, tf.gather(bundle.model.embed.embeddings, ids))[-1]
    return text, {letter: values[1:] for letter, values in found.items()}  # without the boundary


def write(chosen: GateOptions, text: str, picks: Sequence, shown: Mapping) -> None:
    """Writes heat maps, numbers and the coloured text of the picked units, (time, units) each."""
    from tfrnn.probe import gates
    from tfrnn.probe.page import page
    from tfrnn.probe.pictures import draw_gates
    from tfrnn.probe.records import write_gates

    names = [picked.unit for picked in picks]
    written = [chosen.out / name for name in ("gates.png", "gates.csv", "cells.html")]
    head = {letter: values[:COLUMNS] for letter, values in shown.items()}
    draw_gates(written[0], text[:COLUMNS], head, names)
    write_gates(written[1], text, names, shown)
    html = page(f"What {chosen.run} remembers", text, zip(picks, gates.memory(shown).T))
    written[2].write_text(html, encoding="utf-8")
    report.say("written", ", ".join(map(str, written)))


if __name__ == "__main__":
    run_script(main)

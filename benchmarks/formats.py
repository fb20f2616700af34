"""Presets and runs in every form they leave the package in: the same answer, what each takes."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import format_sides
from benchmarks.format_sides import Found
from benchmarks.results import Bar, draw_bars
from benchmarks.server import serving
from benchmarks.sides import installed
from models.files import CONFIG, PRESETS, model_name
from tfrnn.cli import report

NAMES = ("music", "text", "intent", "tagger", "dates", "captioner", "frames")
CHARACTERS = ("music", "text")  # those of which a step is exported
RUN, SAVED_MODEL, SERVED = "generate.py", "SavedModel", "serve.py"


class Subject(NamedTuple):
    """What is exported. name: Of its rows. entry: Of the zoo. folder: Of the preset or the run."""

    name: str
    entry: str
    folder: Path


class StepForm(NamedTuple):
    """A format of a step: what runs it, its name for export.py, bits of a weight, how files end."""

    library: str
    kind: str
    bits: int
    ending: str


STEPS = {
    "LiteRT": StepForm("ai_edge_litert", "litert", 32, ".tflite"),
    "LiteRT, 8 bits": StepForm("ai_edge_litert", "litert", 8, "-8.tflite"),
    "ONNX": StepForm("onnxruntime", "onnx", 32, ".onnx"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A model in a form.

    size: MB on the disk. load, request: Seconds. memory: MB of the process once it is loaded.
    same: Whether it says what generate.py says; None for 8 bits, which need not.
    """

    model: str
    form: str
    size: float | None = None
    load: float | None = None
    request: float | None = None
    memory: float | None = None
    same: bool | None = None


def measure(*, names: Sequence[str] = NAMES, runs: Sequence[Path] = (), calls: int) -> list[Row]:
    """Exports each preset and run, and asks it in each form, each in a process of its own.

    Args:
        names: Of the presets.
        runs: Folders of runs, of models without a preset or others; a row has the folder's name.
        calls: How many requests are timed.
    """
    subjects = [Subject(name, name, preset_of(name)) for name in names]
    subjects += [Subject(run.name, model_name(run / CONFIG), run) for run in runs]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        answers = {}
        for subject in subjects:
            report.say("measure", f"formats, {subject.name}")
            alone(_export, subject, str(root))
            found = {form: ask(calls) for form, ask in _forms(subject, root)}
            answers[subject] = wanted = found[RUN].answer
            rows += [_row(subject, form, each, wanted, root) for form, each in found.items()]
            steps = _steps(subject.entry)
            missing = [form for form, step in steps.items() if not installed(step.library)]
            rows += [Row(model=subject.name, form=f"{form}, not installed") for form in missing]
        report.say("measure", "formats, serve.py")
        with serving(root / "exports") as server:
            for subject, wanted in answers.items():
                url = f"{server.url}/v1/models/{subject.name}:predict"
                found = format_sides.of_server(subject.entry, url, calls)
                rows.append(_row(subject, SERVED, found._replace(load=None), wanted, root))
    order = [subject.name for subject in subjects]
    return sorted(rows, key=lambda row: order.index(row.model))


def _forms(subject: Subject, root: Path) -> Iterator[tuple[str, Callable[[int], Found]]]:
    """Yields the forms of a model, and what asks each."""
    entry, exported = subject.entry, root / "exports" / subject.name / "1"
    yield RUN, lambda calls: alone(format_sides.of_folder, entry, str(subject.folder), calls)
    yield SAVED_MODEL, lambda calls: alone(format_sides.of_folder, entry, str(exported), calls)
    for form, step in _steps(entry).items():
        if installed(step.library):
            asked = (format_sides.of_step, step.kind, str(_file(subject, form, root)))
            yield form, lambda calls, asked=asked: alone(*asked, calls)


def _steps(entry: str) -> dict[str, StepForm]:
    """The formats that a model has a step in."""
    return STEPS if entry in CHARACTERS else {}


def _row(subject: Subject, form, found: Found, wanted: str, root: Path) -> Row:
    return Row(
        model=subject.name,
        form=form,
        size=_size(subject, form, root),
        load=found.load,
        request=found.request,
        memory=found.memory,
        same=None if form in STEPS and STEPS[form].bits == 8 else found.answer == wanted,
    )


def _size(subject: Subject, form, root) -> float | None:
    if form == SERVED:
        return None
    folder = {RUN: subject.folder, SAVED_MODEL: root / "exports" / subject.name}.get(form)
    paths = [path for path in folder.rglob("*") if path.is_file()] if folder else []
    return sum(path.stat().st_size for path in paths or [_file(subject, form, root)]) / 1e6


def preset_of(name: str) -> Path:
    """Returns the folder of a preset."""
    return PRESETS / name


def _file(subject: Subject, form, root) -> Path:
    return root / f"{subject.name}{STEPS[form].ending}"


def alone(function: Callable, *args) -> Any:
    """Returns function(*args), called in a fresh process."""
    pool = multiprocessing.get_context("spawn").Pool(1)
    try:
        return pool.apply(function, args)
    finally:
        pool.close()  # it ends by itself, and takes with it what libraries have opened
        pool.join()


def _export(subject: Subject, root: str) -> None:
    """Writes a preset or a run in every form."""
    import export
    from models.portable import write_step
    from tfrnn.cli.quiet import prepare

    prepare(debug=False)
    name, entry, folder = subject
    free = entry in CHARACTERS  # without the rules of ABC, which a step does not have either
    export.export(folder, Path(root) / "exports" / name / "1", name=entry, free=free)
    for form, step in _steps(entry).items():
        if installed(step.library):
            out = _file(subject, form, Path(root))
            write_step(folder, out, name=entry, kind=step.kind, bits=step.bits)


def as_text(rows: Sequence[Row]) -> str:
    """Returns a line a model and form."""

    def number(value, scale, digits):
        return "" if value is None else f"{scale * value:.{digits}f}"

    cells = [
        [
            row.model,
            row.form,
            {None: "", True: "yes", False: "NO"}[row.same],
            number(row.size, 1, 1),
            number(row.load, 1, 2),
            number(row.request, 1e3, 1),
            number(row.memory, 1, 0),
        ]
        for row in rows
    ]
    header = ["model", "form", "same answer", "MB", "load s", "request ms", "process MB"]
    return report.table(header, cells, left=header[:3])


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws how long a request takes in each form, a panel a model."""
    panels: dict[str, list[Bar]] = {}
    for row in rows:
        if row.request is not None:
            bar = Bar(row.form, 1e3 * row.request, f"{1e3 * row.request:.1f}")
            panels.setdefault(row.model, []).append(bar)
    draw_bars(panels, path, unit="ms a request")


def mistakes(rows: Sequence[Row]) -> list[str]:
    """Returns a line for each form that says something else than generate.py."""
    return [f"{row.model}: {row.form} differs" for row in rows if row.same is False]

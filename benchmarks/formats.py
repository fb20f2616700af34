"""The presets in every form they leave the package in: the same answer, and what each takes."""

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
from tfrnn.cli import report

NAMES = ("music", "text", "intent", "tagger", "dates", "captioner", "frames")
CHARACTERS = ("music", "text")  # those of which a step is exported
RUN, SAVED_MODEL, SERVED = "generate.py", "SavedModel", "serve.py"


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


def measure(*, names: Sequence[str] = NAMES, calls: int) -> list[Row]:
    """Exports each preset and asks it in each form, each in a process of its own.

    Args:
        names: Of the presets.
        calls: How many requests are timed.
    """
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        answers = {}
        for name in names:
            report.say("measure", f"formats, {name}")
            alone(_export, name, str(root))
            found = {form: ask(calls) for form, ask in _forms(name, root)}
            answers[name] = found[RUN].answer
            rows += [_row(name, form, each, answers[name], root) for form, each in found.items()]
            missing = [form for form, step in _steps(name).items() if not installed(step.library)]
            rows += [Row(model=name, form=f"{form}, not installed") for form in missing]
        report.say("measure", "formats, serve.py")
        with serving(root / "exports") as server:
            for name in names:
                found = format_sides.of_server(name, server.url, calls)
                rows.append(_row(name, SERVED, found._replace(load=None), answers[name], root))
    return sorted(rows, key=lambda row: names.index(row.model))


def _forms(name: str, root: Path) -> Iterator[tuple[str, Callable[[int], Found]]]:
    """Yields the forms of a model, and what asks each."""
    preset, exported = preset_of(name), root / "exports" / name / "1"
    yield RUN, lambda calls: alone(format_sides.of_run, name, str(preset), calls)
    yield SAVED_MODEL, lambda calls: alone(format_sides.of_saved_model, name, str(exported), calls)
    for form, step in _steps(name).items():
        if installed(step.library):
            asked = (format_sides.of_step, step.kind, str(_file(name, form, root)))
            yield form, lambda calls, asked=asked: alone(*asked, calls)


def _steps(name: str) -> dict[str, StepForm]:
    """The formats that a model has a step in."""
    return STEPS if name in CHARACTERS else {}


def _row(name, form, found: Found, wanted: str, root: Path) -> Row:
    return Row(
        model=name,
        form=form,
        size=_size(name, form, root),
        load=found.load,
        request=found.request,
        memory=found.memory,
        same=None if form in STEPS and STEPS[form].bits == 8 else found.answer == wanted,
    )


def _size(name, form, root) -> float | None:
    if form == SERVED:
        return None
    folder = {RUN: preset_of(name), SAVED_MODEL: root / "exports" / name}.get(form)
    paths = [path for path in folder.rglob("*") if path.is_file()] if folder else []
    return sum(path.stat().st_size for path in paths or [_file(name, form, root)]) / 1e6


def preset_of(name: str) -> Path:
    """Returns the folder of a preset."""
    from models.files import PRESETS

    return PRESETS / name


def _file(name, form, root) -> Path:
    return root / f"{name}{STEPS[form].ending}"


def alone(function: Callable, *args) -> Any:
    """Returns function(*args), called in a fresh process."""
    pool = multiprocessing.get_context("spawn").Pool(1)
    try:
        return pool.apply(function, args)
    finally:
        pool.close()  # it ends by itself, and takes with it what libraries have opened
        pool.join()


def _export(name: str, root: str) -> None:
    """Writes a preset in every form."""
    import export
    from models.portable import write_step
    from tfrnn.cli.quiet import prepare

    prepare(debug=False)
    free = name in CHARACTERS  # without the rules of ABC, which a step does not have either
    export.export(preset_of(name), Path(root) / "exports" / name / "1", name=name, free=free)
    for form, step in _steps(name).items():
        if installed(step.library):
            out = _file(name, form, Path(root))
            write_step(preset_of(name), out, name=name, kind=step.kind, bits=step.bits)


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

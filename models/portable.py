"""Writes the step of a model of characters as a file of another format, and checks it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from models import ZOO
from models.bundle import open_bundle
from models.entry import CharacterEntry
from tfrnn.errors import CannotCreateError, StorageError, UsageError
from tfrnn.export import litert, onnx
from tfrnn.export.runtimes import Run, run_litert, run_onnx
from tfrnn.export.step import Step


class Format(NamedTuple):
    """A format: how its files end, the example that runs one, how one is made and run.

    convert: (step, bits of a weight) -> the file. open: Path -> what runs it. bits: Those that a
    weight may have.
    """

    ending: str
    example: str
    convert: Callable[[Step, int], bytes]
    open: Callable[[Path], Run]
    bits: tuple[int, ...]


FORMATS = {
    "litert": Format(".tflite", "litert.py", litert.convert, run_litert, (32, 8)),
    "onnx": Format(".onnx", "onnx_runtime.py", lambda step, _: onnx.convert(step), run_onnx, (32,)),
}
FAR = {32: 1e-3, 8: 0.1}  # share of the probability that may be elsewhere, by bits of a weight


def write_step(run: Path, out: Path, *, name: str, kind: str, bits: int) -> float:
    """Converts the step of a run, compares it with the model, writes it and its card.

    Args:
        run: Folder of a run or a preset.
        out: File to write; a card, `out` with .json after it, stands beside it.
        name: Of the model in the zoo.
        kind: One of `FORMATS`.
        bits: Of a weight; 8 with litert alone.

    Returns:
        The largest share of probability that the file has elsewhere than the model.

    Raises:
        UsageError: If the model is none of characters, or the format has no such weights.
        CannotCreateError: If the file is there already, or cannot be made.
        StorageError: If the file says something else than the model.
    """
    if not isinstance(ZOO[name], CharacterEntry):
        raise UsageError(f"--format {kind} is for models of characters, not for {name}.")
    form = FORMATS[kind]
    if bits not in form.bits:
        raise UsageError("--bits 8 goes with --format litert only.")
    if out.exists():
        raise CannotCreateError(f"{out} exists already; choose another --out.")
    bundle = open_bundle(run)
    step = Step(bundle.model)
    data = form.convert(step, bits)
    card = {
        "model": name,
        "summary": ZOO[name].summary,
        "step": bundle.step,
        "bits": bits,
        "states": {key: [*step.inputs[key].shape] for key in step.states},
        "outputs": step.outputs,
        "characters": ["", *bundle.vocabulary.characters],
    }
    temporary = out.with_name(f"tmp-{out.name}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        distance = step.distance(form.open(temporary))
        if not distance <= FAR[bits]:
            raise StorageError(f"{out} has {distance:.1%} of the probability elsewhere; not kept.")
        text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
        out.with_name(f"{out.name}.json").write_text(text, encoding="utf-8")
        temporary.rename(out)
    except OSError as error:
        raise CannotCreateError(f"{out} cannot be made: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return distance

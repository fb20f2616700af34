"""Writes the step of a model of characters as a file of another format, and checks it."""

import json
from pathlib import Path
from typing import Literal

from models import ZOO
from models.bundle import open_bundle
from models.entry import CharacterEntry
from tfrnn.errors import CannotCreateError, StorageError, UsageError
from tfrnn.export import litert, onnx
from tfrnn.export.step import Step

Format = Literal["litert", "onnx"]
ENDINGS = {"litert": ".tflite", "onnx": ".onnx"}
FAR = {32: 1e-3, 8: 0.1}  # share of the probability that may be elsewhere, by bits of a weight


def write_step(run: Path, out: Path, *, name: str, kind: Format, bits: int) -> float:
    """Converts the step of a run, compares it with the model, writes it and its card.

    Args:
        run: Folder of a run or a preset.
        out: File to write; a card, `out` with .json after it, stands beside it.
        name: Of the model in the zoo.
        kind: The format.
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
    if bits == 8 and kind != "litert":
        raise UsageError("--bits 8 goes with --format litert only.")
    if out.exists():
        raise CannotCreateError(f"{out} exists already; choose another --out.")
    bundle = open_bundle(run)
    step = Step(bundle.model)
    data = litert.convert(step, bits=bits) if kind == "litert" else onnx.convert(step)
    distance = step.distance({"litert": litert, "onnx": onnx}[kind].runner(data, step))
    if not distance <= FAR[bits]:
        raise StorageError(f"{out} has {distance:.1%} of the probability elsewhere; not written.")
    card = {
        "model": name,
        "summary": ZOO[name].summary,
        "step": bundle.step,
        "bits": bits,
        "states": {key: [*step.inputs[key].shape] for key in step.states},
        "outputs": step.outputs,
        "characters": ["", *bundle.vocabulary.characters],
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(f"{out.name}.json")
        beside.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary = out.with_name(f"tmp-{out.name}")
        temporary.write_bytes(data)
        temporary.rename(out)
    except OSError as error:
        raise CannotCreateError(f"{out} cannot be made: {error.strerror}.") from error
    return distance

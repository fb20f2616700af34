"""Exports a trained model to be used elsewhere: python export.py runs/mine --out exports/music."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from models import ZOO
from models.entry import CharacterEntry
from models.files import CONFIG, best_checkpoint, model_name
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import parse
from tfrnn.cli.quiet import prepare
from tfrnn.errors import UsageError
from tfrnn.export.versions import next_version


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is exported, and where to."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of a run or a preset."""
    out: Path | None = None
    """Folder of the exports of a model (exports/ and its name): the first is 1/ in it, the next 2/,
    as TensorFlow Serving has them. Of litert and onnx it is a file, such as exports/text.tflite."""
    format: Literal["saved_model", "litert", "onnx"] = "saved_model"
    """saved_model: all of the model, strings in and out. litert, onnx: one step of a model of
    characters, its state in and out, for numpy and one small runtime (docs/examples)."""
    bits: Literal[32, 8] = 32
    """Bits of a weight; 8 make a litert file a quarter as large, and a little less exact."""
    free: bool = False
    """Let a music model write anything, legal ABC or not."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""


def main(argv: list[str]) -> None:
    """Reads the command line, loads the run, writes the export."""
    chosen = parse(
        Options,
        argv,
        prog="python export.py",
        description="Exports a run: as a SavedModel, strings in and out, or a step of it.",
    )
    name = model_name(chosen.run / CONFIG)
    if chosen.format == "saved_model":
        export_whole(chosen, name)
    else:
        export_step(chosen, name)


def export_whole(chosen: Options, name: str) -> None:
    """Checks the options and writes the next version."""
    if chosen.bits != 32:
        raise UsageError("--bits 8 goes with --format litert only.")
    out = next_version(chosen.out or Path("exports") / name)
    if chosen.free and not isinstance(ZOO[name], CharacterEntry):
        raise UsageError(f"--free is for models of characters, not for {name}.")
    prepare(chosen.debug)
    export(chosen.run, out, name=name, free=chosen.free)


def export(run: Path, out: Path, *, name: str, free: bool) -> None:
    """Writes the SavedModel and its card, checks them, and says how to use it."""
    from tfrnn.export.card import write_card
    from tfrnn.export.check import check
    from tfrnn.export.saved_model import save
    from tfrnn.export.warmup import write_warmup

    module = ZOO[name].module(run, **({"free": True} if free else {}))
    signatures, examples = module.signatures(), module.examples()
    step = best_checkpoint(run).step

    def finish(folder):
        about = {"model": name, "summary": ZOO[name].summary, "run": run.name, "step": step}
        write_card(folder, signatures, about)
        write_warmup(folder, name, examples)
        check(folder, signatures, examples)

    save(module, out, signatures, finish)
    names = " and ".join(signatures)
    report.say("exported", f"{out}: signatures {names}, step {step:,} of {run}")
    report.say("checked", "a process with TensorFlow alone says the same as the run")
    report.say("next", f"python generate.py {name} --from {out.parent}")


def export_step(chosen: Options, name: str) -> None:
    """Writes one step of a model in another format and says how to use it."""
    prepare(chosen.debug)
    from models.portable import FORMATS, write_step

    kind, bits = chosen.format, chosen.bits
    form = FORMATS[kind]
    out = chosen.out or Path("exports") / f"{name}{form.ending}"
    distance = write_step(chosen.run, out, name=name, kind=kind, bits=bits)
    size = out.stat().st_size / 1e6
    report.say("exported", f"{out}: a step of {chosen.run}, {bits} bits a weight, {size:.1f} MB")
    report.say(
        "checked", f"by its own runtime: at most {distance:.2%} of the probability elsewhere"
    )
    report.say("next", f"python docs/examples/{form.example} {out}")


if __name__ == "__main__":
    run_script(main)

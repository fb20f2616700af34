"""Makes a TensorFlow data set of files on the disk: python -m models.prepare flickr8k FOLDER."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import parse
from tfrnn.cli.quiet import prepare as prepare_process


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is made of what."""

    name: Annotated[Literal["flickr8k"], tyro.conf.Positional]
    """The data set."""
    folder: Annotated[Path, tyro.conf.Positional]
    """Its files, as they are handed out."""
    data_dir: Path | None = None
    """Folder of the data sets of tfds; by default ~/tensorflow_datasets."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""


def main(argv: list[str]) -> None:
    """Reads the command line, makes the data set, and says what it holds."""
    chosen = parse(
        Options,
        argv,
        prog="python -m models.prepare",
        description="Makes a TensorFlow data set of files on the disk; nothing is fetched.",
    )
    prepare_process(chosen.debug)
    from tfrnn.data.flickr8k import prepare, splits

    path = prepare(chosen.folder, chosen.data_dir)
    sizes = ", ".join(f"{count:,} {name}" for name, count in splits(path))
    report.say("prepared", f"{path}: {sizes}")
    report.say("next", f"python train.py captioner --data.source tfds:{chosen.name}")


if __name__ == "__main__":
    run_script(main)

"""Makes a preset of a run: python -m models.preset runs/mine models/presets/music --corpus NAME.

A preset is a run's folder reduced to what using it takes: config, what the model knows, the
weights of the best checkpoint without the optimizer's half, and the picture of its curves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from typing import Annotated

import numpy as np
import tyro

from models import options
from models.calibration import CALIBRATION
from models.files import CONFIG, best_checkpoint, model_name
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import parse, to_yaml
from tfrnn.data.captioned import NETWORK, PICTURE
from tfrnn.data.lexicon import LABELS, SOURCE, TAGS, TARGET, WORDS
from tfrnn.data.vocabulary import VOCABULARY
from tfrnn.errors import CannotCreateError
from tfrnn.training import checkpoint
from tfrnn.training.durable import make_folder, write_file

# What a model knows, and how it was trained, as far as it has such a file.
KNOWN = (
    VOCABULARY,
    WORDS,
    LABELS,
    TAGS,
    SOURCE,
    TARGET,
    PICTURE,
    NETWORK,
    CALIBRATION,
    "curves.png",
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Which run becomes a preset, and where."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of a finished run."""
    out: Annotated[Path, tyro.conf.Positional]
    """Folder to write, which must not exist yet."""
    corpus: str
    """What the config names as data.source: a preset is used where its data is not."""
    half: bool = False
    """Keep the weights in 16 bits, half as large; they lose what is beyond 3 digits."""
    debug: bool = False
    """Show tracebacks."""


def main(argv: list[str]) -> None:
    """Reads the command line and writes the preset."""
    about = "Reduces a run to what using it takes."
    chosen = parse(Options, argv, prog="python -m models.preset", description=about)
    config = read_config(chosen.run, chosen.out)
    config = replace(config, init=None, data=replace(config.data, source=chosen.corpus))
    best = best_checkpoint(chosen.run)
    weights = checkpoint.model_weights(best)
    if chosen.half:
        weights = {name: array.astype(np.float16) for name, array in weights.items()}
    write(chosen.out, chosen.run, config, best._replace(arrays=weights))
    size = sum(path.stat().st_size for path in chosen.out.rglob("*") if path.is_file())
    report.say("preset", f"{chosen.out}: step {best.step:,}, {size / 1e6:.1f} MB")


def read_config(run: Path, out: Path) -> options.RunOptions:
    """Returns the options of a run that is to be made into something new.

    Raises:
        CannotCreateError: If there is something where that should be.
        MissingInputError: If there is no run.
    """
    if out.exists():
        raise CannotCreateError(f"{out} exists already; remove it first.")
    return options.read(run / CONFIG, model_name(run / CONFIG))


def write(
    out: Path, run: Path, config: options.RunOptions, point, more: Sequence[str] = ()
) -> None:
    """Writes a folder that is used as a run is.

    Args:
        out: To be made.
        run: Whose files are taken over: what its model knows, and `more`.
        config: Of the new folder.
        point: The `Checkpoint` that it holds.
        more: Names of files.

    Raises:
        CannotCreateError: If the folder cannot be made.
        StorageError: If it cannot be written.
    """
    make_folder(out)
    checkpoint.save(out, point.step, point.arrays, point.meta)
    for name in (*KNOWN, *more):
        if (run / name).exists():
            copyfile(run / name, out / name)
    write_file(out / CONFIG, to_yaml(config, without=options.OF_A_CALL).encode())


if __name__ == "__main__":
    run_script(main)

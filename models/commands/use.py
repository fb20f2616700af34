"""What every use of a trained model has: where the model is, and what it must be."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from models.files import CONFIG, PRESETS, model_name
from tfrnn.errors import MissingInputError, StorageError, UsageError
from tfrnn.export.versions import SAVED_MODEL, newest


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every use has."""

    source: Annotated[Path | None, tyro.conf.arg(name="from")] = None
    """Folder of a run or of an exported model; without it, the preset of the package."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        """Refuses what cannot be; options that add to these go on from here."""


def find(name: str, source: Path | None) -> Path:
    """Returns the folder to use: what --from says, or the preset that ships with the package.

    Of a folder of exports it is the newest.

    Raises:
        MissingInputError: If there is none.
        UsageError: If it holds another model of the zoo.
    """
    folder = newest(source) if source else PRESETS / name
    if source is None and not (folder / CONFIG).exists():
        raise MissingInputError(
            f"{name} has no preset: train one by `python train.py {name}`, then pass --from."
        )
    if is_exported(folder):
        return folder
    if (held := model_name(folder / CONFIG)) != name:
        raise UsageError(
            f"{folder} holds a {held} model: python generate.py {held} --from {folder}"
        )
    return folder


def is_exported(folder: Path) -> bool:
    """Whether a folder is a SavedModel of export.py."""
    return (folder / SAVED_MODEL).exists()


def numbered(path: Path, number: int) -> Path:
    """Returns where the picture of the number-th input goes, from 1: the first as it was named.

    >>> numbered(Path("map.png"), 2).name
    'map-2.png'
    """
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within it a file is written.

    Raises:
        StorageError: If that fails.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error


def write_text(path: Path, text: str) -> None:
    """Writes a file of an evaluation.

    Raises:
        StorageError: If that fails.
    """
    with writing(path):
        path.write_text(text, encoding="utf-8")

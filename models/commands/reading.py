"""Texts to work on: those typed, those of a file, or those of the standard input."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import tyro

from models.commands.use import Options
from tfrnn.errors import MissingInputError, UsageError

CHUNK = 4096  # lines of a file that are read at a time


@dataclass(frozen=True, kw_only=True)
class ReadingOptions(Options):
    """What every use of a model of sentences has."""

    texts: Annotated[tuple[str, ...], tyro.conf.Positional] = ()
    """Texts to read; without any, those of --file or of the standard input, one a line."""
    file: Path | None = None
    """UTF-8 file with a text a line."""

    def __post_init__(self):
        super().__post_init__()
        if self.texts and self.file:
            raise UsageError("texts come from the command line or from --file, not from both.")


def chunks(chosen: ReadingOptions) -> Iterator[tuple[str, ...]]:
    """Yields the texts of the command line, of --file or of the standard input.

    Raises:
        MissingInputError: If the file cannot be read, or no text comes.
    """
    if chosen.texts:
        yield chosen.texts
        return
    lines = _lines_of(chosen.file)
    # Who types wants each answer at once.
    size = 1 if chosen.file is None and sys.stdin.isatty() else CHUNK
    chunk = tuple(islice(lines, size))
    if not chunk:
        raise MissingInputError("no text given: type one, or pass --file or the standard input.")
    while chunk:
        yield chunk
        chunk = tuple(islice(lines, size))


def _lines_of(file: Path | None) -> Iterator[str]:
    """Yields the lines of a file or of the standard input; what is not UTF-8 becomes U+FFFD."""
    try:
        with file.open("rb") if file else sys.stdin.buffer as stream:
            for line in stream:
                yield line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise MissingInputError(f"{file}: cannot be read: {error.strerror}.") from error

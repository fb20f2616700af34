"""Files in the encoding that an option names, and the parts of a data set that names speak of."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tfrnn.data.sources import Document, decode
from tfrnn.errors import DataError, StorageError, UsageError

PARTS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
}
_ADVICE = "save the file as UTF-8 text."


def read_file(path: Path, *, encoding: str = "utf-8") -> Document:
    """Reads a file by the policy of `tfrnn.data.sources`, whatever its encoding.

    Raises:
        DataError: If the file is empty, is not in that encoding, holds NUL or an endless line.
        StorageError: If reading fails.
        UsageError: If there is no such encoding of text.
    """
    try:
        with path.open("rb") as stream:
            lines = stream if _is_utf8(encoding) else _Recoded(stream, encoding)
            return Document(str(path), decode(lines, str(path)))
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}.") from error
    except LookupError as error:
        raise UsageError(
            "--data.encoding must be one that Python knows, such as latin-1 or cp1252, got"
            f" {encoding!r}."
        ) from error
    except DataError as error:
        message = str(error).replace(_ADVICE, f"{_ADVICE[:-1]}, or name its --data.encoding.")
        raise DataError(message) from error
    except UnicodeError as error:
        raise DataError(
            f"{path}: is not {encoding} text; name its right --data.encoding."
        ) from error


def lines_of(document: Document) -> Iterator[tuple[int, str]]:
    """Yields the lines that are not blank, each with its number from 1."""
    lines = enumerate(document.text.split("\n"), 1)
    return ((number, line) for number, line in lines if line.strip())


def blocks(document: Document) -> Iterator[list[tuple[int, str]]]:
    """Yields the lines between blank lines, each line with its number from 1."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(document.text.split("\n"), 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def part_of(name: str) -> str | None:
    """Returns the part that a file's name up to its first full stop speaks of.

    >>> part_of("dev.tsv"), part_of("Train"), part_of("training-notes.txt")
    ('valid', 'train', None)
    """
    return PARTS.get(name.split(".")[0].lower())


def part_folders(folder: Path) -> dict[str, Path]:
    """Returns the folders in a folder that are called as a part is, by the part.

    Raises:
        DataError: If two of them are the same part, such as val and dev.
    """
    parts: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        part = PARTS.get(path.name.lower())
        if part is None or not path.is_dir():
            continue
        if part in parts:
            raise DataError(f"{parts[part]} and {path.name} are the same part; take one away.")
        parts[part] = path
    return parts


def part_within(name: str) -> str | None:
    """Returns the part that one piece of a file's name speaks of, as treebanks have it.

    CoNLL-2003 calls its parts train, testa and testb.

    >>> part_within("xx_mine-ud-dev.conllu"), part_within("eng.testa"), part_within("README")
    ('valid', 'valid', None)
    """
    pieces = re.split(r"[-_.]", name.lower())
    named = {PARTS.get(piece) for piece in pieces} - {None}
    named |= {"valid"} if "testa" in pieces else set()
    named |= {"test"} if "testb" in pieces else set()
    return named.pop() if len(named) == 1 else None


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")


class _Recoded:
    """The lines of a stream in some encoding as lines in UTF-8, which is all that `decode` asks.

    Args:
        stream: Open for reading bytes, at its start.
        encoding: Of the stream.

    Raises:
        LookupError: If there is no such encoding of text.
    """

    def __init__(self, stream: BinaryIO, encoding: str):
        self._text = io.TextIOWrapper(stream, encoding, newline="\n")

    def readline(self, limit: int) -> bytes:
        """Returns a line, cut after `limit` characters."""
        return self._text.readline(limit).encode()

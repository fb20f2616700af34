"""A bijection between characters and ids, and its file."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tfrnn.errors import DataError, MissingInputError, StorageError

VOCABULARY = "vocabulary.txt"  # the file's name in the folder of a run
BOUNDARY = 0
_BOUNDARY_LINE = "-1\tboundary"


@dataclass(frozen=True)
class Vocabulary:
    r"""The characters that a model knows; the i-th of them, from 0, has the id i + 1.

    Id 0 is the boundary: the start and the end of a document. It is no character, so no text
    encodes to it, and decoding drops it.

    Args:
        characters: Distinct single characters, at least one.

    Raises:
        ValueError: If there is no character, one twice, or a string of another length than 1.

    >>> vocabulary = Vocabulary.of(["A2 |", "B2"])
    >>> vocabulary.encode("2B").tolist(), len(vocabulary)
    ([2, 4], 6)
    >>> vocabulary.decode([3, 2, 0])
    'A2'
    """

    characters: tuple[str, ...]

    def __post_init__(self):
        if not self.characters:
            raise ValueError("Vocabulary needs at least one character, got none.")
        if bad := [c for c in self.characters if len(c) != 1]:
            raise ValueError(f"Vocabulary needs single characters, got {bad[0]!r}.")
        if len(set(self.characters)) < len(self.characters):
            raise ValueError("Vocabulary needs distinct characters, got one twice.")

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        """Returns the vocabulary of the characters of all texts, in the order of code points."""
        return cls(tuple(sorted(set().union(*texts))))

    def __len__(self) -> int:
        """Returns how many ids there are: one for each character and one for the boundary."""
        return len(self.characters) + 1

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {character: i for i, character in enumerate(self.characters, 1)}

    @cached_property
    def _table(self) -> np.ndarray:
        return np.array(["", *self.characters], object)

    def unknown(self, text: str) -> tuple[int, str] | None:
        """Returns the offset and the first character that has no id, or None if all have one."""
        return next(((i, c) for i, c in enumerate(text) if c not in self._ids), None)

    def encode(self, text: str) -> np.ndarray:
        """Returns the (length,) int32 ids of a text, without boundaries.

        Raises:
            DataError: If a character has no id; the message names the first and its offset.
        """
        try:
            return np.fromiter(map(self._ids.__getitem__, text), np.int32, len(text))
        except KeyError:
            offset, character = self.unknown(text)
            raise DataError(
                f"Character {character!r} (U+{ord(character):04X}) at offset {offset} is not among"
                f" the {len(self.characters)} characters of the vocabulary."
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """Returns the text of (length,) ids; boundaries drop out.

        Raises:
            ValueError: If an id is not in [0, len(self)).
        """
        ids = np.asarray(ids, np.int64)
        if ids.size and not 0 <= ids.min() <= ids.max() < len(self):
            raise ValueError(f"Ids must be in [0, {len(self)}), got {ids.min()} to {ids.max()}.")
        return "".join(self._table[ids])

    def save(self, path: Path) -> None:
        r"""Writes the vocabulary as an ASCII file in which line n, from 0, belongs to id n.

        A line is a code point in decimal, a tab, and the character as a JSON string for the eye.
        The boundary's line is `-1<TAB>boundary`. A newline character is `10<TAB>"\n"`, so every
        character takes one line, and TensorFlow reads the file into a lookup table:
        `tf.lookup.TextFileInitializer(path, tf.int64, 0, tf.int64, TextFileIndex.LINE_NUMBER)`
        maps the code points that `tf.strings.unicode_decode` gives to ids.
        """
        lines = [_BOUNDARY_LINE, *map(_line, self.characters)]
        Path(path).write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Reads what `save` wrote.

        Raises:
            MissingInputError: If there is no such file.
            DataError: If a line is not what `save` would write; the message names the line.
            StorageError: If reading fails.
        """
        try:
            lines = Path(path).read_bytes().decode("ascii", "replace").split("\n")
        except FileNotFoundError as error:
            raise MissingInputError(f"{path}: no such vocabulary file.") from error
        except OSError as error:
            raise StorageError(f"{path}: cannot be read: {error.strerror}.") from error
        if lines[0] != _BOUNDARY_LINE or lines[-1] or len(lines) < 3:
            raise DataError(
                f"{path}: line 1: a vocabulary starts with the line {_BOUNDARY_LINE!r}, then has"
                " one line for each character and ends with a newline."
            )
        characters: dict[str, None] = {}
        for number, line in enumerate(lines[1:-1], 2):
            character = _character(line)
            if character is None or character in characters:
                raise DataError(
                    f"{path}: line {number}: a code point, a tab and its JSON string, each once,"
                    f" are wanted, got {line!r}."
                )
            characters[character] = None
        return cls(tuple(characters))


def _line(character: str) -> str:
    return f"{ord(character)}\t{json.dumps(character)}"


def _character(line: str) -> str | None:
    """Returns the character of a line of the file, or None if it is not such a line."""
    code = line.partition("\t")[0]
    if not (code.isdecimal() and len(code) <= 7 and int(code) < 0x110000):
        return None
    character = chr(int(code))
    return character if _line(character) == line else None

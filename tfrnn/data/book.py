"""Books: running text as passages of sentences, each of which has neighbours."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tfrnn.data import sources
from tfrnn.errors import DataError

LEAST = 3  # sentences of a passage: one with a neighbour on either side
# After a sign that ends a sentence, and what may close behind it: white space, but behind an
# ideographic one nothing need follow.
_END = re.compile(r"(?<=[.!?…][\"'”’»)\]])\s+|(?<=[.!?…])\s+|(?<=[。！？])(?![”’」』])\s*")
_PARAGRAPH = re.compile(r"\n\s*\n")
_WORD = re.compile(r"\w")


class Passages(NamedTuple):
    """Passages by split: each a list of sentences that follow each other."""

    train: list[list[str]]
    valid: list[list[str]]
    test: list[list[str]]


def sentences(text: str) -> list[str]:
    r"""Cuts a text into sentences: at its paragraphs, and after signs that end one.

    White space within becomes single spaces; what has no letter or digit is left out. An
    abbreviation ends a sentence too, for no rule that is right in every language tells it apart.

    >>> sentences('"Who is there?" she asked.  Nobody\nanswered! \n\nChapter two')
    ['"Who is there?"', 'she asked.', 'Nobody answered!', 'Chapter two']
    """
    found = []
    for paragraph in _PARAGRAPH.split(text):
        pieces = (" ".join(piece.split()) for piece in _END.split(paragraph))
        found += [piece for piece in pieces if _WORD.search(piece)]
    return found


def read_passages(source: str, *, valid: float, test: float) -> Passages:
    """Reads a file or a folder of plain text; each file is a book.

    The end of each book is held out for the test and its start for validation, so that no sentence
    that is scored stands between two that are trained on.

    Args:
        source: A UTF-8 file, a folder of such, or `tfds:NAME` with texts.
        valid: Share of the sentences of each book, its start.
        test: Share of them, its end.

    Raises:
        MissingInputError: If there is no such source.
        DataError: If a split has no passage of three sentences.
    """
    parts: tuple[list[list[str]], ...] = ([], [], [])
    for document in sources.read(source):
        found = sentences(document.text)
        start, end = round(len(found) * valid), round(len(found) * (1 - test))
        for part, passage in zip(parts, (found[start:end], found[:start], found[end:])):
            if len(passage) >= LEAST:
                part.append(passage)
    for part, name in zip(parts, ("training", "validation", "test")):
        if not part:
            raise DataError(
                f"{source}: no passage of {LEAST} sentences for {name}; give more text."
            )
    return Passages(*parts)


def neighbours(passages: Iterable[Sequence[str]]) -> tuple[list[str], list[int]]:
    """Returns all sentences in a row, and the places of those with a neighbour on either side.

    >>> neighbours([["a", "b", "c", "d"], ["x", "y", "z"]])
    (['a', 'b', 'c', 'd', 'x', 'y', 'z'], [1, 2, 5])
    """
    row: list[str] = []
    places: list[int] = []
    for passage in passages:
        places += range(len(row) + 1, len(row) + len(passage) - 1)
        row += passage
    return row, places

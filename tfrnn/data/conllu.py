"""Sentences out of CoNLL-U, the form of Universal Dependencies' treebanks.

https://universaldependencies.org/format.html: a word a line in ten columns with tabs between them,
a blank line after each sentence.
"""

import re

from tfrnn.data.examples import Refusals, Row, TaggedSentence, one_word, shortened
from tfrnn.data.files import blocks, lines_of
from tfrnn.data.sources import Document
from tfrnn.errors import DataError

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_NO_WORD = re.compile(r"[0-9]+[-.][0-9]+")  # a range such as 3-4 (don't), an empty node such as 5.1


def is_conllu(document: Document) -> bool:
    """Returns whether the first line that is no comment is one of CoNLL-U."""
    lines = (line for _, line in lines_of(document) if not line.startswith("#"))
    cells = next(lines, "").split("\t")
    return len(cells) == len(COLUMNS) and re.match("[0-9]", cells[0]) is not None


def read_conllu(document: Document, refusals: Refusals, *, column: str) -> list[Row]:
    """Reads words and one of their columns; ranges, empty nodes and comments are left out.

    Args:
        document: The CoNLL-U.
        refusals: Takes sentences with a line that cannot be.
        column: One of COLUMNS; "_" is a value of feats and deprel, but no tag of upos and xpos.

    Raises:
        DataError: If `refusals` says so.
    """
    rows = []
    for block in blocks(document):
        lines = [(number, line) for number, line in block if not line.startswith("#")]
        try:
            words, tags = _read_lines(lines, document.name, column)
        except DataError as error:
            refusals.add(str(error))
        else:
            if words:
                rows.append(Row(TaggedSentence(words, tags), f"{document.name} line {lines[0][0]}"))
    return rows


def _read_lines(
    lines: list[tuple[int, str]], name: str, column: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words: list[str] = []
    tags: list[str] = []
    for number, line in lines:
        where = f"{name} line {number}"
        values = line.split("\t")
        cells = dict(zip(COLUMNS, values))
        if len(values) != len(COLUMNS):
            raise DataError(
                f"{where}: {len(values)} column{'s' * (len(values) > 1)}, expected {len(COLUMNS)}"
                f" ({' '.join(COLUMNS).upper()}). Put one tab between columns"
            )
        if _NO_WORD.fullmatch(cells["id"]):
            continue
        wanted = str(len(words) + 1)
        if cells["id"] != wanted:
            raise DataError(
                f"{where}: the id {shortened(cells['id'])} is not {wanted}. Number words from 1 and"
                " end sentences by a blank line"
            )
        word, tag = one_word(cells["form"]), one_word(cells[column])
        if not word:
            raise DataError(f"{where}: the form is empty. Write the word into column 2")
        if not tag or (tag == "_" and column in ("upos", "xpos")):
            raise DataError(f"{where}: no {column} for {shortened(word)}. Write its tag")
        words.append(word)
        tags.append(tag)
    return tuple(words), tuple(tags)

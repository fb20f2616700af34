"""Sentences out of columns: a word and its tag a line, a blank line after each sentence.

With more columns the first is the word and the last its tag, as in the files of the shared task
CoNLL-2003, https://aclanthology.org/W03-0419.
"""

from tfrnn.data.examples import Refusals, Row, TaggedSentence, one_word
from tfrnn.data.files import blocks
from tfrnn.data.sources import Document
from tfrnn.errors import DataError

_BETWEEN_DOCUMENTS = "-DOCSTART-"


def read_columns(document: Document, refusals: Refusals) -> list[Row]:
    """Reads words and tags; lines that begin with -DOCSTART- are no words.

    Columns are parted by tabs if a line has any, else by spaces, and every line has as many as the
    first.

    Args:
        document: The columns.
        refusals: Takes sentences with a line that cannot be.

    Raises:
        DataError: If the first line has one column only, or `refusals` says so.
    """
    rows: list[Row] = []
    count = 0
    for block in blocks(document):
        lines = [(i, line) for i, line in block if not line.startswith(_BETWEEN_DOCUMENTS)]
        if not lines:
            continue
        where = f"{document.name} line {lines[0][0]}"
        if not count and (count := len(_cells(lines[0][1]))) < 2:
            raise DataError(f"{where}: one column; a word, a tab or space, and its tag are wanted.")
        try:
            words, tags = zip(*(_word_and_tag(line, i, document.name, count) for i, line in lines))
        except DataError as error:
            refusals.add(str(error))
        else:
            rows.append(Row(TaggedSentence(words, tags), where))
    return rows


def _word_and_tag(line: str, number: int, name: str, count: int) -> tuple[str, str]:
    cells = _cells(line)
    if len(cells) != count:
        raise DataError(
            f"{name} line {number}: {len(cells)} column{'s' * (len(cells) > 1)}, expected {count}"
            " as in the first line. Put a tab or space between columns"
        )
    word, tag = one_word(cells[0]), one_word(cells[-1])
    if not (word and tag):
        raise DataError(f"{name} line {number}: an empty {'tag' if word else 'word'}. Fill it in")
    return word, tag


def _cells(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else [cell for cell in line.split(" ") if cell]

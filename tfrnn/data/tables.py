"""Labelled texts out of CSV (RFC 4180) and TSV: `text,label` a row, with or without a header."""

import csv
import io
from collections.abc import Iterator, Sequence

from tfrnn.data.examples import Example, Found, Refusals, Row
from tfrnn.data.options import LabelledOptions
from tfrnn.data.sources import MAX_LINE_BYTES, Document
from tfrnn.errors import DataError

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_NAMES = {",": "CSV", "\t": "TSV"}
_SIGNS = {",": "comma", "\t": "tab"}
# A first row of such words alone is a header, but of which columns only the user can say.
_TITLES = {
    *("body", "category", "class", "comment", "content", "headline", "id", "index", "intent"),
    *("label", "labels", "message", "name", "number", "query", "question", "review", "sentence"),
    *("sentiment", "source", "split", "subject", "tag", "target", "text", "title", "topic"),
    *("tweet", "utterance"),
}


def read_table(
    document: Document, options: LabelledOptions, refusals: Refusals, *, separator: str
) -> Found:
    """Reads the rows of a table.

    A first row that names both columns, whatever the case, is a header; other columns may stand
    beside them. Without a header there are two columns, the text and the label. Blank lines are no
    rows.

    Args:
        document: The table.
        options: The names of the columns, and whether cells may be quoted.
        refusals: Takes rows with a wrong number of columns and rows on one line that are misquoted.
        separator: Between columns.

    Raises:
        DataError: If the first row is a header without these columns, a quotation that spans lines
            is wrong, or `refusals` says so.
    """
    table = _cells(document, refusals, separator, options.quotes)
    line, first = table[0]
    columns = _columns(first, f"{document.name} line {line}", options)
    text, label = columns or (0, 1)
    titles = first if columns else [options.text_column, options.label_column]
    rows = []
    for line, cells in table[1:] if columns else table:
        where = f"{document.name} line {line}"
        if len(cells) == len(titles):
            rows.append(Row(Example(cells[text], cells[label]), where))
        else:
            refusals.add(f"{where}: {_wrong_count(cells, titles, separator)}")
    header = "with a header" if columns else "without a header"
    return Found(f"{_NAMES[separator]} {header}", {"train": rows})


def _wrong_count(cells: Sequence[str], titles: Sequence[str], separator: str) -> str:
    sign = _SIGNS[separator]
    count = f"{len(cells)} column{'s' * (len(cells) > 1)}"
    expected = f"expected {len(titles)} ({','.join(titles)})"
    if len(cells) < len(titles):
        return f"{count}, {expected}. Put a {sign} between columns"
    return f"{count}, {expected}. Quote texts that contain {sign}s"


def _columns(cells: Sequence[str], where: str, options: LabelledOptions) -> tuple[int, int] | None:
    """Returns where text and label stand if the row is a header, or None if it is not."""
    wanted = [options.text_column.casefold(), options.label_column.casefold()]
    titles = [cell.strip().casefold() for cell in cells]
    if sorted(title for title in titles if title in wanted) == sorted(wanted):
        return titles.index(wanted[0]), titles.index(wanted[1])
    if any(title in wanted for title in titles) or wanted != ["text", "label"]:
        names = f"one column {options.text_column} and one {options.label_column}"
    elif set(titles) <= _TITLES:
        names = "which of them are text and label"
    else:
        return None
    raise DataError(
        f"{where}: the columns {', '.join(cells)} do not say {names}; name them by"
        " --data.text-column and --data.label-column."
    )


def _cells(
    document: Document, refusals: Refusals, separator: str, quotes: bool
) -> list[tuple[int, list[str]]]:
    """Returns the rows that are not blank, each with the number of its first line."""
    limit = csv.field_size_limit(MAX_LINE_BYTES)  # of the whole process, so it is put back
    try:
        rows = list(_parse(document, refusals, separator, quotes))
    finally:
        csv.field_size_limit(limit)
    if not rows:
        raise DataError(f"{document.name}: no row can be read.")
    return rows


def _parse(
    document: Document, refusals: Refusals, separator: str, quotes: bool
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(
        io.StringIO(document.text, newline="\n"),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            message = (
                f"{document.name} line {line}: {error}. Write a quotation mark inside quotes twice,"
                " or pass --data.no-quotes to take the marks as they are"
            )
            if reader.line_num > line:  # it may have swallowed hundreds of good rows
                raise DataError(f"{message}.") from error
            refusals.add(message)
            continue
        if cells is None:
            return
        if cells:
            yield line, cells

"""Labelled texts out of JSON: a list, lists by part as CLINC150 has them, or a row a line.

CLINC150 is Larson et al. 2019, "An evaluation dataset for intent classification and out-of-scope
prediction", https://aclanthology.org/D19-1131; its file holds train, val and test, and oos_train,
oos_val and oos_test with the texts that belong to no intent.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tfrnn.data.examples import Example, Found, Refusals, Row, shortened
from tfrnn.data.files import PARTS, lines_of
from tfrnn.data.options import LabelledOptions
from tfrnn.data.sources import Document
from tfrnn.errors import DataError

_OOS = "oos_"
# What JSON can escape though no UTF-8 text holds it: NUL, and halves of surrogate pairs.
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")


def read_json(document: Document, options: LabelledOptions, refusals: Refusals) -> Found:
    """Reads JSON: a list of rows, lists of rows by part, or one row a line.

    A row is an object with a text and a label, or a list of these two. A label may be a number.

    Args:
        document: The JSON.
        options: The keys of text and label, and the label of the rows in lists named oos_.
        refusals: Takes rows of another form.

    Raises:
        DataError: If it is no JSON, if it has another form, or if `refusals` says so.
    """
    try:
        content = _parse(document.text)
    except ValueError as error:
        if _is_json(next(lines_of(document))[1]):
            return read_json_lines(document, options, refusals)
        raise DataError(f"{document.name}: is not JSON: {error}.") from error
    if isinstance(content, list):
        items = ((f"{document.name} item {i}", item) for i, item in enumerate(content, 1))
        return Found("JSON", {"train": [*_rows(items, options, refusals)]})
    return Found("JSON by parts", _parts(content, document.name, options, refusals))


def read_json_lines(document: Document, options: LabelledOptions, refusals: Refusals) -> Found:
    """Reads a row of JSON a line; blank lines are no rows.

    Raises:
        DataError: If `refusals` says so.
    """
    items = []
    for number, line in lines_of(document):
        where = f"{document.name} line {number}"
        try:
            items.append((where, _parse(line)))
        except ValueError as error:
            refusals.add(f"{where}: is not JSON: {error}. Write one object a line")
    return Found("JSON lines", {"train": [*_rows(items, options, refusals)]})


def _parts(
    content: Any, name: str, options: LabelledOptions, refusals: Refusals
) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = {}
    for key, values in content.items() if isinstance(content, dict) else ():
        part = PARTS.get(key.removeprefix(_OOS))
        if part is None or not isinstance(values, list):
            raise DataError(
                f"{name}: {shortened(key)} is not the list of a part; there may be lists called"
                f" {', '.join(PARTS)}, and the same with {_OOS} before them."
            )
        items = ((f"{name} {key} item {i}", item) for i, item in enumerate(values, 1))
        rows = _rows(items, options, refusals)
        if key.startswith(_OOS) and options.oos_label:
            rows = (Row(Example(row.example.text, options.oos_label), row.where) for row in rows)
        parts.setdefault(part, []).extend(rows)
    if "train" not in parts:
        raise DataError(f'{name}: a list of rows, or an object with a list "train", is wanted.')
    return parts


def _rows(
    items: Iterable[tuple[str, Any]],
    options: LabelledOptions,
    refusals: Refusals,
) -> Iterator[Row]:
    """Yields the rows among `items`, which are places and values, that have a text and a label."""
    keys = [options.text_column, options.label_column]
    for where, value in items:
        pair = [value.get(key) for key in keys] if isinstance(value, dict) else value
        text, label = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
        if isinstance(label, int):
            label = json.dumps(label)
        if not (isinstance(text, str) and isinstance(label, str)):
            found = shortened(json.dumps(value, ensure_ascii=False))
            refusals.add(
                f"{where}: {found} is not a text and a label;"
                f' write {{"{keys[0]}": "...", "{keys[1]}": "..."}} or ["...", "..."]'
            )
        elif _NO_TEXT.search(text + label):
            refusals.add(f"{where}: NUL, or half of a surrogate pair, which no text holds; mend it")
        else:
            yield Row(Example(text, label), where)


def _parse(text: str) -> Any:
    """Returns what JSON stands for.

    Raises:
        ValueError: If it is no JSON.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _is_json(text: str) -> bool:
    try:
        _parse(text)
    except ValueError:
        return False
    return True

"""Labelled texts of TensorFlow data sets that stand prepared on the disk."""

import io
from collections.abc import Iterator
from typing import Any

from tfrnn.data.examples import Example, Found, Refusals, Row
from tfrnn.data.files import PARTS
from tfrnn.data.options import LabelledOptions
from tfrnn.data.sources import decode
from tfrnn.data.tfds import check_prepared, examples, open_prepared
from tfrnn.errors import DataError

_SENTENCE = "sentence"  # what GLUE's data sets call the text


def read_prepared(name: str, options: LabelledOptions, refusals: Refusals) -> Found:
    """Reads the splits train, validation and test of a data set, those of them with labels.

    Args:
        name: Of the data set, with its configuration if it has several: "glue/sst2".
        options: The names of the features; a text may be called sentence too.
        refusals: Takes texts that are empty or no UTF-8.

    Raises:
        MissingInputError: If there is no such data set, or no tfds.
        DataError: If it has no such features or no training split, or `refusals` says so.
        StorageError: If it has not been prepared; the message says by what command.
    """
    builder = open_prepared(name)
    features = builder.info.features
    text, label = options.text_column, options.label_column
    if text not in features and text == "text":
        text = _SENTENCE
    if text not in features or label not in features:
        raise DataError(
            f"tfds:{name}: features called {options.text_column} and {label} are needed, there are"
            f" {', '.join(features)}; --data.text-column and --data.label-column name others."
        )
    check_prepared(builder, name)
    parts, notes = {}, []
    for split in builder.info.splits:
        rows = [*_rows(builder, split, (text, label), refusals)] if split in PARTS else []
        if any(row.example.label for row in rows):
            parts[PARTS[split]] = rows
        else:
            notes.append(f"{split} has no labels" if split in PARTS else f"{split} not read")
    if "train" not in parts:
        raise DataError(f"tfds:{name}: no split train with labels.")
    return Found("TensorFlow data set", parts, tuple(notes))


def _rows(builder: Any, split: str, features: tuple[str, str], refusals: Refusals) -> Iterator[Row]:
    """Yields the rows of a split; what has no label, -1 in tfds, has an empty one."""
    text, label = features
    name_of = getattr(builder.info.features[label], "int2str", None)
    for where, example in examples(builder, split):
        value = example[label]
        if name_of is not None:
            value = name_of(int(value)) if value >= 0 else ""
        value = value.decode() if isinstance(value, bytes) else str(value)
        try:
            yield Row(Example(decode(io.BytesIO(example[text]), where), value), where)
        except DataError as error:
            refusals.add(str(error).removesuffix("."))

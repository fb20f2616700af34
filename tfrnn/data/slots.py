"""Parallel files of sentences: seq.in, seq.out and label, a line each for every sentence.

The form of SNIPS and ATIS in Goo et al. 2018, "Slot-gated modeling for joint slot filling and
intent prediction", https://aclanthology.org/N18-2118.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tfrnn.data.examples import Example, Found, Refusals, Row, TaggedSentence, one_word
from tfrnn.data.files import part_folders, read_file
from tfrnn.errors import DataError, MissingInputError

WORDS, TAGS, LABELS = "seq.in", "seq.out", "label"


def is_slots(folder: Path) -> bool:
    """Returns whether a folder holds sentences, or parts that do."""
    return (folder / WORDS).is_file() or bool(_folders(folder))


def read_intents(folder: Path, *, encoding: str) -> Found:
    """Reads sentences and labels and leaves the tags aside.

    Raises:
        DataError: If files of one folder have unequal lengths.
        MissingInputError: If a file is missing.
    """
    parts = {
        part: [Row(Example(text, label), where) for where, (text, label) in lines]
        for part, lines in _parts(folder, (WORDS, LABELS), encoding)
    }
    return Found(f"{WORDS} and {LABELS}", parts)


def read_slots(folder: Path, refusals: Refusals, *, encoding: str) -> Found:
    """Reads words and tags, and labels where there is such a file.

    Args:
        folder: With the files, or with folders train, valid and test of them.
        refusals: Takes lines with another number of words than of tags.
        encoding: Of the files.

    Raises:
        DataError: If files of one folder have unequal lengths, or `refusals` says so.
        MissingInputError: If a file is missing.
    """
    labelled = bool([*folder.glob(LABELS), *folder.glob(f"*/{LABELS}")])
    names = (WORDS, TAGS, LABELS) if labelled else (WORDS, TAGS)
    parts: dict[str, list[Row]] = {}
    for part, lines in _parts(folder, names, encoding):
        rows = parts.setdefault(part, [])
        for where, (line, tag_line, *label) in lines:
            words, tags = _cut(line), _cut(tag_line)
            if len(words) != len(tags):
                refusals.add(
                    f"{where}: {len(words)} words, but {len(tags)} tags in the same line of {TAGS};"
                    " write one for each"
                )
            elif not words:
                refusals.add(f"{where}: no word; write a sentence")
            elif labelled and not label[0].strip():
                refusals.add(f"{where}: no label in the same line of {LABELS}; write one")
            else:
                rows.append(Row(TaggedSentence(words, tags, *map(one_word, label)), where))
    return Found(" and ".join(names), parts)


def _folders(folder: Path) -> dict[str, Path]:
    inner = part_folders(folder).items()
    return {part: path for part, path in inner if (path / WORDS).is_file()}


def _parts(
    folder: Path, names: Sequence[str], encoding: str
) -> Iterator[tuple[str, list[tuple[str, tuple[str, ...]]]]]:
    """Yields each part's name and its sentences: the place, and the line of each file."""
    folders = {"train": folder} if (folder / WORDS).is_file() else _folders(folder)
    if "train" not in folders:
        raise MissingInputError(f"{folder}: no folder train with a file {WORDS} in it.")
    for part, inner in folders.items():
        yield part, _parallel(inner, names, encoding)


def _parallel(
    folder: Path, names: Sequence[str], encoding: str
) -> list[tuple[str, tuple[str, ...]]]:
    columns = []
    for name in names:
        if not (folder / name).is_file():
            raise MissingInputError(f"{folder / name}: no such file beside {WORDS}.")
        text = read_file(folder / name, encoding=encoding).text
        columns.append(text.rstrip("\n").split("\n"))
        if len(columns[-1]) != len(columns[0]):
            shorter = min(len(columns[-1]), len(columns[0]))
            raise DataError(
                f"{folder / name} has {len(columns[-1]):,} lines, {folder / names[0]} has"
                f" {len(columns[0]):,}: line {shorter + 1} stands in one of them only."
            )
    places = (f"{folder / WORDS} line {number}" for number in range(1, len(columns[0]) + 1))
    return list(zip(places, zip(*columns)))


def _cut(line: str) -> tuple[str, ...]:
    """Returns the words between spaces and tabs; no other white space parts words here."""
    return tuple(one_word(word) for word in line.replace("\t", " ").split(" ") if word.strip())

"""Labelled texts out of folders without a table: a label a file, a text a file, or SST's files.

The second is the form of Maas et al. 2011, "Learning word vectors for sentiment analysis",
https://aclanthology.org/P11-1015 (aclImdb), the third that of the Stanford Sentiment Treebank's
sentences (Socher et al. 2013, https://aclanthology.org/D13-1170) in files stsa.*.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tfrnn.data.examples import Example, Found, Refusals, Row, shortened
from tfrnn.data.files import PARTS, lines_of, part_folders, part_of, read_file
from tfrnn.data.sources import Document
from tfrnn.errors import DataError

_UNLABELLED = "unsup"  # aclImdb's texts without a label
_ABOUT = ("readme", "license", "licence", "copying")  # texts about the data, not of them
SST = "stsa."
_SENTIMENTS = {
    "binary": ("negative", "positive"),
    "fine": ("very negative", "negative", "neutral", "positive", "very positive"),
}


def is_texts(folder: Path) -> bool:
    """Returns whether a folder, or folders of parts in it, hold texts by label."""
    return any(_label_folders(inner) or _label_files(inner) for inner in _parts(folder).values())


def read_texts(folder: Path, refusals: Refusals, *, encoding: str) -> Found:
    """Reads folders that are labels with a text a file, or .txt files that are labels.

    These stand in the folder itself or in folders train, valid and test of it. A file with the name
    of a label has a text a line. Files called README or LICENSE are no labels, and a folder unsup
    holds no labelled texts.

    Raises:
        DataError: If a file is no text and `refusals` does not take it.
    """
    parts, forms, notes = {}, set(), []
    for part, inner in _parts(folder).items():
        if folders := _label_folders(inner):
            forms.add("a text a file")
            parts[part] = [*_texts(folders, refusals, encoding)]
            if strays := len(_label_files(inner)):
                notes.append(f"{strays} .txt files beside the folders of {inner} not read")
            if (inner / _UNLABELLED).is_dir():
                notes.append(f"{inner / _UNLABELLED} not read")
        else:
            forms.add("a label a file")
            parts[part] = [*_lines(_label_files(inner), encoding)]
    return Found(" and ".join(sorted(forms)), parts, tuple(notes))


def find_sst(path: Path) -> dict[str, list[Path]]:
    """Returns the files of SST, by kind, that a path names: a folder, a file, or their beginning.

    >>> find_sst(Path("nowhere/stsa.fine"))
    {}
    """
    names = f"{SST}*.*" if path.is_dir() else f"{path.name}*"
    if not names.startswith(SST):
        return {}
    found = sorted((path if path.is_dir() else path.parent).glob(names))
    kinds = {kind: [file for file in found if _kind(file) == kind] for kind in _SENTIMENTS}
    return {kind: files for kind, files in kinds.items() if files}


def read_sst(kinds: dict[str, list[Path]], refusals: Refusals, *, encoding: str) -> Found:
    """Reads `0 what a dull film` a line: of both kinds the binary one, and labels as words.

    Args:
        kinds: What `find_sst` returns, not empty.
        refusals: Takes lines with another label.
        encoding: Of the files. A file that is none such is read as latin-1, and the notes say so.

    Raises:
        DataError: If there is no file of the training part, or `refusals` says so.
    """
    kind = next(iter(kinds))
    parts: dict[str, list[Row]] = {}
    notes = []
    for path in kinds[kind]:
        try:
            document = read_file(path, encoding=encoding)
        except DataError:
            document = read_file(path, encoding="latin-1")
            notes.append(f"{path.name} read as latin-1")
        part = PARTS.get(path.suffix[1:], path.name)
        parts[part] = [*_sentiments(document, _SENTIMENTS[kind], refusals)]
    if len(parts) == 1:  # one file was asked for
        parts = {"train": parts.popitem()[1]}
    if "train" not in parts or parts.keys() - set(PARTS.values()):
        raise DataError(
            f"{path.parent}: {SST}{kind}.train, .dev and .test are wanted, found"
            f" {', '.join(file.name for file in kinds[kind])}."
        )
    return Found(f"SST, {kind}", parts, tuple(notes))


def _kind(path: Path) -> str:
    return path.name.removeprefix(SST).split(".")[0]


def _sentiments(document: Document, labels: tuple[str, ...], refusals: Refusals) -> Iterator[Row]:
    known = {str(number): label for number, label in enumerate(labels)}
    for number, line in lines_of(document):
        digit, _, text = line.partition(" ")
        where = f"{document.name} line {number}"
        if digit in known:
            yield Row(Example(text, known[digit]), where)
        else:
            wanted = f"a number from 0 to {len(labels) - 1}"
            refusals.add(
                f"{where}: {shortened(digit)} is no label; begin with {wanted} and a space"
            )


def _parts(folder: Path) -> dict[str, Path]:
    """Returns the folders of the parts if one is for training, else the folder as that."""
    parts = part_folders(folder)
    return parts if "train" in parts else {"train": folder}


def _label_folders(folder: Path) -> list[Path]:
    inner = sorted(path for path in folder.iterdir() if path.is_dir())
    labels = [path for path in inner if path.name != _UNLABELLED and path.name[0] not in "._"]
    return [path for path in labels if _files(path)]


def _label_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.txt"))
    return [path for path in files if not path.stem.lower().startswith(_ABOUT)]


def _files(folder: Path) -> list[Path]:
    """Returns the files that are texts: .txt, or without a suffix as in 20 Newsgroups."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".txt", ""))
    return [path for path in files if path.is_file() and not path.name.startswith(".")]


def _texts(folders: Iterable[Path], refusals: Refusals, encoding: str) -> Iterator[Row]:
    for folder in folders:
        for path in _files(folder):
            try:
                text = read_file(path, encoding=encoding).text
            except DataError as error:
                refusals.add(str(error).removesuffix("."))
            else:
                yield Row(Example(text, folder.name), str(path))


def _lines(files: Iterable[Path], encoding: str) -> Iterator[Row]:
    for path in files:
        if part_of(path.name):
            raise DataError(
                f"{path}: here a .txt file holds the texts of one label; write parts as .csv, .tsv"
                " or .jsonl."
            )
        document = read_file(path, encoding=encoding)
        for number, line in lines_of(document):
            yield Row(Example(line, path.stem), f"{path} line {number}")

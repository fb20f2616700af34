"""Where text comes from: a file, a folder, music21's ABC corpora, a TensorFlow data set.

One policy holds for all of them. Text is strict UTF-8; a byte order mark at the start is dropped;
CRLF and lone CR become a newline; a NUL byte and invalid UTF-8 are refused with the file, line and
byte offset; every other character, U+2028 and its like included, is kept as it is.
"""

import importlib.util
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tfrnn.data.tfds import check_prepared, examples, open_prepared
from tfrnn.errors import DataError, MissingInputError, StorageError

SUFFIXES = (".abc", ".txt")
MAX_LINE_BYTES = 64 * 2**20


class Document(NamedTuple):
    """One text and the name by which messages speak of it."""

    name: str
    text: str


def read(source: str) -> list[Document]:
    """Reads every document of a source.

    Args:
        source: A file; a folder, whose .abc and .txt files are read in the order of their paths;
            `music21:NAME`, the ABC files of a corpus inside the installed music21 package, such as
            `music21:oneills1850`; or `tfds:NAME`, the texts of a prepared TensorFlow data set,
            such as `tfds:tiny_shakespeare`.

    Raises:
        MissingInputError: If there is no such file, folder, corpus or data set.
        DataError: If a document is empty, is not UTF-8 text, or has a line of more than 64 MB.
        StorageError: If reading fails, or a data set of tfds has not been prepared.
    """
    scheme, _, name = source.partition(":")
    if scheme in _SCHEMES:
        return _SCHEMES[scheme](name)
    path = Path(source)
    if path.is_file():
        return [_read_file(path, str(path))]
    if path.is_dir():
        return _read_folder(path)
    raise MissingInputError(
        f"{source}: no such file or folder; a source is a path, music21:NAME or tfds:NAME."
    )


def decode(stream: BinaryIO, name: str) -> str:
    r"""Returns the text of a byte stream by the policy of this module.

    Reads a line at a time, so that a line beyond 64 MB is refused before it fills the memory.

    Args:
        stream: Open for reading bytes, at its start.
        name: What a message calls the stream.

    Raises:
        DataError: If a byte cannot stay, a line is too long, or nothing but white space is there.

    >>> decode(io.BytesIO(b"\xef\xbb\xbfone\r\ntwo\r"), "notes.txt")
    'one\ntwo\n'
    """
    lines: list[str] = []
    offset = 0
    for raw in iter(lambda: stream.readline(MAX_LINE_BYTES + 1), b""):
        if len(raw) > MAX_LINE_BYTES:
            raise DataError(
                f"{name}: line {_line_after(lines)}, which starts at byte {offset}, is longer"
                f" than {MAX_LINE_BYTES} bytes: this is not a text in lines."
            )
        lines.append(_decode_line(raw, name, offset, lines))
        offset += len(raw)
    text = _newlines("".join(lines).removeprefix("\ufeff"))
    if not text.strip():
        raise DataError(f"{name}: empty: at least one character that is not white space is needed.")
    return text


def _decode_line(raw: bytes, name: str, offset: int, before: list[str]) -> str:
    """Returns `raw`, which starts at byte `offset` after the lines `before`, as text."""
    bad = raw.find(b"\0")
    rule = "is NUL, which no text holds"
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if bad < 0 or error.start < bad:
            bad, rule = error.start, f"(0x{raw[error.start]:02x}) is not valid UTF-8"
    if bad < 0:
        return text
    line = _line_after([*before, raw[:bad].decode("utf-8")])
    raise DataError(
        f"{name}: line {line}: byte {offset + bad} {rule}; save the file as UTF-8 text."
    )


def _line_after(lines: list[str]) -> int:
    return _newlines("".join(lines)).count("\n") + 1


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_file(path: Path, name: str) -> Document:
    try:
        with path.open("rb") as stream:
            return Document(name, decode(stream, name))
    except OSError as error:
        raise StorageError(f"{name}: cannot be read: {error.strerror}.") from error


def _read_folder(folder: Path) -> list[Document]:
    paths = sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    if not paths:
        raise MissingInputError(f"{folder}: no {' or '.join(SUFFIXES)} file in this folder.")
    return [_read_file(path, str(path)) for path in paths]


def _read_music21(name: str) -> list[Document]:
    """Reads a corpus from the installed package's folder; importing music21 would take seconds."""
    spec = importlib.util.find_spec("music21")
    if spec is None:
        raise MissingInputError(
            f"music21:{name}: music21 is not installed; pip install music21 brings its corpora."
        )
    root = Path(spec.submodule_search_locations[0]) / "corpus"
    known = sorted({path.relative_to(root).parts[0] for path in root.glob("*/**/*.abc")})
    if name not in known:
        raise MissingInputError(
            f"music21:{name}: no such corpus of ABC files; there are {', '.join(known)}."
        )
    paths = sorted((root / name).rglob("*.abc"))
    return [_read_file(path, f"music21:{path.relative_to(root).as_posix()}") for path in paths]


def _read_tfds(name: str) -> list[Document]:
    """Reads the `text` feature of every split, in the data set's own order of splits."""
    builder = open_prepared(name)
    if "text" not in builder.info.features:
        features = ", ".join(builder.info.features)
        raise DataError(f"tfds:{name}: a feature called text is needed, there are {features}.")
    check_prepared(builder, name)
    return [document for split in builder.info.splits for document in _split(builder, split)]


def _split(builder, split: str) -> Iterator[Document]:
    for name, example in examples(builder, split):
        yield Document(name, decode(io.BytesIO(example["text"]), name))


_SCHEMES: dict[str, Callable[[str], list[Document]]] = {
    "music21": _read_music21,
    "tfds": _read_tfds,
}

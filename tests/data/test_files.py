"""Files in any encoding, and what their names say."""

import io
import re

import pytest

from tfrnn.data import sources
from tfrnn.data.files import (
    _Recoded,
    blocks,
    lines_of,
    part_folders,
    part_of,
    part_within,
    read_file,
)
from tfrnn.data.sources import Document
from tfrnn.errors import DataError, StorageError, UsageError

TEXT = "Zoë,naïve\n“q”,ö\n"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "cp1252", "utf-16", "utf-8-sig", "gb18030"])
def test_a_file_in_the_encoding_that_is_named(tmp_path, encoding):
    (tmp_path / "a.csv").write_bytes(TEXT.replace("\n", "\r\n").encode(encoding))
    assert read_file(tmp_path / "a.csv", encoding=encoding).text == TEXT


def test_another_encoding_is_named_with_its_line_and_the_way_out(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"one\ntwo\xe9\n")
    with pytest.raises(DataError) as failure:
        read_file(tmp_path / "a.csv")
    assert str(failure.value) == (
        f"{tmp_path / 'a.csv'}: line 2: byte 7 (0xe9) is not valid UTF-8; save the file as UTF-8"
        " text, or name its --data.encoding."
    )


@pytest.mark.parametrize(
    ("raw", "encoding", "message"),
    [
        (b"one\n\x81", "cp1252", "is not cp1252 text; name its right --data.encoding."),
        (b"one\n\0", "latin-1", "line 2: byte 4 is NUL"),
        (b"one\0", "utf-8", "line 1: byte 3 is NUL"),
        (b" \n", "latin-1", "empty"),
        (b"", "utf-8", "empty"),
        (b"+2AA-", "utf-7", "is not utf-7 text"),
    ],
)
def test_bytes_that_cannot_be_text(tmp_path, raw, encoding, message):
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(DataError, match=re.escape(f"a.csv: {message}")) as failure:
        read_file(tmp_path / "a.csv", encoding=encoding)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("encoding", ["klingon", "base64", "utf-9", ""])
def test_an_encoding_that_is_none(tmp_path, encoding):
    (tmp_path / "a.csv").write_text("one")
    with pytest.raises(UsageError, match=rf"^--data\.encoding must be .* got '{encoding}'\.$"):
        read_file(tmp_path / "a.csv", encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_an_endless_line_is_refused(tmp_path, monkeypatch, encoding):
    monkeypatch.setattr(sources, "MAX_LINE_BYTES", 100)
    (tmp_path / "a.csv").write_text("one\n" + 500 * "a")
    with pytest.raises(DataError, match="line 2, which starts at byte 4, is longer than 100 bytes"):
        read_file(tmp_path / "a.csv", encoding=encoding)


def test_a_line_is_recoded_no_further_than_wanted():
    lines = _Recoded(io.BytesIO(500 * b"\xe9"), "latin-1")
    assert lines.readline(3) == 3 * "é".encode()


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(StorageError, match=r"gone\.csv: cannot be read: No such file"):
        read_file(tmp_path / "gone.csv")


def test_only_a_newline_ends_a_line():
    document = Document("a", "one\u2028still\x0bone\n\n \t\ntwo\x1c\x85")
    assert [*lines_of(document)] == [(1, "one\u2028still\x0bone"), (4, "two\x1c\x85")]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("a\nb\n\n\n\nc\n", [[1, 2], [6]]), ("\na\n \t\nb", [[2], [4]]), ("\n\n", [])],
)
def test_blank_lines_part_blocks(text, numbers):
    assert [[number for number, _ in block] for block in blocks(Document("a", text))] == numbers


@pytest.mark.parametrize(
    ("name", "part"),
    [("train.csv", "train"), ("Val.tsv", "valid"), ("TEST", "test"), ("testing.csv", None)],
)
def test_whole_names_of_parts(name, part):
    assert part_of(name) == part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("xx_a-ud-train.conllu", "train"),
        ("de_b-ud-train-c-1.conllu", "train"),
        ("eng.testa", "valid"),
        ("eng.testb", "test"),
        ("dev.txt", "valid"),
        ("latest.txt", None),
        ("train-test.txt", None),
    ],
)
def test_names_of_parts_within_names(name, part):
    assert part_within(name) == part


def test_folders_of_parts(tmp_path):
    for name in ("train", "Dev", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "test").write_text("a file")
    assert part_folders(tmp_path) == {"train": tmp_path / "train", "valid": tmp_path / "Dev"}
    (tmp_path / "val").mkdir()
    with pytest.raises(DataError, match=r"Dev and val are the same part; take one away\.$"):
        part_folders(tmp_path)

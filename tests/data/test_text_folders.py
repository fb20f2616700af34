"""Folders of texts: a label a file, a text a file, and SST's files."""

import re

import pytest

from tfrnn.data.examples import Refusals
from tfrnn.data.text_folders import find_sst, is_texts, read_sst, read_texts
from tfrnn.errors import DataError


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        raw = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(raw)


def read(folder, *, skip=False):
    found = read_texts(folder, Refusals(skip, "rows"), encoding="utf-8")
    return found, {part: [tuple(row.example) for row in rows] for part, rows in found.parts.items()}


def test_a_label_a_file_with_a_text_a_line(tmp_path):
    write(tmp_path, {"greet.txt": "hi\r\n\r\nhello there\n", "bye.txt": "再见", "README.txt": "x"})
    assert is_texts(tmp_path)
    found, parts = read(tmp_path)
    assert found.form == "a label a file"
    assert parts == {"train": [("再见", "bye"), ("hi", "greet"), ("hello there", "greet")]}
    assert found.parts["train"][2].where == f"{tmp_path / 'greet.txt'} line 3"


def test_parts_of_label_files(tmp_path):
    write(tmp_path, {"train/a.txt": "one", "train/b.txt": "two", "dev/a.txt": "three"})
    assert is_texts(tmp_path)
    assert read(tmp_path)[1] == {
        "train": [("one", "a"), ("two", "b")],
        "valid": [("three", "a")],
    }


def test_a_folder_a_label_with_a_text_a_file(tmp_path):
    files = {"good/2.txt": "fine\n\nwine", "good/1.txt": "nice", "bad/17": "dull", "bad/x.py": "y"}
    write(tmp_path, files | {".git/HEAD": "ref", "empty/x.png": "z", "bad/.hidden": "z"})
    found, parts = read(tmp_path)
    assert found.form == "a text a file"
    assert parts == {"train": [("dull", "bad"), ("nice", "good"), ("fine\n\nwine", "good")]}
    assert found.parts["train"][1].where == str(tmp_path / "good" / "1.txt")
    assert found.notes == ()


def test_without_a_part_to_train_on_the_names_of_folders_are_labels(tmp_path):
    write(tmp_path, {"test/1.txt": "please check", "order/1.txt": "please send"})
    assert read(tmp_path)[1] == {"train": [("please send", "order"), ("please check", "test")]}


def test_the_layout_of_aclimdb(tmp_path):
    texts = {
        f"{part}/{label}/0_9.txt": f"{part} {label}"
        for part in ("train", "test")
        for label in ("neg", "pos")
    }
    strays = {"README": "x", "train/unsup/0.txt": "u", "train/urls_pos.txt": "u", "imdb.vocab": "w"}
    write(tmp_path, texts | strays)
    found, parts = read(tmp_path)
    assert parts == {
        part: [(f"{part} neg", "neg"), (f"{part} pos", "pos")] for part in ("test", "train")
    }
    assert found.notes == (
        f"1 .txt files beside the folders of {tmp_path / 'train'} not read",
        f"{tmp_path / 'train' / 'unsup'} not read",
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b" ", "empty: at least one character"),
        (b"caf\xe9", r"line 1: byte 3 \(0xe9\) is not valid UTF-8"),
        (b"a\0", "line 1: byte 1 is NUL"),
    ],
)
def test_a_text_that_is_none_is_refused_or_skipped(tmp_path, raw, message):
    write(tmp_path, {"good/1.txt": "nice", "bad/1.txt": raw, "bad/2.txt": "dull"})
    with pytest.raises(DataError, match=rf"bad.1\.txt: {message}.*, or pass --data\.skip-bad"):
        read(tmp_path)
    assert read(tmp_path, skip=True)[1] == {"train": [("dull", "bad"), ("nice", "good")]}


def test_files_called_as_parts_are_no_labels(tmp_path):
    write(tmp_path, {"train.txt": "0 dull", "test.txt": "1 nice"})
    with pytest.raises(DataError, match=r"test\.txt: here a \.txt file holds the texts of one"):
        read(tmp_path)


def test_a_folder_without_texts(tmp_path):
    write(tmp_path, {"LICENSE.txt": "x", "a.png": "y", "inner/b.png": "z"})
    assert not is_texts(tmp_path)


SST = {
    "stsa.binary.train": "1 a warm film .\n0 a \\/ dull one .\n",
    "stsa.binary.dev": "1 warm caf\u00e9s\n",
    "stsa.binary.test": "0 dull\n\n1 lively\n",
    "stsa.fine.train": "0 a\n1 b\n2 c\n3 d\n4 e\n",
    "stsa.fine.dev": "4 e\n",
    "stsa.fine.test": "0 a\n",
}


def sst(path, *, skip=False):
    found = read_sst(find_sst(path), Refusals(skip, "rows"), encoding="utf-8")
    return found, {part: [tuple(row.example) for row in rows] for part, rows in found.parts.items()}


def test_of_sst_the_binary_files_are_read_first(tmp_path):
    write(tmp_path, SST)
    found, parts = sst(tmp_path)
    assert (found.form, found.notes) == ("SST, binary", ())
    assert parts == {
        "train": [("a warm film .", "positive"), ("a \\/ dull one .", "negative")],
        "valid": [("warm cafés", "positive")],
        "test": [("dull", "negative"), ("lively", "positive")],
    }
    assert found.parts["test"][1].where == f"{tmp_path / 'stsa.binary.test'} line 3"


def test_the_beginning_of_the_fine_files_names_them(tmp_path):
    write(tmp_path, SST)
    found, parts = sst(tmp_path / "stsa.fine")
    assert found.form == "SST, fine"
    labels = ["very negative", "negative", "neutral", "positive", "very positive"]
    assert [label for _, label in parts["train"]] == labels
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 5, "valid": 1, "test": 1}


def test_one_file_of_sst_is_all_to_be_split(tmp_path):
    write(tmp_path, SST)
    assert sst(tmp_path / "stsa.binary.test")[1] == {
        "train": [("dull", "negative"), ("lively", "positive")]
    }


def test_a_file_of_sst_in_latin_1_is_read_and_said(tmp_path):
    write(tmp_path, SST | {"stsa.binary.dev": "1 warm cafés\n".encode("latin-1")})
    found, parts = sst(tmp_path)
    assert parts["valid"] == [("warm cafés", "positive")]
    assert found.notes == ("stsa.binary.dev read as latin-1",)


@pytest.mark.parametrize(("line", "digit"), [("2 so so", "2"), ("warm", "warm"), ("\t1 a", "\t1")])
def test_a_label_that_sst_does_not_have(tmp_path, line, digit):
    write(tmp_path, SST | {"stsa.binary.test": f"1 nice\n{line}\n"})
    wanted = f'stsa.binary.test line 2: "{digit.strip()}" is no label; begin with a number from 0'
    with pytest.raises(DataError, match=re.escape(wanted)):
        sst(tmp_path)
    assert sst(tmp_path, skip=True)[1]["test"] == [("nice", "positive")]


@pytest.mark.parametrize("names", [["binary.dev", "binary.test"], ["binary.train", "binary.more"]])
def test_files_of_sst_that_are_no_parts(tmp_path, names):
    write(tmp_path, {f"stsa.{name}": SST["stsa.binary.dev"] for name in names})
    with pytest.raises(DataError, match=r"stsa\.binary\.train, \.dev and \.test are wanted, found"):
        sst(tmp_path)


def test_what_is_not_of_sst(tmp_path):
    write(
        tmp_path,
        {"stsa.csv": "a,b", "sst.txt": "1 a", "binary.csv": "1 a", "stsa.other.train": "1 a"},
    )
    for path in (tmp_path, tmp_path / "stsa.csv", tmp_path / "sst.txt", tmp_path / "binary.csv"):
        assert find_sst(path) == {}

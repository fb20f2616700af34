"""Where text comes from, and the policy on its bytes."""

import io
import time
from pathlib import Path

import pytest
import tensorflow_datasets as tfds

from tfrnn.data import sources
from tfrnn.data.sources import Document, decode, read
from tfrnn.errors import DataError, MissingInputError, StorageError


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xef\xbb\xbfX:1\n", "X:1\n"),
        (b"a\r\nb\rc\n\rd\r\r\n", "a\nb\nc\n\nd\n\n"),
        ("é\u2028\u0085\x0b\x1c|\ufeff".encode(), "é\u2028\u0085\x0b\x1c|\ufeff"),
    ],
    ids=["byte order mark", "line ends", "separators stay"],
)
def test_the_policy_on_what_stays(raw, text):
    assert decode(io.BytesIO(raw), "a.txt") == text


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"abc\xff", r"line 1: byte 3 \(0xff\) is not valid UTF-8"),
        (b"a\r\nb\rc\nd\xe9\n", r"line 4: byte 8 \(0xe9\) is not valid UTF-8"),
        ("Zoë".encode()[:-1], r"line 1: byte 2 \(0xc3\) is not valid UTF-8"),
        (b"ab\nc\0\xff", "line 2: byte 4 is NUL"),
        (b"ab\n\xff\0", r"line 2: byte 3 \(0xff\)"),
        (b"\xed\xa0\x80", r"line 1: byte 0 \(0xed\)"),
    ],
)
def test_the_first_byte_that_cannot_stay_is_named(raw, where):
    with pytest.raises(DataError, match=rf"^a\.txt: {where}") as failure:
        decode(io.BytesIO(raw), "a.txt")
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("raw", [b"", b"\xef\xbb\xbf", b" \n\t\r\n"])
def test_an_empty_document_is_refused(tmp_path, raw):
    (tmp_path / "a.txt").write_bytes(raw)
    with pytest.raises(DataError, match=r"a\.txt: empty: at least one character"):
        read(str(tmp_path / "a.txt"))


class Endless(io.RawIOBase):
    """A gigabyte without a line end, which counts what is read of it."""

    taken = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        size = min(len(buffer), 2**30 - self.taken)
        buffer[:size] = b"a" * size
        self.taken += size
        return size


def test_a_gigabyte_line_is_refused_after_its_first_megabytes(monkeypatch):
    monkeypatch.setattr(sources, "MAX_LINE_BYTES", 2**20)
    stream = Endless()
    with pytest.raises(DataError, match="line 1, which starts at byte 0, is longer than 1048576"):
        decode(io.BufferedReader(stream), "big.txt")
    assert stream.taken < 2**22


def test_a_line_of_just_the_limit_is_read(monkeypatch):
    monkeypatch.setattr(sources, "MAX_LINE_BYTES", 4)
    assert decode(io.BytesIO(b"abc\nabcd"), "a.txt") == "abc\nabcd"
    with pytest.raises(DataError, match="line 2, which starts at byte 4"):
        decode(io.BytesIO(b"abc\nabcde"), "a.txt")


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("c.abc", "b/d.txt", "a.txt", "a.py", "README.md"):
        (tmp_path / name).write_text(name)
    found = read(str(tmp_path))
    assert [document.text for document in found] == ["a.txt", "b/d.txt", "c.abc"]
    assert found[0].name == str(tmp_path / "a.txt")


def test_a_folder_without_text_and_a_missing_path(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(MissingInputError, match=r"no \.abc or \.txt file"):
        read(str(tmp_path))
    with pytest.raises(MissingInputError, match=r"nowhere\.abc: no such file or folder"):
        read(str(tmp_path / "nowhere.abc"))


def test_a_read_error_is_one_line(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(5, "Input/output error")

    (tmp_path / "a.txt").write_text("abc")
    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(StorageError, match=r"a\.txt: cannot be read: Input/output error\."):
        read(str(tmp_path / "a.txt"))


@pytest.fixture
def music21(tmp_path, monkeypatch):
    """A package called music21 with two corpora, one of which has no ABC."""
    root = tmp_path / "music21"
    for path in ("airs/book2.abc", "airs/book1.abc", "airs/notes.txt", "scores/a.xml"):
        (root / "corpus" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "corpus" / path).write_text(path)
    (root / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("music21")
def test_a_corpus_of_music21_is_read_without_importing_it():
    assert read("music21:airs") == [
        Document("music21:airs/book1.abc", "airs/book1.abc"),
        Document("music21:airs/book2.abc", "airs/book2.abc"),
    ]


@pytest.mark.usefixtures("music21")
@pytest.mark.parametrize("name", ["scores", "", "..", "airs/../airs"])
def test_an_unknown_corpus_of_music21_names_those_there_are(name):
    with pytest.raises(MissingInputError, match=r"there are airs\.$"):
        read(f"music21:{name}")


@pytest.mark.parametrize("scheme", ["music21", "tfds"])
def test_a_package_that_is_not_installed_is_named(scheme, monkeypatch):
    monkeypatch.setattr(sources.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingInputError, match="pip install"):
        read(f"{scheme}:anything")


def test_the_installed_music21_has_oneill():
    documents = read("music21:oneills1850")
    assert len(documents) > 30
    assert sum(text.count("\nX:") for _, text in documents) > 1900


class TfrnnTexts(tfds.core.GeneratorBasedBuilder):
    """A local data set of three texts."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self, features=tfds.features.FeaturesDict({"text": tfds.features.Text()})
        )

    def _split_generators(self, _):
        return {"train": self._texts("one\r\n", "two"), "test": self._texts("three")}

    def _texts(self, *texts):
        yield from ((i, {"text": text}) for i, text in enumerate(texts))

    def _generate_examples(self):
        raise AssertionError("the splits are given")


@pytest.fixture
def tfds_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("tfds_folder")
def test_the_texts_of_a_prepared_data_set():
    tfds.builder("tfrnn_texts").download_and_prepare()
    texts = dict(read("tfds:tfrnn_texts"))
    assert sorted(texts.values()) == ["one\n", "three", "two"]
    assert texts["tfds:tfrnn_texts/test#0"] == "three"


def test_a_data_set_that_is_not_here_is_named_at_once_and_leaves_nothing(tfds_folder, caplog):
    start = time.monotonic()
    with pytest.raises(StorageError, match=r"tfds\.builder.*download_and_prepare") as failure:
        read("tfds:tiny_shakespeare")
    assert time.monotonic() - start < 10
    assert str(tfds_folder) in str(failure.value)
    assert "\n" not in str(failure.value)
    assert not list(tfds_folder.rglob("*"))
    assert not caplog.records


@pytest.mark.usefixtures("tfds_folder")
def test_a_data_set_that_does_not_exist_or_holds_no_text():
    with pytest.raises(MissingInputError, match="no_such_texts: no such data set"):
        read("tfds:no_such_texts")
    with pytest.raises(DataError, match="a feature called text is needed, there are image, label"):
        read("tfds:mnist")

"""Texts in two languages: every form that is read, and what is refused."""

import dataclasses
import gzip

import numpy as np
import pytest

from tests.scripts.runs import pairs
from tfrnn.data.options import PairsOptions
from tfrnn.data.pairs import Pair, languages, read_pairs
from tfrnn.data.passes import ROWS
from tfrnn.data.subwords import END, PAD, START
from tfrnn.data.translations import (
    coders_of,
    load_pieces,
    read_translations,
    save_pieces,
    times_of,
)
from tfrnn.errors import DataError, MissingInputError, StorageError, UsageError

ROWS_OF = pairs(30)


def options(source, **others):
    return PairsOptions(source=str(source), **{"pieces": 60, "batch_size": 8} | others)


def write_parallel(folder, parts, *, packed=False):
    for name, rows in parts.items():
        for side, end in enumerate(("en", "de")):
            text = "".join(f"{row[side]}\n" for row in rows)
            if packed:
                (folder / f"{name}.{end}.gz").write_bytes(gzip.compress(text.encode()))
            else:
                (folder / f"{name}.{end}").write_text(text)
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_parallel_files(tmp_path, packed):
    parts = {"train": ROWS_OF[:20], "val": ROWS_OF[20:25], "test_2016_flickr": ROWS_OF[25:]}
    found = read_pairs(options(write_parallel(tmp_path, parts, packed=packed)), seed=0)
    assert found.test == [Pair(*row) for row in ROWS_OF[25:]]
    assert found.valid == [Pair(*row) for row in ROWS_OF[20:25]]
    held = {source for source, _ in ROWS_OF[20:]}
    assert found.train == [Pair(*row) for row in ROWS_OF[:20] if row[0] not in held]
    assert "parallel files, en-de" in found.summary and "as given" in found.summary
    back = read_pairs(options(tmp_path, pair="de-en"), seed=0)
    assert back.test == [Pair(b, a) for a, b in ROWS_OF[25:]]


def test_one_pair_of_files_is_split(tmp_path):
    found = read_pairs(options(write_parallel(tmp_path, {"corpus": ROWS_OF})), seed=0)
    assert min(len(found.train), len(found.valid), len(found.test)) >= 3
    assert {*found.train, *found.valid, *found.test} == {Pair(*row) for row in ROWS_OF}


def test_a_table(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("\ufeff" + "\r\n".join("\t".join(row) for row in ROWS_OF))
    found = read_pairs(options(path), seed=3)
    assert {*found.train, *found.valid, *found.test} == {Pair(*row) for row in ROWS_OF}
    again = read_pairs(options(path), seed=3)
    assert again == found and read_pairs(options(path), seed=4) != found


def test_a_data_set_of_tfds(monkeypatch):
    class Info:
        features = ("en", "de")
        splits = ("train", "validation", "test", "other")

    class Builder:
        info, name = Info, "toy"

        def as_dataset(self, split):
            class Rows:
                def as_numpy_iterator(self):
                    first = ("train", "validation", "test").index(split) * 10
                    rows = pairs(10, seed=first)
                    return iter({"en": a.encode(), "de": b.encode()} for a, b in rows)

            return Rows()

    monkeypatch.setattr("tfrnn.data.pairs.open_prepared", lambda name: Builder())
    monkeypatch.setattr("tfrnn.data.pairs.check_prepared", lambda builder, name: None)
    found = read_pairs(options("tfds:toy"), seed=0)
    assert found.test == [Pair(*row) for row in pairs(10, seed=20)]
    with pytest.raises(DataError, match="tfds:toy: no language fr, there are en, de"):
        read_pairs(options("tfds:toy", pair="en-fr"), seed=0)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"train.en": "a\nb\n", "train.de": "a\n"},
            r"train.en has 2 lines, train.de 1: line 2 ",
        ),
        ({"train.en": "a\n"}, r"train.en has no train.de beside it"),
        ({"a.fr": "x\n"}, r"no files that end in .en and .de"),
        (
            {f"{name}.{end}": "a\n" for name in ("val", "dev") for end in ("en", "de")},
            "dev and val are the same part",
        ),
        (
            {f"{name}.{end}": "a\n" for name in ("val", "test") for end in ("en", "de")},
            "no file with train in its name",
        ),
        ({"train.en": "a\n\nc\n", "train.de": "a\nb\nc\n"}, "en line 2: the source is empty"),
        (
            {"train.en": "a\nb\nc\n", "train.de": "a\n \nc\n"},
            "en line 2: the target is empty",
        ),
    ],
)
def test_folders_that_cannot_be_read(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_pairs(options(tmp_path), seed=0)


def test_what_else_cannot_be_read(tmp_path):
    with pytest.raises(MissingInputError, match="no such file or folder"):
        read_pairs(options(tmp_path / "nowhere"), seed=0)
    path = tmp_path / "pairs.tsv"
    path.write_text("a\tb\nonly one\n")
    with pytest.raises(DataError, match=r"pairs.tsv line 2: 1 column, expected 2 \(source, tab"):
        read_pairs(options(path), seed=0)
    path.write_text("a\tb\tc\n")
    with pytest.raises(DataError, match="line 1: 3 columns"):
        read_pairs(options(path), seed=0)
    path.write_text("a\tb\n")
    with pytest.raises(DataError, match="each part needs at least 3 rows"):
        read_pairs(options(path), seed=0)
    for name in ("train.en.gz", "train.de.gz"):
        (tmp_path / name).write_bytes(gzip.compress(b"a\n" * 99)[:-9])
    with pytest.raises(DataError, match=r"train\.en\.gz: is damaged"):
        read_pairs(options(tmp_path), seed=0)
    (tmp_path / "train.en.gz").write_bytes(b"plain")
    with pytest.raises(DataError, match=r"train\.en\.gz: is damaged"):
        read_pairs(options(tmp_path), seed=0)


def test_bad_rows_are_counted_where_that_is_wished(tmp_path):
    path = tmp_path / "pairs.tsv"
    rows = ["\t".join(row) for row in ROWS_OF]
    path.write_text("\n".join(["bad", *rows, "empty\t"]))
    found = read_pairs(options(path, skip_bad=True), seed=0)
    assert "2 bad pairs left out (first:" in found.summary


@pytest.mark.parametrize("pair", ["en", "-de", "en-", "en-en", ""])
def test_languages_that_are_none(pair):
    with pytest.raises(UsageError, match=r"--data\.pair must be two languages such as en-de"):
        languages(pair)


@pytest.mark.parametrize("name", ["pieces", "longest", "batch_size", "least"])
def test_numbers_that_cannot_be(name, tmp_path):
    flag = name.replace("_", "-")
    with pytest.raises(UsageError, match=rf"--data\.{flag} must be .* or more, got 0"):
        read_translations(options("x", **{name: 0}), seed=0)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    parts = {"train": pairs(50), "val": pairs(20, seed=1), "test": pairs(10, seed=2)}
    chosen = options(write_parallel(folder, parts))
    return read_translations(chosen, seed=0), chosen


def test_batches_say_what_the_pairs_say(data):
    found, chosen = data
    splits = found.splits(chosen, seed=0)
    source, target = coders_of(found.source, found.target, chosen)
    assert source is target and splits.sizes["joint"]
    assert splits.sizes["source_vocab"] == len(found.source.names)
    seen = []
    for batch in splits.valid:
        assert batch.targets.shape[0] == ROWS
        for i in np.flatnonzero(batch.weights[:, 0]):
            read, shifted = (batch.inputs[name][i].numpy() for name in ("source", "shifted"))
            written = batch.targets[i].numpy()
            count = int(batch.weights[i].numpy().sum())
            assert written[count - 1] == END and not np.any(written[count:])
            assert shifted[0] == START and np.array_equal(shifted[1:count], written[: count - 1])
            length = int(np.argmax(read == END))
            assert not np.any(read[length + 1 :] != PAD)
            texts = [coder.decode([ids]).numpy()[0].decode() for coder, ids in
                     ((source, read), (target, written))]  # fmt: skip
            seen.append(Pair(*texts))
    assert sorted(seen) == sorted(found.valid)


def test_a_stream_that_goes_on_is_the_stream(data):
    found, chosen = data
    splits = found.splits(chosen, seed=0)
    stream = [batch.targets.numpy() for batch in splits.train(0).take(splits.epoch + 3)]
    later = [batch.targets.numpy() for batch in splits.train(3).take(splits.epoch)]
    assert all(np.array_equal(a, b) for a, b in zip(stream[3:], later, strict=True))


def test_files_and_adoption(data, tmp_path):
    found, _ = data
    found.save(tmp_path)
    again = found._replace(source=None, target=None).adopt(tmp_path)
    assert again == found
    path = tmp_path / "source_pieces.txt"
    path.write_text(path.read_text().replace("<pad>", "<bad>"))
    with pytest.raises(DataError, match="must begin with <pad>"):
        load_pieces(path)
    path.write_text("<pad>\t0.0\n<unknown>\n")
    with pytest.raises(DataError, match="line 2: no piece, tab, score"):
        load_pieces(path)
    with pytest.raises(MissingInputError, match="no such list"):
        load_pieces(tmp_path / "none.txt")


def test_pieces_of_each_side(tmp_path, data):
    _, chosen = data
    chosen = dataclasses.replace(chosen, joint=False)
    apart = read_translations(chosen, seed=0)
    assert apart.source != apart.target
    assert not apart.splits(chosen, seed=0).sizes["joint"]
    assert next(iter(apart.documents())) == "\n".join(apart.train[0])
    save_pieces(tmp_path / "p.txt", apart.target)
    assert load_pieces(tmp_path / "p.txt") == apart.target


def test_few_shapes():
    assert times_of(129) == [4, 8, 12, 16, 20, 24, 28, 32, 48, 64, 96, 128, 129]
    assert times_of(3) == [3]


def test_reading_that_fails(tmp_path, monkeypatch):
    write_parallel(tmp_path, {"train": ROWS_OF}, packed=True)

    def broken(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tfrnn.data.pairs.gzip.open", broken)
    with pytest.raises(StorageError, match="cannot be read: Permission denied"):
        read_pairs(options(tmp_path), seed=0)

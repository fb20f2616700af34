"""Corpora into splits: nothing in two of them, nothing lost, and what is too short."""

import dataclasses

import numpy as np
import pytest

from tfrnn.data import characters
from tfrnn.data.characters import PIECE, read_text
from tfrnn.data.options import TextOptions, TunesOptions
from tfrnn.errors import DataError, MissingInputError, UsageError

WORDS = ["a", "grey", "heron", "stood", "by", "the", "pool", "watching,", "wondering"]


def prose(length):
    words = np.random.default_rng(0).choice(WORDS, length)
    return " ".join(words)[:length]


def read_tunes(options, *, seed):
    """With rules of composing that accept tunes of an even number."""
    return characters.read_tunes(options, seed=seed, are_legal=are_even)


def are_even(texts):
    return [int(text.split("Tune ")[1].split("\n")[0]) % 2 == 0 for text in texts]


def tune(i):
    notes = np.random.default_rng(i).choice(list("ABcdefg"), 16)
    return f"X:{i}\nT:Tune {i}\nM:4/4\nL:1/8\nK:D\n|{''.join(notes[:8])}|{''.join(notes[8:])}|\n"


@pytest.fixture
def tunes(tmp_path):
    path = tmp_path / "tunes.abc"
    path.write_text("\n".join(tune(i) for i in range(1, 41)))
    return TunesOptions(source=str(path), test=0.2, valid=0.1, window=16, batch_size=3)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "prose.txt"
    path.write_text(prose(40_000))
    return TextOptions(source=str(path), test=0.2, valid=0.1)


def test_tunes_go_whole_into_one_split_each(tunes):
    data = read_tunes(tunes, seed=0)
    parts = data.train, data.valid, data.test
    assert [len(part) for part in parts] == [28, 4, 8]
    assert len(set().union(*parts)) == 40
    assert all(document.startswith("X:") for part in parts for document in part)
    assert data.summary.endswith("28 train / 4 validation / 8 test (seed 0)")


def test_only_legal_tunes_are_kept_where_wanted(tunes):
    data = read_tunes(dataclasses.replace(tunes, only_legal=True), seed=0)
    documents = [*data.valid, *data.train, *data.test]
    assert len(documents) == 20 and all(are_even(documents))
    assert "40 distinct" in data.summary and ", 20 not legal; 14 train /" in data.summary


def test_too_few_legal_tunes(tmp_path):
    (tmp_path / "few.abc").write_text("\n".join(tune(i) for i in range(1, 6)))
    options = TunesOptions(source=str(tmp_path / "few.abc"), only_legal=True)
    with pytest.raises(DataError, match=r"3 not legal: --data.only-legal leaves 2, at least 3"):
        read_tunes(options, seed=0)


def test_the_seed_deals_the_tunes(tunes):
    first, again, other = (read_tunes(tunes, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert set(first.test) != set(other.test)


def test_the_header_option_changes_the_text(tunes):
    canonical, as_is = (
        read_tunes(dataclasses.replace(tunes, header=header), seed=0)
        for header in ("canonical", "as-is")
    )
    assert {document.split("\n")[0] for document in canonical.train} == {"X:1"}
    numbers = {document.split("\n")[0] for document in as_is.train}
    assert len(numbers) == len(as_is.train) == len(canonical.train)


def test_only_tunes_of_the_training_split_come_in_other_keys(tunes):
    def titles(documents):
        return {line for d in documents for line in d.split("\n") if line.startswith("T:")}

    plain = read_tunes(tunes, seed=0)
    data = read_tunes(dataclasses.replace(tunes, other_keys=2), seed=0)
    assert (data.valid, data.test) == (plain.valid, plain.test)
    assert data.train[:28] == plain.train
    assert len(set(data.train)) == len(data.train) == 3 * 28
    assert titles(data.train) == titles(plain.train)
    assert not any("K:D\n" in copy for copy in data.train[28:])
    assert "28 train and 56 copies in other keys / 4 validation / 8 test" in data.summary


def test_splits_encode_what_was_read(tunes):
    data = read_tunes(tunes, seed=0)
    splits = data.splits(dataclasses.replace(tunes, batch_size=3, window=16), seed=0)
    assert splits.sizes == {"vocab": len(data.vocabulary)}
    for documents, batches in ((data.valid, splits.valid), (data.test, splits.test)):
        counted = sum(float(batch.weights.numpy().sum()) for batch in batches)
        assert counted == sum(len(document) + 1 for document in documents)
    rows = next(iter(splits.train(0))).inputs["ids"].numpy()
    stream = "\0" + "\0".join(data.train) + "\0"
    for row in rows:
        text = "".join("\0" if i == 0 else data.vocabulary.decode([i]) for i in row)
        assert text in stream


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_tunes(tmp_path, count):
    (tmp_path / "few.abc").write_text("\n".join(tune(i) for i in range(count)))
    with pytest.raises(DataError):
        read_tunes(TunesOptions(source=str(tmp_path / "few.abc")), seed=0)


def test_the_parts_of_a_text_are_contiguous(text):
    data = read_text(text, seed=0)
    assert [sum(map(len, part)) for part in data[:3]] == [28_000, 4_000, 8_000]
    assert "".join([*data.valid, *data.train, *data.test]) == prose(40_000)
    assert len(data.train) == 1
    assert [len(piece) for piece in data.test] == [PIECE, 8_000 - PIECE]
    assert set(data.vocabulary.characters) == set(prose(40_000))


def test_the_seed_chooses_nothing_in_a_text(text):
    assert read_text(text, seed=0) == read_text(text, seed=1)


def test_files_of_a_folder_follow_each_other(tmp_path):
    for name, part in (("b.txt", prose(900)[450:]), ("a.txt", prose(900)[:450])):
        (tmp_path / name).write_text(part)
    data = read_text(TextOptions(source=str(tmp_path), window=32), seed=0)
    assert (
        "".join([*data.valid, *data.train, *data.test])
        == f"{prose(900)[:450]}\n" + (prose(900)[450:])
    )


@pytest.mark.parametrize(("length", "train"), [(1, 1), (20, 17), (300, 255)])
def test_a_text_too_short_for_a_window(tmp_path, length, train):
    """F31: the least that would do is named."""
    path = tmp_path / "short.txt"
    path.write_text(prose(length))
    with pytest.raises(DataError) as caught:
        read_text(TextOptions(source=str(path)), seed=0)
    assert str(caught.value) == (
        f"{path}: {length} characters leave {train} for training; a window of 256 needs 258: "
        "give more text or a smaller --data.window."
    )


def test_the_shortest_text_that_will_do_gives_batches(tmp_path):
    path = tmp_path / "least.txt"
    path.write_text(prose(20))
    options = TextOptions(source=str(path), window=15, batch_size=2)
    splits = read_text(options, seed=0).splits(options, seed=0)
    assert next(iter(splits.train(0))).targets.shape == (2, 15)
    assert len(splits.valid) == len(splits.test) == 1


@pytest.mark.parametrize(
    ("content", "wanted"), [("", DataError), (" \n\t ", DataError), (None, MissingInputError)]
)
def test_nothing_to_read(tmp_path, content, wanted):
    path = tmp_path / "nothing.txt"
    if content is not None:
        path.write_text(content)
    for read, options in ((read_text, TextOptions), (read_tunes, TunesOptions)):
        with pytest.raises(wanted, match=r"nothing\.txt") as caught:
            read(options(source=str(path)), seed=0)
        assert "\n" not in str(caught.value)


def test_a_text_must_be_named():
    with pytest.raises(UsageError, match=r"no data given\. Pass --data\.source"):
        read_text(TextOptions(), seed=0)


@pytest.mark.parametrize(
    ("wrong", "flag"),
    [
        ({"window": 0}, "--data.window"),
        ({"batch_size": -1}, "--data.batch-size"),
        ({"test": 0.0}, "--data.test"),
        ({"valid": -0.1}, "--data.test and --data.valid"),
        ({"test": 0.6, "valid": 0.4}, "--data.test and --data.valid"),
        ({"valid": float("nan")}, "--data.test and --data.valid"),
    ],
)
def test_options_that_cannot_be(text, tunes, wrong, flag):
    for read, options in ((read_text, text), (read_tunes, tunes)):
        with pytest.raises(UsageError, match=f"^{flag} .*must be"):
            read(dataclasses.replace(options, **wrong), seed=0)


def test_fewer_than_no_other_keys_cannot_be(tunes):
    with pytest.raises(UsageError, match=r"^--data\.other-keys must be 0 or more, got -1\.$"):
        read_tunes(dataclasses.replace(tunes, other_keys=-1), seed=0)

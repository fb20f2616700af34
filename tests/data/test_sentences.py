"""Sentences into batches: each once a pass, in few shapes, and what the ids stand for."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.data.examples import Example, TaggedSentence
from tfrnn.data.options import LabelledOptions, TaggedOptions
from tfrnn.data.passes import ROWS
from tfrnn.data.sentences import (
    LABELS,
    TAGS,
    WORDS,
    SentenceData,
    encoder_of,
    read_labels,
    read_labels_and_tags,
    read_tags,
    tokens,
)
from tfrnn.data.tokens import buckets
from tfrnn.errors import DataError, UsageError

COLOURS = ["red", "green", "blue", "grey", "white", "brown"]
OPTIONS = LabelledOptions(source="x", batch_size=8, least=1, longest=40)
TAGGED = TaggedOptions(source="x", batch_size=8, least=1, longest=40, lower="words")


def texts(count, seed=0):
    draw = np.random.default_rng(seed)
    for number in range(count):
        words = draw.choice(COLOURS, draw.integers(0, 30))
        yield Example(" ".join([f"no{number}", *words]), str(draw.choice(["warm", "cold"])))


def labelled(train=50, *, outside="", labels=("cold", "warm")):
    parts = [[*texts(count, seed)] for seed, count in enumerate((train, 11, 9))]
    words = ("<no word>", "<unknown word>", *COLOURS, *(f"no{i}" for i in range(train)))
    return SentenceData(*parts, words, labels, (), outside, "made up")


def tagged(labels=("ask", "tell")):
    draw = np.random.default_rng(0)

    def sentence(number):
        words = tuple(draw.choice(COLOURS, 1 + number % 7))
        tags = tuple("LONG" if len(word) > 4 else "SHORT" for word in words)
        return TaggedSentence(words, tags, str(draw.choice(["ask", "tell"])))

    parts = [[sentence(i) for i in range(count)] for count in (20, 5, 5)]
    words = ("<no word>", "<unknown word>", *COLOURS)
    return SentenceData(*parts, words, labels, ("LONG", "SHORT"), "", "made up")


def first_words(batch, data):
    return [data.words[i] for i in batch.inputs["words"][:, 0].numpy()]


def take(splits, start, count):
    return [batch for _, batch in zip(range(count), splits.train(start))]


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(tf.nest.flatten(a), tf.nest.flatten(b)))


def test_a_pass_takes_each_sentence_once():
    data = labelled()
    splits = data.splits(OPTIONS, seed=3)
    assert splits.epoch == 7  # 50 sentences in batches of 8
    for epoch in range(3):
        batches = take(splits, 7 * epoch, 7)
        seen = Counter(word for batch in batches for word in first_words(batch, data))
        assert len(seen) == 50
        assert sorted(seen.values()) == [1] * 44 + [2] * 6  # the last batch is filled up
        assert all(batch.weights.numpy().tolist() == [1.0] * 8 for batch in batches)


def test_fewer_sentences_than_a_batch():
    data = labelled(3)
    (batch,) = take(data.splits(OPTIONS, seed=0), 0, 1)
    assert sorted(Counter(first_words(batch, data)).values()) == [2, 3, 3]


def test_a_stream_that_goes_on_is_the_stream():
    splits = labelled().splits(OPTIONS, seed=3)
    whole = take(splits, 0, 20)
    for start in (1, 6, 7, 13, 14):
        assert all(map(equal, take(splits, start, 6), whole[start : start + 6]))
    again = take(labelled().splits(OPTIONS, seed=3), 0, 20)
    assert all(map(equal, again, whole))


def test_the_order_differs_by_seed_and_by_pass():
    data = labelled()
    orders = [
        [first_words(b, data) for b in take(data.splits(OPTIONS, seed=seed), start, 7)]
        for seed, start in ((0, 0), (0, 7), (1, 0))
    ]
    assert orders[0] != orders[1] and orders[0] != orders[2] and orders[1] != orders[2]


def test_few_shapes_and_little_padding():
    data = labelled(400)
    splits = data.splits(OPTIONS, seed=0)

    @tf.function(autograph=False)
    def count(batch):
        return tf.reduce_sum(batch.inputs["words"])

    batches = take(splits, 0, 2 * splits.epoch)
    for batch in batches:
        count(batch)
        assert batch.inputs["words"].shape[0] == 8
    times = {batch.inputs["words"].shape[1] for batch in batches}
    assert times <= set(buckets(OPTIONS.longest))
    assert count.experimental_get_tracing_count() == len(times) <= 6
    padding = np.mean([(batch.inputs["words"].numpy() == 0).mean() for batch in batches])
    assert padding < 0.25


def test_held_out_sentences_come_once_and_fillers_count_nothing():
    data = labelled()
    for part, batches in ((data.valid, "valid"), (data.test, "test")):
        batches = getattr(data.splits(OPTIONS, seed=0), batches)
        assert all(batch.targets.shape == (ROWS,) for batch in batches)
        kept = [batch.weights.numpy() == 1 for batch in batches]
        assert sum(map(np.sum, kept)) == len(part)
        found = Counter(
            (int(target), int((row > 0).sum()))
            for batch, keep in zip(batches, kept)
            for target, row in zip(batch.targets.numpy()[keep], batch.inputs["words"].numpy()[keep])
        )
        wanted = ((data.labels.index(label), len(text.split())) for text, label in part)
        assert found == Counter(wanted)


def test_ids_stand_for_words_labels_and_tags():
    data = tagged()
    splits = data.splits(TAGGED, seed=0)
    assert splits.sizes == {"words": 8, "labels": 2, "tags": 2}
    known = {(sentence.words, sentence.tags, sentence.label) for sentence in data.train}
    for batch in take(splits, 0, splits.epoch):
        assert batch.targets.shape == (8, 1 + batch.inputs["words"].shape[1])
        for words, targets, weights in zip(
            batch.inputs["words"].numpy(), batch.targets.numpy(), batch.weights.numpy()
        ):
            n = int((words > 0).sum())
            assert weights.tolist() == [1] * (1 + n) + [0] * (len(words) - n)
            row = tuple(data.words[i] for i in words[:n])
            tags = tuple(data.tags[i] for i in targets[1 : 1 + n])
            assert (row, tags, data.labels[targets[0]]) in known


def test_tags_alone():
    data = tagged()._replace(labels=())
    batch = next(iter(data.splits(TAGGED, seed=0).train(0)))
    assert batch.targets.shape == batch.weights.shape == batch.inputs["words"].shape


def test_a_long_sentence_is_cut_with_its_tags():
    data = tagged()._replace(labels=())
    splits = data.splits(dataclasses.replace(TAGGED, longest=3), seed=0)
    for batch in [*take(splits, 0, 3), *splits.valid]:
        assert batch.targets.shape[1] == 3


def test_texts_out_of_scope():
    data = labelled(outside="oos")
    strange = [Example("no1 red", "oos")] * 2
    held_out = data._replace(valid=[*data.valid, *strange])
    for labels, counted in ((("cold", "warm"), 11), (("cold", "warm", "oos"), 13)):
        splits = held_out._replace(labels=labels).splits(OPTIONS, seed=0)
        assert sum(float(tf.reduce_sum(batch.weights)) for batch in splits.valid) == counted


def test_files_and_adoption(tmp_path):
    data = tagged()
    data.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {WORDS, LABELS, TAGS}
    other = data._replace(words=("a", "b"), labels=("tell",), tags=("SHORT", "LONG"))
    assert other.adopt(tmp_path) == data
    with pytest.raises(DataError, match=r"does not know the label 'beg' of the data"):
        data._replace(labels=("ask", "beg")).adopt(tmp_path)
    with pytest.raises(DataError, match=r"does not know the tag 'X' of the data"):
        data._replace(tags=("X",)).adopt(tmp_path)


def test_documents_tell_data_apart():
    data = tagged()
    one = [*data.documents()]
    assert len(one) == 30
    changed = data.train[0]._replace(tags=(*data.train[0].tags, "SHORT"))
    assert [*data._replace(train=[changed, *data.train[1:]]).documents()] != one
    assert [*labelled().documents()] != [*labelled()._replace(test=[]).documents()]


CSV = "text,label\n" + "".join(
    f"{colour} and {other} number {i},{'warm' if colour in 'red brown' else 'cold'}\n"
    for i, (colour, other) in enumerate(zip(COLOURS * 5, reversed(COLOURS * 5)))
)


def test_reading_labels(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    options = LabelledOptions(source=str(path), least=3)
    data = read_labels(options, seed=0)
    assert data.labels == ("cold", "warm")
    counts = Counter(word for text, _ in data.train for word in text.split())
    assert set(data.words[2:]) == {word for word, count in counts.items() if count >= 3}
    rows = [f"what{i},oos\n" for i in range(12)]
    path.write_text(CSV + "".join(rows))
    with_strangers = read_labels(options, seed=0)
    assert with_strangers.labels == ("cold", "warm", "oos")
    assert with_strangers.outside == "oos"


def test_reading_tags_with_labels_and_without(tmp_path):
    for part in ("train", "valid", "test"):
        folder = tmp_path / part
        folder.mkdir()
        rows = [f"play {colour} {part}{i}" for i, colour in enumerate(COLOURS)]
        (folder / "seq.in").write_text("\n".join(rows) + "\n")
        (folder / "seq.out").write_text("O B-colour O\n" * 6)
        (folder / "label").write_text("Play\nStop\n" * 3)
    options = TaggedOptions(source=str(tmp_path), least=1)
    data = read_tags(options, seed=0)
    assert (data.labels, data.tags) == ((), ("B-colour", "O"))
    joint = read_labels_and_tags(options, seed=0)
    assert joint.labels == ("Play", "Stop")
    found = tokens(joint.train, options)
    assert found[0].numpy().tolist() == [b"play", b"red", b"train0"]
    (tmp_path / "train" / "label").write_text("Play\n" * 6)
    (tmp_path / "valid" / "label").write_text("Play\n" * 6)
    (tmp_path / "test" / "label").write_text("Play\n" * 6)
    with pytest.raises(DataError, match="1 labels; each sentence needs one of at least 2"):
        read_labels_and_tags(options, seed=0)


@pytest.mark.parametrize("name", ["least", "most", "longest", "batch_size"])
def test_options_that_cannot_be(name):
    flag = f"--data.{name.replace('_', '-')} must be 1 or more, got 0"
    with pytest.raises(UsageError, match=flag):
        read_labels(LabelledOptions(source="x", **{name: 0}), seed=0)
    with pytest.raises(UsageError, match=flag):
        read_tags(TaggedOptions(source="x", **{name: 0}), seed=0)


def test_the_encoder_is_that_of_the_options():
    options = dataclasses.replace(OPTIONS, tokens="characters", lower="none", longest=4)
    encoder = encoder_of(["<no word>", "<unknown word>", "A"], options)
    found = encoder.inputs(encoder.split(tf.constant(["Aa bcd"])))
    assert found["words"].numpy().tolist() == [[2, 1, 1, 1]]

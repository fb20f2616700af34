"""Pieces of words: those of sentencepiece, from any bytes, and back."""

import io
import itertools

import numpy as np
import pytest
import sentencepiece
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripts.runs import pairs
from tfrnn.data.subwords import (
    END,
    LONGEST_WORD,
    PAD,
    RESERVED,
    START,
    UNKNOWN,
    Pieces,
    Subwords,
    cut,
    learn,
)
from tfrnn.errors import DataError, UsageError

TEXTS = [text for pair in pairs(80) for text in pair]


@pytest.fixture(scope="module")
def pieces():
    return learn(TEXTS, kind="subwords", most=60)


@pytest.fixture(scope="module")
def coder(pieces):
    return Subwords(pieces)


@pytest.fixture(scope="module")
def graph(coder):
    spec = [tf.TensorSpec([None], tf.string)]
    return tf.function(coder.encode, input_signature=spec, autograph=False)


def best_cut(pieces, word):
    """The likeliest way to cut a word, found by trying all: a slow twin of Viterbi's algorithm."""
    scores = dict(zip(pieces.names[len(RESERVED) :], pieces.scores[len(RESERVED) :]))
    unknown = min(pieces.scores) - 10
    best = {0: (0.0, [])}
    for end in range(1, len(word) + 1):
        ways = []
        for start in range(end):
            part = word[start:end]
            if part in scores or end - start == 1:
                total, before = best[start]
                ways.append((total + scores.get(part, unknown), [*before, part]))
        best[end] = max(ways, key=lambda way: way[0])
    return best[len(word)][1]


def test_the_reserved_come_first(pieces):
    assert pieces.names[:4] == RESERVED
    assert len(set(pieces.names)) == len(pieces.names) <= 60
    assert all(score < 0 for score in pieces.scores[4:])


def test_cuts_are_the_likeliest_of_all(coder, pieces):
    words = sorted({unit for row in cut(TEXTS, words=False) for unit in row})
    words += ["▁thethe", "▁Hundkönig", "▁dog."]
    for word in words:
        ids = coder.encode(tf.constant([word.removeprefix("▁")]))[0].numpy()
        scores = dict(zip(*pieces))
        wanted = best_cut(pieces, word)
        found = [pieces.names[i] for i in ids]
        if found != wanted:  # another way that is as likely
            assert UNKNOWN not in ids
            total = sum(scores[name] for name in found)
            assert total == pytest.approx(sum(scores[name] for name in wanted), abs=1e-4)


def test_sentencepiece_cuts_alike():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS), model_writer=model, vocab_size=60, hard_vocab_limit=False,
        normalization_rule_name="identity", pad_id=0, unk_id=1, bos_id=2, eos_id=3, minloglevel=2,
    )  # fmt: skip
    theirs = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(theirs.get_piece_size())
    names = tuple(theirs.id_to_piece(i) for i in ids)
    scores = tuple(theirs.get_score(i) for i in ids)
    ours = Subwords(Pieces((*RESERVED, *names[4:]), (0.0,) * 4 + scores[4:]))
    found = ours.encode(tf.constant(TEXTS)).to_list()
    assert found == [theirs.encode(text) for text in TEXTS]


def test_the_text_comes_back(coder):
    assert [t.decode() for t in coder.decode(coder.encode(tf.constant(TEXTS))).numpy()] == TEXTS


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_words_and_characters(kind):
    coder = Subwords(learn(TEXTS, kind=kind, most=60), kind=kind)
    ids = coder.encode(tf.constant(["the dog.", "the cat."]))
    back = [t.decode() for t in coder.decode(ids).numpy()]
    if kind == "words":
        assert ids.row_lengths().numpy().tolist() == [3, 3]
        assert back == ["the dog.", "the<unknown>."]
    else:
        assert ids.row_lengths().numpy().tolist() == [9, 9]
        assert back[0] == "the dog."


@pytest.mark.parametrize("kind", ["subwords", "words", "characters"])
def test_each_piece_knows_its_word(kind):
    coder = Subwords(learn(TEXTS, kind=kind, most=60), kind=kind, longest=30)
    texts = [*TEXTS[:9], "", "日本 🎵 dog's here, isn't it? " * 4]
    ids, words = coder.encode_ended(tf.constant(texts)), coder.words(tf.constant(texts))
    assert words.shape == ids.to_tensor().shape
    for row, its, text in zip(words.numpy(), ids.to_list(), texts):
        names = [word.decode() for word in row[: len(its) - 1]]
        assert not any(row[len(its) - 1 :])
        for i, name in zip(its, names):
            assert i == UNKNOWN or coder.pieces.names[i] in name
        (units,) = cut([text], words=kind == "words")
        told = [name for name, _ in itertools.groupby(names)]
        assert told == units[: len(told)] and (len(told) == len(units) or len(its) == 31)


def test_a_rare_word_is_no_piece():
    assert "▁once" in learn(["a a", "once a"], kind="words", most=99).names
    assert "▁once" not in learn(["a a", "once a"], kind="words", most=99, least=2).names
    assert len(learn(TEXTS, kind="words", most=7).names) == 7


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=30) | st.text(max_size=30), max_size=4))
def test_any_bytes_have_ids(coder, graph, texts):
    texts = tf.constant(texts, tf.string)
    eager, traced = coder.encode(texts), graph(texts)
    assert eager.to_list() == traced.to_list()
    assert eager.nrows() == len(texts)
    ids = eager.flat_values.numpy()
    assert not ({PAD, START, END} & set(ids.tolist())) and np.all(ids < len(coder))
    coder.decode(eager)


def test_a_text_cannot_say_a_reserved_piece(coder):
    ids = coder.encode(tf.constant(["<end> <pad> ▁"]))[0].numpy()
    assert not {PAD, START, END} & set(ids.tolist())


def test_long_words_and_long_texts(pieces):
    coder = Subwords(pieces, longest=50)
    assert coder.encode(tf.constant(["the " * 99])).row_lengths().numpy().tolist() == [50]
    (units,) = cut(["x" * (2 * LONGEST_WORD + 5) + " y"], words=False)
    assert [len(unit) for unit in units] == [LONGEST_WORD, LONGEST_WORD, 6, 2]
    assert "".join(units).replace("▁", " ").strip() == "x" * 133 + " y"


def test_decoding_stops_at_the_end(coder):
    the = coder.pieces.names.index("▁the") if "▁the" in coder.pieces.names else 5
    found = coder.decode(tf.constant([[START, the, END, the], [END, the, PAD, the]])).numpy()
    assert found[0].decode() == coder.pieces.names[the].removeprefix("▁")
    assert found[1] == b""


def test_what_cannot_be_learned():
    with pytest.raises(DataError, match="hold no word"):
        learn([" ", ""], kind="subwords", most=99)
    with pytest.raises(UsageError, match=r"--data\.pieces 6 cannot be learned"):
        learn(TEXTS, kind="subwords", most=6)

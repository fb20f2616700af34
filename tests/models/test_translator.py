"""The translator: sizes, padding, one step at a time, learning by heart, use and files."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import pieces
from models.configs import TranslatorConfig
from models.interpreter import Interpreter
from models.pieces import END, START
from models.translator import Translator
from tests.scripts.runs import pairs
from tfrnn.data import subwords
from tfrnn.data.options import PairsOptions
from tfrnn.data.pairs import Pair, PairSplits
from tfrnn.data.translations import coders_of, learn_pieces, sizes_of
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.lexical import Wording
from tfrnn.decoding.search import Search
from tfrnn.errors import UsageError
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import train
from tfrnn.training.losses import cross_entropy

VOCAB, EMBED, UNITS = 13, 6, 8
KINDS = ("bahdanau", "luong", "dot", "none")
TINY = {"embed": EMBED, "units": UNITS, "attention_units": 5, "dropout": 0.3}


def made(attention="bahdanau", joint=True, vocab=VOCAB, **sizes):
    keras.utils.set_random_seed(0)
    config = TranslatorConfig(**TINY | {"attention": attention} | sizes)
    model = Translator(config, source_vocab=vocab, target_vocab=VOCAB, joint=joint)
    model.build()
    return model


def batch(rows=4, steps=5):
    ids = np.random.default_rng(0).integers(4, VOCAB, (2, rows, steps)).astype(np.int32)
    source = np.where(np.arange(steps) < np.array([[5], [3], [1], [4]])[:rows], ids[0], 0)
    return {"source": tf.constant(source), "shifted": tf.constant(ids[1])}


@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_parameters_by_formula(joint, cell):
    model = made(joint=joint, vocab=VOCAB if joint else 11, cell=cell)
    gates, parts, biases = {"gru": (3, 1, 2), "lstm": (4, 2, 1)}[cell]
    half = UNITS // 2
    encoder = 2 * gates * (EMBED * half + half * half + biases * half)
    decoder = gates * (UNITS * UNITS + UNITS * UNITS + biases * UNITS) + gates * UNITS * EMBED
    bridge = parts * (UNITS * UNITS + UNITS)
    attention = UNITS * 5 * 2 + 5 + 5
    readout = (2 * UNITS + EMBED) * EMBED + EMBED
    vectors = VOCAB * EMBED + (0 if joint else 11 * EMBED) + VOCAB
    assert model.count_params() == encoder + decoder + bridge + attention + readout + vectors


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind):
    model, inputs = made(kind), batch()
    longer = {
        "source": tf.pad(inputs["source"], [[0, 0], [0, 3]]),
        "shifted": tf.pad(inputs["shifted"], [[0, 0], [0, 2]], constant_values=9),
    }
    np.testing.assert_allclose(model(longer)[:, :5], model(inputs), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_one_step_at_a_time_is_the_sequence(kind, cell):
    model, inputs = made(kind, cell=cell, layers=2), batch()
    wanted = model(inputs)
    memory, state = model.encode(inputs["source"])
    for t in range(5):
        logits, weights, state = model.step(inputs["shifted"][:, t], state, memory)
        np.testing.assert_allclose(logits, wanted[:, t], atol=1e-5)
        looked = tf.reduce_sum(weights, -1)
        np.testing.assert_allclose(looked, np.full(4, float(kind != "none")), atol=1e-5)
        assert not np.any(np.where(inputs["source"] == 0, weights, 0))


@pytest.mark.parametrize("kind", KINDS)
def test_graph_and_xla_are_eager(kind):
    model, inputs = made(kind), batch()
    wanted = model(inputs)
    for jit in (False, True):
        found = tf.function(model, jit_compile=jit, autograph=False)(inputs)
        np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_only_dropout_sets_training_apart(kind):
    model, calm, inputs = made(kind), made(kind, dropout=0.0), batch()
    assert np.any(model(inputs, training=True) != model(inputs, training=True))
    np.testing.assert_allclose(calm(inputs, training=True), calm(inputs), atol=1e-5)


def test_it_comes_back_from_a_file(tmp_path):
    model, inputs = made("luong", cell="lstm", joint=False), batch()
    wanted = model(inputs)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.config == model.config and not again.joint
    np.testing.assert_array_equal(again(inputs), wanted)


def test_ids_are_those_of_the_pieces():
    for name in ("PAD", "UNKNOWN", "START", "END"):
        assert getattr(pieces, name) == getattr(subwords, name)


def test_sizes_that_cannot_be():
    with pytest.raises(ValueError, match="joint needs one size, got 11 and 13"):
        made(vocab=11)
    with pytest.raises(UsageError, match=r"--model\.units must be even, got 7"):
        TranslatorConfig(units=7)
    with pytest.raises(UsageError, match=r"--model\.smoothing must be 0 or more, below 1"):
        TranslatorConfig(smoothing=1.0)


@pytest.fixture(scope="module")
def learnt():
    """A translator that has learnt a small language, and its data."""
    rows = [Pair(*pair) for pair in pairs(160)]
    options = PairsOptions(source="-", pieces=70, batch_size=32)
    data = learn_pieces(PairSplits(rows[:120], rows[120:140], rows[140:], ""), options)
    splits = data.splits(options, seed=0)
    keras.utils.set_random_seed(1)
    config = TranslatorConfig(embed=24, units=32, attention_units=16, dropout=0.1)
    model = Translator(config, **sizes_of(data.source, data.target))
    model.build()
    settings = TrainConfig(
        steps=300, learning_rate=0.01, warmup=10, evaluate_every=300, precision="float32",
        compile="graph", shards=1,
    )  # fmt: skip
    *_, last = train(model, cross_entropy, settings, splits)
    coders = coders_of(data.source, data.target, options)
    return Interpreter(model, coders, wish=Search(beam=3, nbest=3)), data, last


def test_it_learns_a_small_language(learnt):
    interpreter, data, last = learnt
    assert last.valid_loss < 0.1
    found = interpreter.translate([pair.source for pair in data.test], Search(beam=3))
    right = [each[0].text == pair.target for each, pair in zip(found, data.test)]
    assert np.mean(right) > 0.8
    assert all(each[0].ended for each in found)


def test_it_looks_at_the_word_that_it_translates(learnt):
    interpreter, _, _ = learnt
    ((best,),) = interpreter.translate(["the old king paints the young dog."], Search(beam=2))
    verb = best.pieces.index("▁malt") if "▁malt" in best.pieces else None
    assert best.weights.shape == (len(best.pieces), len(best.source))
    np.testing.assert_allclose(best.weights.sum(1), np.ones(len(best.pieces)), atol=1e-4)
    assert best.source[-1] == best.pieces[-1] == "<end>"
    assert best.text == "der alte König der junge Hund malt."
    assert verb is None or best.weights[verb].max() > 0.2


def test_a_batch_is_one_at_a_time(learnt):
    interpreter, data, _ = learnt
    texts = [pair.source for pair in data.test[:9]] + ["", "the the", "日本 🎵"]
    wish = Search(beam=3, nbest=3, coverage_penalty=0.1)
    together = interpreter.translate(texts, wish)
    for text, wanted in zip(texts, together):
        (alone,) = interpreter.translate([text], wish)
        assert [each.text for each in alone] == [each.text for each in wanted]
        np.testing.assert_allclose(
            [each.score for each in alone], [each.score for each in wanted], atol=1e-4
        )


def test_a_translation_begins_as_it_ends(learnt):
    interpreter, data, _ = learnt
    texts = [pair.source for pair in data.test[:9]] + ["", "日本 🎵"]
    greedy = [best.text for (best,) in interpreter.translate(texts, Search(beam=1))]
    before = [""] * len(texts)
    for limit in (*range(1, 12), 1000):
        found = interpreter.begin(tf.constant(texts), tf.constant(limit))
        begun = [text.decode() for text in found["text"].numpy()]
        assert all(text.startswith(known) for text, known in zip(begun, before))
        whole = found["whole"].numpy()
        assert all(text == all_ for text, all_, end in zip(begun, greedy, whole) if end)
        before = begun
    assert before == greedy and whole.all()


def test_what_every_translation_reads_like(learnt):
    interpreter, data, _ = learnt
    texts = [pair.source for pair in data.test[:6]] + [""]
    wish = Search(beam=5, nbest=2)
    wording = Wording(prefix="der junge", including=("sieht", "der rote"), excluding=("König",))
    *found, empty = interpreter.translate(texts, wish, wording=wording)
    assert [each.text for each in empty] == [""]
    for each in (each for both in found for each in both if each.ended):
        words = each.text.replace(".", " .").split()
        assert words[:2] == ["der", "junge"] and not each.missing
        assert "sieht" in words and "der rote" in " ".join(words) and "König" not in words
    assert all(both[0].ended for both in found)


def test_drawn_translations(learnt):
    interpreter, data, _ = learnt
    texts = [pair.source for pair in data.test[:5]] + [""]
    greedy = [best.text for (best,) in interpreter.translate(texts, Search(beam=1))]
    still = interpreter.draw(texts, 0, choice=Choice(temperature=0))
    assert [each.text for (each,) in still] == greedy
    bold = {"count": 3, "choice": Choice(temperature=2.0), "wording": Wording(prefix="der alte")}
    drawn = interpreter.draw(texts, 5, **bold)
    assert [[each.text for each in row] for row in interpreter.draw(texts, 5, **bold)] == [
        [each.text for each in row] for row in drawn
    ]
    assert all(len(row) == 3 for row in drawn[:-1]) and drawn[-1][0].text == ""
    assert all(each.text.startswith("der alte") for row in drawn[:-1] for each in row)
    assert len({each.text for row in drawn for each in row}) > 8
    second = interpreter.draw(texts[:1], 6, **bold | {"count": 1})[0][0]
    assert second.text == drawn[0][1].text  # by its own seed, whatever stands beside it
    assert not drawn[0][0].weights.any() and drawn[0][0].score < 0


def test_words_that_do_not_fit_are_named(learnt):
    interpreter, data, _ = learnt
    wish = Search(beam=3, max_length=2)
    wording = Wording(including=("König", "Hund", "rote"))
    ((best,),) = interpreter.translate([data.test[0].source], wish, wording=wording)
    assert best.missing and not best.ended and len(best.pieces) == 2
    with pytest.raises(UsageError, match="--with '日本' cannot be met"):
        interpreter.translate(["a"], wish, wording=Wording(including=("日本",)))


def test_an_unknown_word_is_the_one_looked_at():
    rows = [Pair(*pair) for pair in pairs(40)]
    options = PairsOptions(source="-", kind="words")
    data = learn_pieces(PairSplits(rows, rows[:5], rows[:5], ""), options)
    keras.utils.set_random_seed(0)
    model = Translator(TranslatorConfig(**TINY), **sizes_of(data.source, data.target))
    model.build()
    (bias,) = [w for w in model.trainable_variables if w.shape == (len(data.target.names),)]
    bias.assign(np.eye(len(data.target.names))[subwords.UNKNOWN] * 9.0)
    interpreter = Interpreter(model, coders_of(data.source, data.target, options), wish=Search())
    texts = ["zebra quagga yak", "xylophones"]
    plain = interpreter.translate(texts, Search(beam=2))
    assert not any("<unknown>" in each.pieces for (each,) in plain)
    copied = interpreter.translate(texts, Search(beam=2), wording=Wording(copy_unknown=True))
    for text, (each,) in zip(texts, copied):
        known = set(data.target.names)
        fresh = [n for n, piece in enumerate(each.pieces) if piece not in known]
        assert fresh and "<unknown>" not in each.pieces
        for n in fresh:
            words = f"▁{text}".replace(" ", " ▁").split()
            place = int(each.weights[n, : len(words)].argmax())
            assert each.pieces[n] == words[place]


def test_an_empty_text_is_an_empty_translation(learnt):
    interpreter, _, _ = learnt
    for texts in ([""], ["", "  \t"]):
        found = interpreter.translate(texts, Search(beam=2, nbest=2))
        assert [[each.text for each in row] for row in found] == [[""]] * len(texts)
    assert interpreter.translate([], Search()) == []


def test_a_text_of_two_thousand_words(learnt):
    interpreter, _, _ = learnt
    ((best,),) = interpreter.translate(["the old king " * 700], Search(beam=2))
    assert len(best.source) <= interpreter.source.longest + 1


def test_the_truth_before_each_piece(learnt):
    interpreter, data, _ = learnt
    sources, targets = zip(*data.test)
    found = interpreter.forced(sources, targets)
    encoded = [interpreter.target.encode(tf.constant([text]))[0].numpy() for text in targets]
    nats, pieces = 0.0, 0
    for source, ids in zip(sources, encoded):
        read = interpreter.source.encode(tf.constant([source])).to_tensor()
        read = tf.concat([read, [[END]]], 1)
        shifted = tf.constant([[START, *ids]])
        logits = interpreter.model({"source": read, "shifted": shifted})
        logp = tf.nn.log_softmax(logits)[0].numpy()
        nats -= sum(logp[t, i] for t, i in enumerate([*ids, END]))
        pieces += len(ids) + 1
    assert found.perplexity == pytest.approx(np.exp(nats / pieces), rel=1e-4)
    assert 0.5 < found.right <= 1
    assert len(found.texts) == len(sources)


def test_what_is_served_is_what_is_used(learnt, tmp_path):
    interpreter, data, _ = learnt
    texts = [data.test[0].source, ""]
    found = interpreter.serve(tf.constant(texts))
    wanted = interpreter.translate(texts, interpreter.wish)
    assert [text.decode() for text in found["text"][0].numpy()] == [t.text for t in wanted[0]]
    assert {text.decode() for text in found["text"][1].numpy()} == {""}
    assert dataclasses.is_dataclass(interpreter.wish)

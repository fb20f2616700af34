"""The models of sentences: sizes, padding, learning, files, and what their losses mean."""

import itertools
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import intent_slots, tag_costs
from models.classifier import SentenceClassifier
from models.configs import ClassifierConfig, IntentSlotsConfig, TaggerConfig
from models.intent_slots import IntentSlots, Reading
from models.tagger import Tagger
from tfrnn.data.batch import Batch
from tfrnn.errors import UsageError
from tfrnn.layers import Chain, Independent
from tfrnn.training.losses import agreeing_cross_entropy, missed

WORDS, LABELS, TAGS, WIDTH = 30, 4, 5, 6
LENGTHS = [5, 3, 1, 0]
OFF = {"wide": 0, "dropout": 0, "word_dropout": 0, "ngram_dropout": 0, "readings": 1}
CLASSIFIER = ClassifierConfig(
    word_embed=5,
    subword_embed=4,
    buckets=50,
    units=6,
    attention_units=3,
    pooling=("last", "mean", "max", "attention"),
    **OFF,
)
LSTM_CLASSIFIER = ClassifierConfig(cell="lstm", units=6, pooling=("last",), **OFF)
TAGGING = {"word_embed": 5, "character_embed": 3, "character_features": 4, "window": 3, "units": 6}
TAGGING |= {"layers": 2, "word_dropout": 0, "dropout": 0}
WIDE_CLASSIFIER = ClassifierConfig(
    word_embed=5,
    subword_embed=4,
    buckets=50,
    units=6,
    attention_units=3,
    wide_buckets=40,
    **OFF | {"wide": 3},
)
MAKE = {
    "wide classifier": lambda: SentenceClassifier(WIDE_CLASSIFIER, words=WORDS, labels=LABELS),
    "classifier": lambda: SentenceClassifier(CLASSIFIER, words=WORDS, labels=LABELS),
    "lstm classifier": lambda: SentenceClassifier(LSTM_CLASSIFIER, words=WORDS, labels=LABELS),
    "tagger": lambda: Tagger(TaggerConfig(**TAGGING), words=WORDS, tags=TAGS),
    "crf tagger": lambda: Tagger(TaggerConfig(**TAGGING, output="crf"), words=WORDS, tags=TAGS),
    "slots": lambda: IntentSlots(
        IntentSlotsConfig(**TAGGING, attention_units=3), words=WORDS, labels=LABELS, tags=TAGS
    ),
}


@pytest.fixture(params=MAKE)
def name(request):
    return request.param


def made(name, seed=0):
    keras.utils.set_random_seed(seed)
    model = MAKE[name]()
    model.build()
    return model


def sentences(time=5):
    rng = np.random.default_rng(0)
    mask = tf.sequence_mask(LENGTHS, time)
    words = np.zeros([4, time], np.int32)
    words[:, :5] = rng.integers(1, WORDS, (4, 5))
    letters = np.zeros([4, time, WIDTH], np.int32)
    letters[:, :5] = rng.integers(1, 257, (4, 5, WIDTH))
    return {
        "words": tf.where(mask, words, 0),
        "characters": tf.where(mask[..., None], letters, 0),
    }


def numbers(outputs, time=5):
    """All that a model says, as arrays with `time` words."""
    found = []
    for part in outputs if isinstance(outputs, Reading) else [outputs]:
        if isinstance(part, Chain | Independent):
            found += [part.decode()[0][:, :time], part.marginals()[:, :time]]
        else:
            found.append(part)
    return [np.asarray(x) for x in found]


def lstm(width, units):
    return 4 * units * (width + units + 1)


def gru(width, units):
    return 3 * units * (width + units + 2)


def test_parameters_by_formula():
    found = {name: made(name).count_params() for name in MAKE}
    tables = WORDS * 5 + 50 * 4
    attention = 12 * 3 + 3 + 3
    assert found["classifier"] == tables + 2 * gru(9, 6) + attention + (4 * 12 + 1) * LABELS
    wide = 40 * 3 + 40 * 3 + 6 * LABELS
    pools = (3 * 12 + 1) * LABELS
    assert found["wide classifier"] == tables + 2 * gru(9, 6) + attention + pools + wide
    tables = WORDS * 64 + 16384 * 160
    assert found["lstm classifier"] == tables + 2 * lstm(224, 6) + (12 + 1) * LABELS
    encoder = WORDS * 5 + 257 * 3 + (9 + 1) * 4 + 2 * lstm(9, 6) + 2 * lstm(12, 6)
    assert found["tagger"] == encoder + 13 * TAGS
    assert found["crf tagger"] == encoder + 13 * TAGS + TAGS * (TAGS + 2)
    heads = 13 * TAGS + TAGS * (TAGS + 2) + attention + 13 * LABELS
    assert found["slots"] == encoder + heads


def test_padding_changes_nothing(name):
    model = made(name)
    for a, b in zip(numbers(model(sentences(9))), numbers(model(sentences())), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_an_empty_sentence_has_numbers_too(name):
    model, inputs = made(name), sentences()
    with tf.GradientTape() as tape:
        found = tf.nest.flatten(model(inputs, training=True))
        loss = tf.add_n([tf.reduce_sum(x) for x in found if x.dtype == tf.float32])
    for x in numbers(model(inputs)):
        assert np.isfinite(x).all()
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert gradient is None or np.isfinite(tf.convert_to_tensor(gradient)).all()


def test_a_row_depends_on_no_other(name):
    model, inputs = made(name), sentences()
    for row in range(4):
        alone = {key: x[row : row + 1] for key, x in inputs.items()}
        for a, b in zip(numbers(model(alone)), numbers(model(inputs)), strict=True):
            np.testing.assert_allclose(a[0], b[row], atol=1e-6)


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_looking_once_at_each_word_is_the_plain_way(kind):
    """In use equal words are computed once, in training each where it stands."""
    config = ClassifierConfig(cell=kind, units=7, **OFF)
    model = SentenceClassifier(config, words=WORDS, labels=LABELS)
    plain = model(sentences(), training=True)[:, 0, 0]
    np.testing.assert_allclose(model(sentences()), plain, atol=1e-5)


def test_attention_is_shared_out_over_the_words():
    for name in ("classifier", "slots"):
        shares = made(name).explain(sentences()).numpy()
        np.testing.assert_allclose(shares.sum(1), [1, 1, 1, 0], atol=1e-6)
        assert (shares[~np.asarray(tf.sequence_mask(LENGTHS, 5))] == 0).all()
    with pytest.raises(ValueError, match="without attention"):
        made("lstm classifier").explain(sentences())


def batch_of(name):
    rng = np.random.default_rng(1)
    mask = tf.sequence_mask(LENGTHS, 5, tf.float32)
    labels = tf.constant(rng.integers(0, LABELS, 4), tf.int32)
    tags = tf.constant(rng.integers(0, TAGS, (4, 5)), tf.int32)
    if "classifier" in name:
        return Batch(sentences(), labels, tf.constant([1.0, 1, 1, 0]))
    if "tagger" in name:
        return Batch(sentences(), tags, mask)
    targets = tf.concat([labels[:, None], tags], 1)
    weights = tf.concat([tf.constant([[1.0], [1], [1], [0]]), mask], 1)
    return Batch(sentences(), targets, weights)


LOSSES = {
    "classifier": (partial(agreeing_cross_entropy, smoothing=0.0, agreement=1.0), missed),
    "tagger": (tag_costs.nats, tag_costs.missed),
    "slots": (intent_slots.nats, intent_slots.missed),
}


def test_it_learns_a_batch_by_heart(name):
    model, batch = made(name), batch_of(name)
    loss_fn, missed_fn = LOSSES[name.split()[-1]]
    optimizer = keras.optimizers.Adam(0.05)

    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(loss_fn(model(batch.inputs, training=True), batch) * batch.weights)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    optimizer.build(model.trainable_variables)
    first = float(step())
    for _ in range(80):
        last = float(step())
    assert last < 0.05 * first
    wrong = missed_fn(model(batch.inputs), batch) * batch.weights
    assert float(tf.reduce_sum(wrong)) == 0


def test_it_comes_back_from_a_file(name, tmp_path):
    model = made(name)
    wanted = numbers(model(sentences()))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.config == model.config
    for a, b in zip(numbers(again(sentences())), wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def paths_of(chain, row, length):
    """The score of every tag sequence of a row, in float64."""
    parts = [np.asarray(x, np.float64) for x in chain[:1] + chain[2:]]
    emissions, transitions, start, end = parts
    for tags in itertools.product(range(TAGS), repeat=length):
        score = sum(emissions[row, t, tag] for t, tag in enumerate(tags))
        score += sum(transitions[a, b] for a, b in itertools.pairwise(tags))
        yield tags, score + (start[tags[0]] + end[tags[-1]] if tags else 0)


def test_the_nats_of_a_chain_are_shared_out_over_its_words():
    model, batch = made("crf tagger"), batch_of("crf tagger")
    rng = np.random.default_rng(2)
    for weight in model.crf.weights:
        weight.assign(rng.normal(size=weight.shape))
    chain = model(batch.inputs)
    found = tag_costs.nats(chain, batch).numpy()
    guesses = chain.decode()[0].numpy()
    for row, length in enumerate(LENGTHS[:3]):
        scores = dict(paths_of(chain, row, length))
        best = max(scores, key=scores.get)
        assert tuple(guesses[row, :length]) == best
        wanted = np.logaddexp.reduce(list(scores.values()))
        wanted -= scores[tuple(batch.targets.numpy()[row, :length])]
        np.testing.assert_allclose(found[row, :length], wanted / length, atol=1e-4)
        assert (found[row, length:] == 0).all()
    assert (found[3] == 0).all()
    wrong = tag_costs.missed(chain, batch).numpy()
    assert (wrong == (guesses != batch.targets.numpy())).all()


def test_a_label_counts_as_much_as_its_words_together():
    """Summed over all targets: nats a word for the tags, and for the label nats a sentence."""
    model, batch = made("slots"), batch_of("slots")
    reading = model(batch.inputs)
    found = intent_slots.nats(reading, batch).numpy()
    tags = Batch(batch.inputs, batch.targets[:, 1:], batch.weights[:, 1:])
    np.testing.assert_allclose(found[:, 1:], tag_costs.nats(reading.chain, tags), atol=1e-6)
    logits = reading.label.numpy().astype(np.float64)
    nats = np.log(np.exp(logits).sum(1)) - logits[range(4), batch.targets.numpy()[:, 0]]
    np.testing.assert_allclose(found[:, 0], nats * LENGTHS, atol=1e-5)
    wrong = intent_slots.missed(reading, batch).numpy()
    assert (wrong[:, 0] == (logits.argmax(1) != batch.targets.numpy()[:, 0])).all()


@pytest.mark.parametrize(
    ("config", "values", "words"),
    [
        (ClassifierConfig, {"units": 0}, "--model.units must be 1 or more, got 0"),
        (ClassifierConfig, {"buckets": 1}, "--model.buckets must be 2 or more, got 1"),
        (ClassifierConfig, {"word_dropout": 1.0}, r"--model.word-dropout must be 0 or more, below"),
        (ClassifierConfig, {"pooling": ()}, "--model.pooling must be one or more of last"),
        (TaggerConfig, {"window": 4}, "--model.window must be odd and 1 or more, got 4"),
        (TaggerConfig, {"dropout": -0.1}, "--model.dropout must be 0 or more, below 1"),
        (IntentSlotsConfig, {"attention_units": 0}, "--model.attention-units must be 1 or more"),
        (IntentSlotsConfig, {"layers": 0}, "--model.layers must be 1 or more, got 0"),
    ],
)
def test_sizes_that_cannot_be(config, values, words):
    with pytest.raises(UsageError, match=words):
        config(**values)

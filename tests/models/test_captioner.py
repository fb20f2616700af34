"""The captioner: sizes, one step at a time, what it learns from, use and files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import pieces
from models.captioner import Captioner
from models.configs import CaptionerConfig
from models.describer import Describer
from models.networks import PictureReader
from models.pieces import START
from tfrnn.data import subwords
from tfrnn.data.captioned import CaptionData, coder_of
from tfrnn.data.captions import read_captions
from tfrnn.data.options import CaptionsOptions
from tfrnn.decoding.search import Search
from tfrnn.errors import UsageError
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import train
from tfrnn.training.losses import cross_entropy

VOCAB, EMBED, UNITS, FEATURES = 13, 6, 8, 5
KINDS = ("soft", "hard", "tell")
TINY = {"embed": EMBED, "units": UNITS, "attention_units": 7, "widths": (4, 5), "dropout": 0.3}
GRID = (2, 3, FEATURES)


def made(decoder="soft", picture=GRID, **sizes):
    keras.utils.set_random_seed(0)
    model = Captioner(
        CaptionerConfig(**TINY | {"decoder": decoder} | sizes), vocab=VOCAB, picture=picture
    )
    model.build()
    return model


def batch(rows=3, steps=5, picture=GRID):
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(rows, *picture)).astype(np.float16)
    if picture[-1] == 3:
        seen = rng.integers(0, 256, (rows, *picture)).astype(np.uint8)
    ids = rng.integers(4, VOCAB, (rows, steps)).astype(np.int32)
    return {"picture": tf.constant(seen), "shifted": tf.constant(ids)}


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_by_formula(kind):
    lstm = 4 * (UNITS * UNITS + UNITS)  # the recurrent kernel and the bias
    notes = (FEATURES + 2) * UNITS + UNITS
    vectors = VOCAB * EMBED + VOCAB
    if kind == "tell":
        rest = UNITS * EMBED + EMBED + 4 * EMBED * UNITS + (UNITS + EMBED) * EMBED + EMBED
    else:
        attention = 2 * UNITS * 7 + 7 + 7 + (kind == "hard")
        bridge, gate = 2 * (UNITS * UNITS + UNITS), UNITS + 1
        rest = attention + bridge + gate + 4 * UNITS * EMBED + 4 * UNITS * UNITS
        rest += (2 * UNITS + EMBED) * EMBED + EMBED
    assert made(kind).count_params() == lstm + notes + vectors + rest


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picture", [GRID, (8, 12, 3)])
def test_one_step_at_a_time_is_the_sequence(kind, picture):
    model, inputs = made(kind, picture), batch(picture=picture)
    wanted = model(inputs)
    memory, state = model.encode(inputs["picture"])
    for t in range(5):
        logits, weights, state = model.step(inputs["shifted"][:, t], state, memory)
        np.testing.assert_allclose(logits, wanted[:, t], atol=1e-5)
        assert weights.shape == (3, 6)
        looked = tf.reduce_sum(weights, -1)
        np.testing.assert_allclose(looked, np.full(3, float(kind != "tell")), atol=1e-5)
        if kind == "hard":
            assert set(np.unique(weights)) == {0.0, 1.0}


@pytest.mark.parametrize("kind", KINDS)
def test_graph_and_xla_are_eager(kind):
    model, inputs = made(kind), batch()
    wanted = model(inputs)
    for jit in (False, True):
        found = tf.function(model, jit_compile=jit, autograph=False)(inputs)
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_where_a_thing_stands_matters():
    """The mean over places alone could not tell; the two numbers that say where do."""
    model, inputs = made("tell"), batch(rows=1)
    turned = inputs | {"picture": inputs["picture"][:, :, ::-1]}
    assert np.abs(model(turned) - model(inputs)).max() > 1e-4


def test_the_bias_starts_from_how_often_words_occur():
    shares = tuple(float(np.log(k + 1)) for k in range(VOCAB))
    config = CaptionerConfig(**TINY)
    model = Captioner(config, vocab=VOCAB, picture=GRID, log_shares=shares)
    model.build()
    np.testing.assert_allclose(model.bias, shares, rtol=1e-6)


def test_looking_everywhere_alike_costs_nothing_and_at_one_place_does():
    model, inputs = made("soft", doubly=2.0, dropout=0.0, picture_dropout=0.0), batch()
    model.attention.score.assign(tf.zeros_like(model.attention.score))
    model(inputs, training=True)
    np.testing.assert_allclose(model.losses, [0.0], atol=1e-6)
    model.attention.score.assign(50 * tf.ones_like(model.attention.score))
    model(inputs, training=True)
    assert 0.01 < float(sum(model.losses)) < 2.0 * 5


def test_hard_attention_adds_what_it_learns_from_and_moves_its_baseline():
    model, inputs = made("hard"), batch()
    model(inputs, training=True)
    assert len(model.losses) == 2
    assert float(model.attention.baseline) < 0  # rewards are log-probabilities
    model(inputs)
    assert model.losses == []


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_back_from_a_file(kind, tmp_path):
    model, inputs = made(kind, (8, 12, 3)), batch(picture=(8, 12, 3))
    wanted = model(inputs)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.config == model.config and again.picture == model.picture
    np.testing.assert_array_equal(again(inputs), wanted)


def test_ids_are_those_of_the_pieces():
    for name in ("PAD", "UNKNOWN", "START", "END"):
        assert getattr(pieces, name) == getattr(subwords, name)


def test_sizes_that_cannot_be():
    with pytest.raises(UsageError, match=r"--model\.doubly must be 0 or more"):
        CaptionerConfig(doubly=-1.0)
    with pytest.raises(UsageError, match=r"--model\.widths must be one or more sizes"):
        CaptionerConfig(widths=())


@pytest.fixture(scope="module")
def learnt():
    """Scenes that a small model has learnt by heart, more or less, and what captions them."""
    options = CaptionsOptions(scenes=60, batch_size=16, least=1)
    found = read_captions(options, seed=0)
    texts = [caption for shown in found.train for caption in shown.captions]
    pieces = subwords.learn(texts, kind="words", most=100)
    rows = np.stack([load() for load in found.loaders()])
    data = CaptionData(found, pieces, "", rows)
    splits = data.splits(options, seed=0)
    keras.utils.set_random_seed(0)
    sizes = {"embed": 24, "units": 48, "attention_units": 16, "widths": (12, 16, 24)}
    config = CaptionerConfig(**sizes, dropout=0.0, picture_dropout=0.0)
    model = Captioner(config, **splits.sizes)
    model.build()
    how = TrainConfig(
        steps=420, learning_rate=6e-3, evaluate_every=420, precision="float32", compile="graph",
        shards=1, warmup=10,
    )  # fmt: skip
    losses = [step.loss for step in train(model, cross_entropy, how, splits)]
    describer = Describer(model, coder_of(pieces, options), PictureReader(48), wish=Search(beam=2))
    return losses, describer, data


def test_it_learns(learnt):
    losses, describer, data = learnt
    assert losses[0] > 2.0 and losses[-1] < 0.35
    rows = data.rows[data.places()[0]]
    found = [each[0].text for each in describer.describe_rows(rows, Search(beam=3))]
    right = [text in shown.captions for text, shown in zip(found, data.train)]
    assert np.mean(right) > 0.5  # one caption for all is right in 1 of 30 at most


def test_a_caption_depends_on_its_picture_alone(learnt):
    _, describer, data = learnt
    wish = Search(beam=3, nbest=2)
    together = describer.describe_rows(data.rows[:40], wish)
    for n in (0, 17, 39):
        ((alone),) = describer.describe_rows(data.rows[n : n + 1], wish)
        assert [each.text for each in alone] == [each.text for each in together[n]]
        np.testing.assert_allclose(alone[0].weights, together[n][0].weights, atol=1e-5)


def test_weights_and_words_belong_together(learnt):
    _, describer, data = learnt
    (best,) = describer.describe_rows(data.rows[:1], Search(beam=2))[0]
    assert " ".join(best.words) == best.text and best.ended
    assert best.weights.shape == (len(best.words), 6, 6)
    np.testing.assert_allclose(best.weights.sum((1, 2)), 1.0, atol=1e-4)


def test_served_files_say_what_pixels_say(learnt):
    _, describer, data = learnt
    files = tf.stack([tf.io.encode_png(row) for row in data.rows[:4]])
    served = describer.serve(files)["text"].numpy()[:, 0]
    known = [each[0].text for each in describer.describe([*data.rows[:4]], Search(beam=2))]
    assert [text.decode() for text in served] == known


def test_the_start_is_never_written(learnt):
    _, describer, data = learnt
    found = describer.describe_rows(data.rows[:10], Search(beam=2))
    assert not {subwords.RESERVED[START]} & {word for each in found for word in each[0].words}

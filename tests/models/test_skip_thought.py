"""Skip-thought: sizes, padding, what a vector depends on, and that it learns what follows."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.configs import SkipThoughtConfig
from models.embedder import Embedder
from models.skip_thought import SkipThought
from tfrnn.data.options import BookOptions
from tfrnn.data.skipping import coder_of, read_book, sizes_of
from tfrnn.errors import UsageError
from tfrnn.export.saved_model import save
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import train
from tfrnn.training.losses import cross_entropy

VOCAB, EMBED, UNITS, DECODER = 13, 6, 8, 7
SIZES = {"embed": EMBED, "units": UNITS, "decoder_units": DECODER}


def made(dtype="float32", **sizes):
    keras.utils.set_random_seed(3)
    model = SkipThought(SkipThoughtConfig(**SIZES | sizes), vocab=VOCAB, dtype=dtype)
    model.build()
    return model


def batch(rows=3, steps=5):
    rng = np.random.default_rng(0)
    source = rng.integers(4, VOCAB, (rows, steps))
    source = np.where(np.arange(steps) < np.array([[5], [2], [4]])[:rows], source, 0)
    shifted = rng.integers(4, VOCAB, (rows, 2, steps))
    return {"source": tf.constant(source, tf.int32), "shifted": tf.constant(shifted, tf.int32)}


def test_parameters_by_formula():
    half = UNITS // 2
    gru = lambda wide, units: 3 * units * (wide + units + 2)  # noqa: E731
    wanted = VOCAB * EMBED + VOCAB + 2 * gru(EMBED, half) + 2 * gru(EMBED + UNITS, DECODER)
    wanted += 2 * (UNITS + 1) * DECODER + (DECODER + 1) * EMBED
    assert made().count_params() == wanted


def test_padding_changes_nothing():
    model, inputs = made(), batch()
    longer = {
        "source": tf.pad(inputs["source"], [[0, 0], [0, 3]]),
        "shifted": tf.pad(inputs["shifted"], [[0, 0], [0, 0], [0, 2]], constant_values=9),
    }
    np.testing.assert_allclose(model(longer)[:, :, :5], model(inputs), atol=1e-5)
    vectors = model.encode(inputs["source"])
    np.testing.assert_allclose(model.encode(inputs["source"][1:2, :2]), vectors[1:2], atol=1e-6)


def test_each_decoder_reads_its_own_sentence_up_to_there():
    model, inputs = made(), batch()
    given = model(inputs)
    changed = inputs["shifted"].numpy()
    changed[:, 1, 3:] = 4
    found = model(inputs | {"shifted": tf.constant(changed)})
    np.testing.assert_array_equal(found[:, 0], given[:, 0])
    np.testing.assert_allclose(found[:, 1, :3], given[:, 1, :3], atol=1e-6)
    assert np.abs(found[:, 1, 3:] - given[:, 1, 3:]).max() > 1e-3


def test_graph_and_xla_are_eager_and_bfloat16_is_near():
    model, inputs = made(), batch()
    for jit in (False, True):
        call = tf.function(lambda x: model(x), jit_compile=jit)
        np.testing.assert_allclose(call(inputs), model(inputs), atol=1e-5)
    half = made("mixed_bfloat16")
    half.set_weights(model.get_weights())
    np.testing.assert_allclose(half(inputs), model(inputs), atol=0.1)


def test_it_comes_back_from_a_file(tmp_path):
    model, inputs = made(), batch()
    model(inputs)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(inputs), model(inputs), atol=1e-6)
    assert again.config == model.config


def test_sizes_that_cannot_be():
    with pytest.raises(UsageError, match=r"--model\.units must be even"):
        SkipThoughtConfig(units=7)
    with pytest.raises(UsageError, match=r"--model\.dropout must be 0 or more, below 1"):
        SkipThoughtConfig(dropout=1.0)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """An encoder that has learnt a book in which each sentence tells the next."""
    path = tmp_path_factory.mktemp("book") / "book.txt"
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    path.write_text(" ".join(f"It is {days[n % 7]}." for n in range(420)))
    options = BookOptions(source=str(path), pieces=60, batch_size=16)
    data = read_book(options, seed=0)
    keras.utils.set_random_seed(1)
    config = SkipThoughtConfig(embed=12, units=16, decoder_units=16, dropout=0.0)
    model = SkipThought(config, **sizes_of(data.pieces))
    model.build()
    settings = TrainConfig(
        steps=400, learning_rate=0.02, warmup=10, evaluate_every=400, precision="float32",
        compile="graph", shards=1,
    )  # fmt: skip
    *_, last = train(model, cross_entropy, settings, data.splits(options, seed=0))
    return Embedder(model, coder_of(data.pieces, options)), days, last


def test_it_learns_what_comes_next(learnt):
    embedder, days, last = learnt
    assert last.valid_loss < 0.05
    texts = [f"It is {day}." for day in days]
    vectors = embedder.embed(texts)
    for n, vector in enumerate(vectors):
        nats = embedder.follows(tf.constant(np.repeat(vector[None], 7, 0)), tf.constant(texts))
        assert int(np.argmin(nats)) == (n + 1) % 7


def test_a_vector_is_that_of_the_sentence_alone(learnt):
    embedder, days, _ = learnt
    texts = [f"It is {day}." for day in days] + ["", "日本", "It is " * 100]
    together = embedder.embed(texts)
    assert together.shape == (10, 16) and together.dtype == np.float32
    for text, vector in zip(texts, together):
        np.testing.assert_allclose(embedder.embed([text])[0], vector, atol=1e-5)
    assert embedder.embed([]).shape == (0, 16)


def test_what_is_served_is_what_is_used(learnt, tmp_path):
    embedder, days, _ = learnt
    save(embedder, tmp_path / "1", embedder.signatures())
    texts = [f"It is {days[0]}.", ""]
    served = tf.saved_model.load(str(tmp_path / "1")).signatures["embed"](text=tf.constant(texts))
    np.testing.assert_allclose(served["vectors"], embedder.embed(texts), atol=1e-5)
    assert dataclasses.is_dataclass(embedder.model.config)

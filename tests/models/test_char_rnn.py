"""CharRNN: what it computes, that it is a Keras model, that it learns."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.char_rnn import CharRNN
from models.configs import CharRNNConfig
from models.writer import Writer
from tests.models.toys import SIZES, VOCAB, VOCABULARY, batch_of, char_rnn, lively
from tests.training.toys import splits
from tfrnn.data.text import join, windows
from tfrnn.decoding.choice import Choice
from tfrnn.errors import UsageError
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import train
from tfrnn.training.losses import cross_entropy


@pytest.fixture
def model():
    return lively(char_rnn())


@pytest.fixture
def ids():
    return tf.random.stateless_uniform([3, 13], [0, 1], 0, VOCAB, tf.int32)


@pytest.mark.parametrize("layers", [1, 3])
def test_number_of_weights(layers):
    v, e, n = 23, 5, 7
    model = char_rnn(CharRNNConfig(units=n, layers=layers, embed=e), vocab=v)
    lstms = 4 * n * (e + n + 1) + (layers - 1) * 4 * n * (n + n + 1)
    assert sum(int(np.prod(w.shape)) for w in model.weights) == v * e + lstms + (n + 1) * v
    assert len(model.trainable_weights) == 1 + 3 * layers + 2


def test_the_folded_embedding_is_the_embedding(model, ids):
    hidden, _ = model.lstms(model.embed(ids))
    np.testing.assert_allclose(model({"ids": ids}), model.logits(hidden), atol=1e-5)


@pytest.mark.parametrize("jit", [False, True])
def test_one_id_at_a_time_is_the_sequence(model, ids, jit):
    step = tf.function(model.step, jit_compile=jit)
    expected = model({"ids": ids})
    table, states = model.table(), model.initial_state(3)
    for t in range(13):
        logits, states = step(table, ids[:, t], states)
        np.testing.assert_allclose(logits, expected[:, t], atol=1e-5)


def test_a_logit_depends_on_what_came_before_alone(model, ids):
    changed = tf.concat([ids[:, :7], (ids[:, 7:] + 1) % VOCAB], 1)
    before, after = model({"ids": ids}).numpy(), model({"ids": changed}).numpy()
    np.testing.assert_allclose(before[:, :7], after[:, :7], atol=1e-6)
    assert np.abs(before[:, 7:] - after[:, 7:]).max(-1).min() > 1e-3
    np.testing.assert_allclose(model({"ids": ids[1:2]}), before[1:2], atol=1e-5)


def test_dropout_acts_in_training_alone(model, ids):
    calm = model({"ids": ids})
    np.testing.assert_array_equal(calm, model({"ids": ids}, training=False))
    noisy = [model({"ids": ids}, training=True).numpy() for _ in range(2)]
    assert np.abs(noisy[0] - calm).max() > 0.1
    assert np.abs(noisy[0] - noisy[1]).max() > 0.1


def test_dropout_acts_after_every_layer():
    """Each of the three alone changes the outputs."""
    ids = tf.ones([1, 5], tf.int32)
    model = lively(char_rnn(CharRNNConfig(units=8, layers=3, embed=4, dropout=0.9)))
    drops = [*model.lstms.drops, model.dropout]
    assert len(drops) == 3
    calm = model({"ids": ids}).numpy()
    for active in drops:
        for drop in drops:
            drop.rate = 0.9 if drop is active else 0.0
        assert np.abs(model({"ids": ids}, training=True).numpy() - calm).max() > 0.01


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_saves_and_loads_as_keras(ids, tmp_path, precision):
    model = lively(char_rnn(dtype=precision))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is CharRNN
    assert (loaded.config, loaded.vocab) == (SIZES, VOCAB)
    assert loaded.dtype_policy.name == precision
    np.testing.assert_array_equal(loaded({"ids": ids}), model({"ids": ids}))


def test_a_config_makes_the_model_again_twice(model):
    config = model.get_config()
    for _ in range(2):
        twin = CharRNN.from_config(config)
        assert twin.get_config() == config


def test_compile_and_fit_work():
    model = char_rnn(dataclasses.replace(SIZES, dropout=0.0))
    stream = join([np.arange(1, VOCAB, dtype=np.int32)] * 9)
    data = windows(stream, vocab=VOCAB, batch_size=4, steps=6, seed=0)(0)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.optimizer.learning_rate = 0.05
    given = data.map(lambda batch: tuple(batch))  # (x, y, sample weights)
    history = model.fit(given, steps_per_epoch=8, epochs=4, shuffle=False, verbose=0)
    assert history.history["loss"][-1] < 0.6 * history.history["loss"][0]


def test_bfloat16_is_near(ids):
    exact, mixed = char_rnn(), char_rnn(dtype="mixed_bfloat16")
    for a, b in zip(exact.weights, mixed.weights, strict=True):
        np.testing.assert_array_equal(a, b)
        assert b.dtype == "float32"
    found, expected = mixed({"ids": ids}), exact({"ids": ids})
    assert found.dtype == tf.float32
    assert 0 < np.abs(found - expected).max() < 0.03 * np.abs(expected).max()


def test_learns_a_document_by_heart_and_writes_it_again():
    document = "abba cab | fade a bad cafe\ngag |"
    model = char_rnn(CharRNNConfig(units=24, layers=1, embed=8, dropout=0.0))
    config = TrainConfig(
        steps=120, learning_rate=0.03, warmup=5, evaluate_every=120,
        precision="float32", compile="graph", shards=1,
    )  # fmt: skip
    *_, last = train(model, cross_entropy, config, splits(batch_of(document)))
    assert last.valid_loss < 0.05
    writer = Writer(model, VOCABULARY, jit=False)
    (draft,) = writer.write([""], [0], limit=64, choice=Choice(temperature=0))
    assert (draft.text, draft.ended) == (document, True)
    (rest,) = writer.write([document[:9]], [0], limit=64, choice=Choice(temperature=0))
    assert rest.text == document


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"units": 0}, r"--model\.units must be 1 or more, got 0\."),
        ({"layers": 0}, r"--model\.layers must be 1 or more"),
        ({"embed": -4}, r"--model\.embed must be 1 or more"),
        ({"dropout": 1.0}, r"--model\.dropout must be 0 or more, below 1, got 1\.0"),
        ({"dropout": float("nan")}, r"--model\.dropout .* got nan"),
    ],
)
def test_sizes_that_cannot_be(wrong, message):
    with pytest.raises(UsageError, match=f"^{message}"):
        CharRNNConfig(**wrong)

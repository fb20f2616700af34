"""Dropout of LSTM, GRU and SimpleRNN: where it acts, that it is one mask, that it resumes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers import GRU, LSTM, SimpleRNN
from tfrnn.layers.variational import draw_keep

CELLS = (GRU, LSTM, SimpleRNN)


@pytest.fixture(params=CELLS, ids=lambda cell: cell.__name__)
def cell(request):
    return request.param


def built(layer):
    layer.build((None, None, 4))
    return layer


def equal(a, b):
    return all(np.array_equal(p, q) for p, q in zip(tf.nest.flatten(a), tf.nest.flatten(b)))


def test_no_rate_creates_nothing(cell):
    plain = built(cell(5))
    assert plain.seeds is None and plain.variables == plain.weights
    x = tf.random.stateless_normal([3, 6, 4], [0, 1])
    assert equal(plain(x, training=True), plain(x))


@pytest.mark.parametrize("rate", ["dropout", "recurrent_dropout"])
def test_only_training_drops(cell, rate):
    layer = built(cell(5, **{rate: 0.5}))
    x = tf.random.stateless_normal([3, 6, 4], [0, 1])
    plain = built(cell(5))
    plain.set_weights(layer.get_weights())
    for args in ({}, {"training": False}):
        assert equal(layer(x, **args), plain(x))
    first, second = layer(x, training=True), layer(x, training=True)
    assert not equal(first, plain(x)) and not equal(first, second)


@pytest.mark.parametrize("rate", ["dropout", "recurrent_dropout"])
def test_step_and_project_never_drop(cell, rate):
    layer, plain = built(cell(5, **{rate: 0.5})), built(cell(5))
    plain.set_weights(layer.get_weights())
    x = tf.random.stateless_normal([3, 4], [0, 1])
    state = plain.step(plain.project(x), plain.initial_state(3))[1]
    assert equal(layer.step(layer.project(x), state), plain.step(plain.project(x), state))


def test_inputs_lose_the_same_features_at_every_step(cell, monkeypatch):
    layer = built(cell(5, dropout=0.5))
    seen = []
    project = layer.project
    monkeypatch.setattr(layer, "project", lambda x: project(seen.append(x) or x))
    layer(tf.ones([200, 3, 4]), training=True)
    kept = seen[0].numpy()
    np.testing.assert_array_equal(kept, kept[:, :1].repeat(3, 1))
    assert set(np.unique(kept)) == {0, 2}
    assert len(np.unique(kept[:, 0], axis=0)) == 16  # each row, each feature for itself
    assert abs(kept.mean() - 1) < 0.1


def test_state_loses_the_same_units_at_every_step():
    """With U = 1 and no inputs a unit counts its steps, or, dropped, never gets above one."""
    layer = built(SimpleRNN(8, activation="relu", recurrent_dropout=0.5))
    layer.set_weights([np.zeros([4, 8]), np.eye(8), np.ones([8])])
    outputs, _ = layer(tf.zeros([50, 5, 4]), training=True)
    counts = {tuple(row) for row in outputs.numpy().transpose(0, 2, 1).reshape(-1, 5)}
    assert counts == {(1, 1, 1, 1, 1), (1, 3, 7, 15, 31)}  # h = 1 + 2 h where it is kept


def test_keep_is_one_on_average():
    keep = draw_keep(tf.zeros([100, 100], tf.float64), 0.2, keras.random.SeedGenerator(1)).numpy()
    assert set(np.unique(keep)) == {0, 1.25} and keep.dtype == np.float64
    assert abs(keep.mean() - 1) < 0.02


@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "xla"])
def test_draws_anew_in_a_graph_and_resumes_from_its_seeds(cell, compiled):
    layer = built(cell(5, dropout=0.3, recurrent_dropout=0.3))
    x = tf.random.stateless_normal([3, 6, 4], [0, 1])
    run = tf.function(lambda: layer(x, training=True), autograph=False, jit_compile=compiled)
    first = run()
    saved = [tf.identity(v.value) for v in layer.non_trainable_variables]
    assert len(saved) == 1  # the seeds
    second = run()
    assert not equal(first, second)
    layer.non_trainable_variables[0].assign(saved[0])
    assert equal(run(), second)
    layer.non_trainable_variables[0].assign(saved[0])
    for one, other in zip(tf.nest.flatten(layer(x, training=True)), tf.nest.flatten(second)):
        np.testing.assert_allclose(one, other, atol=1e-6)  # the same draws, compiled or not


def test_config_and_file_keep_the_rates(cell, tmp_path):
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, cell(5, dropout=0.1, recurrent_dropout=0.2)(inputs)[0])
    model.save(tmp_path / "layer.keras")
    loaded = keras.models.load_model(tmp_path / "layer.keras")
    assert (loaded.layers[1].dropout, loaded.layers[1].recurrent_dropout) == (0.1, 0.2)
    x = tf.random.stateless_normal([3, 6, 4], [0, 1])
    assert equal(loaded(x), model(x))


@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_rates_outside_are_refused(cell, name, rate):
    wanted = rf"^{cell.__name__} needs {name} in \[0, 1\), got {name}={rate}\.$"
    with pytest.raises(ValueError, match=wanted):
        cell(5, **{name: rate})

"""Stacked: what flows from layer to layer, and what training changes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close
from tfrnn.layers import GRU, LSTM, SimpleRNN, Stacked


@pytest.fixture
def stacked():
    return Stacked([LSTM(6), SimpleRNN(5), GRU(7)], dropout=0.5)


@pytest.fixture
def x():
    return tf.random.stateless_normal([3, 7, 4], seed=[0, 1])


def test_each_layer_reads_the_one_below(stacked, x):
    outputs, states = stacked(x)
    lstm, rnn, gru = stacked.layers
    first, first_state = lstm(x)
    second, second_state = rnn(first)
    expected, third_state = gru(second)
    close((outputs, states), (expected, (first_state, second_state, third_state)), atol=1e-6)


def test_mask_reaches_every_layer(stacked, x):
    mask = tf.sequence_mask([7, 3, 0], 7)
    _, states = stacked(x, mask=mask)
    _, short = stacked(x[1:2, :3])
    close(tf.nest.map_structure(lambda s: s[1:2], states), short, atol=1e-6)
    assert not any(np.any(s[2]) for s in tf.nest.flatten(states))


def test_dropout_acts_between_layers_in_training_only(stacked, x):
    calm, states = stacked(x)
    close(stacked(x, training=False)[0], calm, atol=0)
    noisy, noisy_states = stacked(x, training=True)
    close(noisy_states[0], states[0], atol=1e-6)  # nothing is dropped before the first layer
    assert np.abs(noisy_states[1].hidden - states[1].hidden).max() > 0.01
    assert np.all(noisy != 0)  # nor after the last one
    assert np.abs(stacked(x, training=True)[0] - noisy).max() > 0.01  # each call draws anew


def test_dropout_hits_the_wanted_share():
    below, above = SimpleRNN(400), SimpleRNN(400)
    stacked = Stacked([below, above], dropout=0.25)
    stacked.build((None, None, 1))
    below.set_weights([np.full((1, 400), 5), np.zeros((400, 400)), np.zeros(400)])
    above.set_weights([np.eye(400), np.zeros((400, 400)), np.zeros(400)])
    outputs, _ = stacked(tf.ones([2, 10, 1]), training=True)
    assert np.mean(outputs == 0) == pytest.approx(0.25, abs=0.03)
    kept = np.asarray(outputs)[np.asarray(outputs) != 0]
    np.testing.assert_allclose(kept, np.tanh(1 / 0.75), atol=1e-3)  # the mean stays the same


def test_training_comes_from_the_model_around(stacked, x):
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, stacked(inputs)[0])
    close(model(x, training=False), stacked(x)[0], atol=1e-6)
    assert np.abs(model(x, training=True) - stacked(x)[0]).max() > 0.01


def test_one_seed_draws_the_same(x):
    def run():
        keras.utils.set_random_seed(7)
        stacked = Stacked([LSTM(6), LSTM(6)], dropout=0.5)
        return [stacked(x, training=True)[0] for _ in range(2)]

    for a, b in zip(run(), run()):
        np.testing.assert_array_equal(a, b)


def test_decodes_one_token_at_a_time_in_a_graph(stacked, x):
    outputs, final = stacked(x)

    @tf.function(jit_compile=True)
    def advance(x_t, states):
        return stacked.step(stacked.project(x_t), states)

    states = stacked.initial_state(3)
    for t in range(7):
        y, states = advance(x[:, t], states)
        close(y, outputs[:, t], atol=1e-5)
    close(states, final, atol=1e-5)


def test_loads_with_an_initial_state_and_other_dtypes(x, tmp_path):
    inputs, hidden = keras.Input((None, 4)), keras.Input((5,), dtype="float64")
    stacked = Stacked([SimpleRNN(5, dtype="float64"), SimpleRNN(5, dtype="float64")], dropout=0.5)
    start = stacked.initial_state(1)
    states = tuple(type(s)(hidden) for s in start)
    model = keras.Model([inputs, hidden], stacked(inputs, initial_state=states)[0])
    model.save(tmp_path / "stacked.keras")
    loaded = keras.models.load_model(tmp_path / "stacked.keras")
    args = [x, tf.ones([3, 5], tf.float64)]
    assert loaded(args).dtype == tf.float64
    close(loaded(args), model(args), atol=0)


@pytest.mark.parametrize("training", [False, True])
def test_residual_adds_what_each_layer_above_the_first_was_given(x, training):
    """What it was given before dropout."""
    layers = [LSTM(5), SimpleRNN(5), GRU(5)]
    mask = tf.sequence_mask([7, 3, 0], 7)
    residual = Stacked(layers, dropout=0.5, residual=True)
    outputs, _ = residual(x, mask=mask, training=training)
    for drop in residual.drops:  # to draw again what it drew
        drop.seed_generator.state.assign([drop.seed_generator.state[0], 0])
    ys, _ = layers[0](x, mask=mask)
    for drop, layer in zip(residual.drops, layers[1:]):
        ys += layer(drop(ys, training=training), mask=mask)[0]
    close(outputs, ys, atol=1e-6)
    assert not np.any(outputs[~mask.numpy()])


def test_residual_steps_equal_the_sequence(x):
    stacked = Stacked([LSTM(5), GRU(5)], residual=True)
    stacked = Stacked.from_config(stacked.get_config())
    outputs, final = stacked(x)
    states = stacked.initial_state(3)
    for t in range(7):
        y, states = stacked.step(stacked.project(x[:, t]), states)
        close(y, outputs[:, t], atol=1e-5)
    close(states, final, atol=1e-5)


def test_residual_needs_one_width():
    with pytest.raises(ValueError, match=r"one width to be residual, got \[5, 6\]\.$"):
        Stacked([LSTM(5), GRU(6)], residual=True)


@pytest.mark.parametrize("place", [0, 1])
def test_dropout_of_each_layer_acts_in_training_only(x, place):
    layers = [GRU(5, dropout=0.5 * (place == n), recurrent_dropout=0.1) for n in range(2)]
    stacked = Stacked(layers)
    calm, _ = stacked(x)
    close(stacked(x, training=False)[0], calm, atol=0)
    before = [layer.seeds.state.numpy()[1] for layer in layers]
    assert np.abs(stacked(x, training=True)[0] - calm).max() > 0.01
    draws = [layer.seeds.state.numpy()[1] - was for layer, was in zip(layers, before)]
    assert draws == [1 + (place == n) for n in range(2)]


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_impossible_dropout_is_refused(dropout):
    with pytest.raises(ValueError, match=r"^Stacked needs dropout in \[0, 1\), got dropout="):
        Stacked([LSTM(2)], dropout=dropout)


def test_no_layers_are_refused():
    with pytest.raises(ValueError, match=r"^Stacked needs at least one layer, got none\.$"):
        Stacked([])


def test_state_may_come_as_lists(stacked, x):
    _, state = stacked(x)
    flat = [tf.cast(s, tf.bfloat16) for s in tf.nest.flatten(state)]
    back = tf.nest.pack_sequence_as(state, [tf.cast(s, tf.float32) for s in flat])
    close(stacked(x, initial_state=flat), stacked(x, initial_state=back), atol=0)


def test_a_state_of_other_layers_is_refused(stacked, x):
    with pytest.raises(ValueError, match=r"Stacked needs a state of 4 tensors, got 2\."):
        stacked(x, initial_state=stacked.layers[0].initial_state(3))

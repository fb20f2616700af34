"""The cells against keras.layers: weights move both ways, values and gradients agree."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case
from tfrnn.layers import GRU, LSTM, SimpleRNN

PAIRS = {
    "GRU": (GRU, keras.layers.GRU),
    "LSTM": (LSTM, keras.layers.LSTM),
    "SimpleRNN": (SimpleRNN, keras.layers.SimpleRNN),
}
ACTIVATED = {
    f"SimpleRNN {name}": [functools.partial(c, activation=name) for c in PAIRS["SimpleRNN"]]
    for name in ("relu", "sigmoid")
}


@pytest.fixture(params=sorted(PAIRS))
def pair(request):
    return PAIRS[request.param]


def gradients_of(run, variables, x, state):
    with tf.GradientTape() as tape:
        tape.watch([x, state])
        outputs, *finals = run(x, state)
        loss = tf.reduce_sum(outputs**2) + tf.add_n([tf.reduce_sum(f**3) for f in finals])
    return [outputs, *finals], tape.gradient(loss, [variables, x, state])


def assert_equals_keras(pair, dtype, atol, masked, training=False):
    """Values and gradients of a layer and its pair, from the same weights and state."""
    ours, x, state, mask = float64_case(pair[0](5, dtype=dtype))
    mask[2, 0] = True  # before the first real step Keras outputs zeros, after it the last output
    theirs = pair[1](5, return_sequences=True, return_state=True, dtype=dtype)
    theirs.build((3, 6, 4))
    theirs.set_weights(ours.get_weights())
    mask = tf.constant(mask) if masked else None
    x, state = tf.constant(x, dtype), [tf.constant(s, dtype) for s in state]

    def run_ours(x, state):
        first = type(ours.initial_state(1))(*state)
        outputs, final = ours(x, initial_state=first, mask=mask, training=training)
        return outputs, *final

    def run_theirs(x, state):
        outputs, *final = theirs(x, initial_state=state, mask=mask, training=training)
        # A masked step of Keras repeats the output before it; ours is zero.
        return outputs if mask is None else tf.where(mask[..., None], outputs, 0), *final

    got = gradients_of(run_ours, ours.trainable_variables, x, state)
    expected = gradients_of(run_theirs, theirs.trainable_variables, x, state)
    close(got[0], expected[0], atol=atol)
    close(got[1], expected[1], atol=10 * atol)  # sums over 18 steps: ten terms' rounding


@pytest.mark.parametrize("dtype, atol", [("float32", 1e-6), ("float64", 1e-12)])
@pytest.mark.parametrize("masked", [False, True])
def test_equals_keras(pair, dtype, atol, masked):
    assert_equals_keras(pair, dtype, atol, masked)


@pytest.mark.parametrize("name", ACTIVATED)
@pytest.mark.parametrize("masked", [False, True])
def test_activations_equal_keras(name, masked):
    assert_equals_keras(ACTIVATED[name], "float64", 1e-12, masked)


@pytest.mark.parametrize("masked", [False, True])
def test_state_dropout_acts_where_it_does_in_keras(pair, masked, monkeypatch):
    """Keras draws one mask a gate; with the same mask for all of them both are the paper's."""
    keep = tf.constant(np.random.default_rng(0).choice([0.0, 2.0], (3, 5)))
    masks = {GRU: [keep] * 3, LSTM: [keep] * 4, SimpleRNN: keep}[pair[0]]
    cell = getattr(keras.layers, f"{pair[0].__name__}Cell")
    monkeypatch.setattr(cell, "get_recurrent_dropout_mask", lambda *_: masks)
    monkeypatch.setattr(f"{pair[0].__module__}.draw_keep", lambda *_: keep)
    dropping = [functools.partial(c, recurrent_dropout=0.5) for c in pair]
    assert_equals_keras(dropping, "float64", 1e-12, masked, training=True)


def test_weights_move_both_ways(pair):
    ours, theirs = pair[0](5), pair[1](5)
    for layer in (ours, theirs):
        layer.build((None, None, 4))
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=w.shape).astype("float32") for w in theirs.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(ours.get_weights())
    for moved, sent in zip(theirs.get_weights(), weights):
        np.testing.assert_array_equal(moved, sent)


def test_no_units_are_refused(pair):
    name = pair[0].__name__
    with pytest.raises(ValueError, match=f"^{name} needs units > 0, got units=0\\.$"):
        pair[0](0)


@pytest.mark.parametrize("shape", [(None, None, None), (None, 4)])
def test_unknown_features_are_refused(pair, shape):
    with pytest.raises(ValueError, match=f"^{pair[0].__name__} needs inputs .*known last axis"):
        pair[0](2).build(shape)

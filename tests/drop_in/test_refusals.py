"""What the fused path cannot do: refused with the reason, or run by Keras' own loop."""

import keras
import pytest
import tensorflow as tf

from tests.drop_in.pairs import FEATURES, NAMES, UNITS, close, pair, results_and_gradients, values
from tfrnn import drop_in

OUTSIDE = [
    ("LSTM", {"activation": "relu"}, "activation='relu': its gradient is written for 'tanh'"),
    ("GRU", {"activation": None}, "activation='linear': its gradient is written for 'tanh'"),
    (
        "SimpleRNN",
        {"activation": "elu"},
        "activation='elu': its gradient is written for tanh, relu and sigmoid",
    ),
    *[
        (name, options, reason)
        for name in ("LSTM", "GRU")
        for options, reason in [
            (
                {"recurrent_activation": "hard_sigmoid"},
                "recurrent_activation='hard_sigmoid': its gradient is written for 'sigmoid'",
            ),
            (
                {"recurrent_dropout": 0.25, "seed": 1},
                "recurrent_dropout=0.25: Keras draws a mask for each gate, it takes one for all",
            ),
        ]
    ],
    (
        "GRU",
        {"reset_after": False},
        "reset_after=False: its reset gate acts after the recurrent product",
    ),
    *[
        (
            name,
            {"unroll": True},
            "unroll=True: its loop is not unrolled, and takes less memory for it",
        )
        for name in NAMES
    ],
]


@pytest.mark.parametrize(("name", "options", "reason"), OUTSIDE)
def test_what_is_not_fused_is_refused_with_the_reason(name, options, reason):
    with pytest.raises(ValueError) as refusal:
        getattr(drop_in, name)(UNITS, **options)
    wanted = f"{name} has no fused path for {reason}; fallback=True would run Keras' own loop."
    assert str(refusal.value) == wanted


@pytest.mark.parametrize(("name", "options", "reason"), OUTSIDE)
def test_told_to_fall_back_it_is_the_layer_of_keras(name, options, reason):
    theirs = getattr(keras.layers, name)(UNITS, **options)
    ours = getattr(drop_in, name)(UNITS, **options, fallback=True)
    for layer in (theirs, ours):
        layer.build((None, None, FEATURES))
    ours.set_weights(theirs.get_weights())
    x, state = values("float32")
    got, expected = (results_and_gradients(a, x, state, training=True) for a in (ours, theirs))
    close(got, expected, atol=0)
    assert not ours.fused


def test_fallback_changes_nothing_where_the_path_is_fused(no_keras_loop):
    layer = drop_in.LSTM(UNITS, fallback=True)
    assert layer.fused and layer(tf.ones([2, 3, FEATURES])).shape == (2, UNITS)


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_cudnn_asked_for_by_name_is_refused(name):
    with pytest.raises(ValueError, match=r"use_cudnn=True: cuDNN is a path of Keras' own; "):
        getattr(drop_in, name)(UNITS, use_cudnn=True)


def test_where_keras_has_cudnn_it_is_left_to_keras(no_keras_loop):
    layer = drop_in.LSTM(UNITS)
    layer.supports_jit = False  # as the constructor of Keras leaves it where it sees a GPU
    with pytest.raises(pytest.fail.Exception, match="loop of Keras"):
        layer(tf.ones([2, 3, FEATURES]))


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="for the jax backend: it is written in TensorFlow;"):
        drop_in.LSTM(UNITS)


@pytest.mark.parametrize("name", NAMES)
def test_what_keras_refuses_is_refused_by_keras(name):
    with pytest.raises(ValueError, match="`units`, expected a positive integer, got 0"):
        getattr(drop_in, name)(0)
    with pytest.raises(ValueError, match="no_such"):
        getattr(drop_in, name)(UNITS, no_such=1)


def test_equal_dropout_in_both_ways_is_drawn_from_one_seed():
    """The pair of a fused layer and Keras' draws one mask a call, and another in the next."""
    theirs, ours = pair("LSTM", dropout=0.5, seed=3)
    x = tf.ones([2, 3, FEATURES])
    first, second = (ours(x, training=True) for _ in range(2))
    close([first, second], [theirs(x, training=True) for _ in range(2)], atol=1e-6)
    with pytest.raises(AssertionError):
        close(first, second, atol=1e-3)

"""A fused decoder that attends equals a scan over its own steps: values and all gradients."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.cases import MODES, assert_close, noisy
from tfrnn.layers import (
    GRU,
    LSTM,
    BahdanauAttention,
    HardAttention,
    SimpleRNN,
    scan,
    unroll_attending,
)

CELLS = {"GRU": GRU, "LSTM": LSTM}
UNITS, FEATURES, WIDTH = 5, 6, 4


def make(name, dtype):
    decoder, attention = CELLS[name](UNITS, dtype=dtype), BahdanauAttention(WIDTH, dtype=dtype)
    decoder.build((None, None, FEATURES))
    attention.build((None, UNITS), (None, None, FEATURES))
    for seed, weight in enumerate(decoder.trainable_variables + attention.trainable_variables):
        weight.assign(0.5 * noisy(weight.dtype, *weight.shape, seed=seed))
    return decoder, attention


def case(decoder, batch, steps, source):
    """Words, a state, values and a mask whose last row looks at nothing."""
    dtype, projected = decoder.variable_dtype, decoder.kernel.shape[1]
    words = noisy(dtype, batch, steps, projected, seed=20)
    state = tf.nest.map_structure(
        lambda s: noisy(dtype, *s.shape, seed=21), decoder.initial_state(batch)
    )
    mask = np.random.default_rng(0).random((batch, source)) < 0.6
    mask[-1] = False
    return words, state, noisy(dtype, batch, source, FEATURES, seed=22), tf.constant(mask)


def stepped(decoder, attention, words, state, memory):
    def step(words, state):
        context, _ = attention.attend(state.hidden, memory)
        hidden, state = decoder.step(words + decoder.project(context), state)
        return (hidden, context), state

    (hidden, context), state = scan(step, words, state)
    return hidden, context, state


def differentiated(layers, unroll):
    """A function of a case -> results of `unroll`, gradients; each result weighs its own."""
    variables = [v for layer in layers for v in layer.trainable_variables]

    def run(words, state, values, mask):
        with tf.GradientTape() as tape:
            tape.watch([words, state, values])
            memory = layers[1].remember(values, mask)
            results = tf.nest.flatten(unroll(*layers, words, state, memory))
            loss = tf.zeros([], words.dtype)
            for part in (tf.cast(result, words.dtype) for result in results):
                ramp = tf.cast(tf.range(1, tf.size(part) + 1), part.dtype)
                loss += tf.reduce_sum(tf.reshape(tf.sin(ramp), tf.shape(part)) * part)
        return results, tape.gradient(loss, [variables, words, state, values])

    return run


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("dtype, atol", [("float32", 1e-5), ("float64", 1e-12)])
def test_equals_steps(name, dtype, atol):
    layers = make(name, dtype)
    args = case(layers[0], 3, 6, 7)
    expected = differentiated(layers, stepped)(*args)
    assert all(np.any(g) for g in tf.nest.flatten(expected[1]))
    for mode in MODES.values():
        assert_close(mode(differentiated(layers, unroll_attending))(*args), expected, atol)


@functools.cache
def of_any_length(name):
    """Layers; both ways in a graph that knows neither batch nor time nor source."""
    layers = make(name, "float64")
    like = layers[0].initial_state(1)
    signature = [
        tf.TensorSpec([None, None, layers[0].kernel.shape[1]], tf.float64),
        tf.nest.map_structure(lambda s: tf.TensorSpec([None, UNITS], s.dtype), like),
        tf.TensorSpec([None, None, FEATURES], tf.float64),
        tf.TensorSpec([None, None], tf.bool),
    ]
    compile_ = functools.partial(tf.function, input_signature=signature, autograph=False)
    return layers, *(compile_(differentiated(layers, way)) for way in (unroll_attending, stepped))


@pytest.mark.parametrize("name", CELLS)
@settings(derandomize=True, deadline=None, max_examples=15)
@given(batch=st.integers(1, 4), steps=st.integers(0, 9), source=st.integers(1, 5))
def test_any_shape(name, batch, steps, source):
    layers, run, expect = of_any_length(name)
    args = case(layers[0], batch, steps, source)
    expected = expect(*args)
    assert_close(run(*args), expected, 1e-12)
    assert_close(differentiated(layers, unroll_attending)(*args), expected, 1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_equals_steps_up_to_rounding_in_bfloat16(name):
    layers = make(name, "mixed_bfloat16")
    args = case(layers[0], 3, 6, 7)
    ways = (differentiated(layers, way) for way in (unroll_attending, stepped))
    got, expected = (MODES["graph"](way)(*args) for way in ways)
    for a, b in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        assert a.dtype == b.dtype
        a, b = tf.cast(a, tf.float32), tf.cast(b, tf.float32)
        assert np.linalg.norm(a - b) < 0.03 * np.linalg.norm(b)


def test_two_runs_are_bitwise_equal():
    layers = make("GRU", "float32")
    args = case(layers[0], 32, 12, 9)
    run = MODES["graph"](differentiated(layers, unroll_attending))
    first = tf.nest.flatten(run(*args))
    for _ in range(3):
        for a, b in zip(first, tf.nest.flatten(run(*args)), strict=True):
            np.testing.assert_array_equal(a, b)


def test_what_it_cannot_run_is_named():
    decoder, attention = make("GRU", "float32")
    *args, mask = case(decoder, 3, 6, 7)
    memory = attention.remember(args.pop(), mask)
    with pytest.raises(TypeError, match="needs a BahdanauAttention, got <HardAttention"):
        unroll_attending(decoder, HardAttention(WIDTH), *args, memory)
    with pytest.raises(TypeError, match="needs a GRU or an LSTM, got <SimpleRNN"):
        unroll_attending(SimpleRNN(UNITS), attention, *args, memory)

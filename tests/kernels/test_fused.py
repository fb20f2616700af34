"""A fused unroll equals a scan over the layer's own steps: values, gradients of all inputs."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.cases import (
    FEATURES,
    MODES,
    assert_close,
    case,
    differentiated,
    fused,
    holed,
    keep_of,
    make,
    stepped,
)
from tests.kernels.steps import FUSED


@pytest.mark.parametrize("masked_and_dropped", [False, True])
@pytest.mark.parametrize("name", FUSED)
@pytest.mark.parametrize("dtype, atol", [("float32", 1e-5), ("float64", 1e-12)])
def test_equals_steps(name, dtype, atol, masked_and_dropped):
    layer = make(name, 5, dtype)
    more = (holed(3, 6), keep_of(layer, 3)) if masked_and_dropped else ()
    args = (*case(layer, 3, 6), *more)
    expected = differentiated(layer, stepped)(*args)
    assert all(np.any(g) for g in tf.nest.flatten(expected[1]))
    for mode in ("eager", "graph"):
        assert_close(MODES[mode](differentiated(layer, fused))(*args), expected, atol)


@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN tanh"])
def test_equals_steps_under_xla(name):
    layer = make(name, 5, "float64")
    args = (*case(layer, 3, 6), holed(3, 6), keep_of(layer, 3))
    compiled = MODES["xla"](differentiated(layer, fused))
    assert_close(compiled(*args), differentiated(layer, stepped)(*args), 1e-12)


@functools.cache
def of_any_length(name, units):
    """A layer; its fused unroll in a graph that knows neither batch nor time; the steps."""
    layer = make(name, units, "float64")
    state = tf.nest.map_structure(
        lambda s: tf.TensorSpec([None, units], s.dtype), layer.initial_state(1)
    )
    signature = [
        tf.TensorSpec([None, None, FEATURES], tf.float64),
        state,
        tf.TensorSpec([None, None], tf.bool),
        tf.TensorSpec([None, units], tf.float64),
    ]
    compile_ = functools.partial(tf.function, input_signature=signature, autograph=False)
    return layer, *(compile_(differentiated(layer, unroll)) for unroll in (fused, stepped))


@pytest.mark.parametrize("name", FUSED)
@settings(derandomize=True, deadline=None, max_examples=15)
@given(
    units=st.sampled_from([1, 2, 5]),
    batch=st.integers(1, 4),
    steps=st.integers(0, 9),
    real=st.randoms(use_true_random=False),
    share=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_any_shape_and_mask(name, units, batch, steps, real, share):
    layer, run, expect = of_any_length(name, units)
    mask = [[real.random() < share for _ in range(steps)] for _ in range(batch)]
    mask = tf.reshape(tf.constant(mask, tf.bool), [batch, steps])
    args = (*case(layer, batch, steps), mask, keep_of(layer, batch))
    expected = expect(*args)
    assert_close(run(*args), expected, 1e-12)
    assert_close(differentiated(layer, fused)(*args), expected, 1e-12)


@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN tanh"])
def test_five_thousand_steps(name):
    layer, run, expect = of_any_length(name, 1)
    args = (*case(layer, 1, 5000), tf.ones([1, 5000], tf.bool), tf.ones([1, 1], tf.float64))
    assert_close(run(*args), expect(*args), 1e-12)


@pytest.mark.parametrize("name", FUSED)
def test_equals_steps_up_to_rounding_in_bfloat16(name):
    layer = make(name, 5, "mixed_bfloat16")
    args = (*case(layer, 3, 6), holed(3, 6), keep_of(layer, 3))
    got, expected = (MODES["graph"](differentiated(layer, way))(*args) for way in (fused, stepped))
    for a, b in zip(tf.nest.flatten(got), tf.nest.flatten(expected)):
        assert a.dtype == b.dtype
        a, b = tf.cast(a, tf.float32), tf.cast(b, tf.float32)
        assert np.linalg.norm(a - b) < 0.03 * np.linalg.norm(b)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", FUSED)
def test_bfloat16_is_near_float32(name, masked):
    half, full = (make(name, 16, dtype) for dtype in ("mixed_bfloat16", "float32"))
    half.set_weights([0.3 * w for w in full.get_weights()])
    full.set_weights(half.get_weights())
    args = (*case(full, 4, 12), holed(4, 12) if masked else None)
    got, expected = (MODES["graph"](differentiated(layer, fused))(*args) for layer in (half, full))
    for a, b in zip(tf.nest.flatten(got), tf.nest.flatten(expected)):
        assert np.linalg.norm(tf.cast(a, tf.float32) - b) < 0.03 * np.linalg.norm(b)


@pytest.mark.parametrize("name", FUSED)
def test_what_a_masked_step_reads_may_be_anything(name):
    layer = make(name, 5, "float32")
    x, state = case(layer, 3, 6)
    mask = holed(3, 6)
    dirty = tf.where(mask[..., None], x, np.nan)
    _, (weights, _, into_state) = differentiated(layer, fused)(dirty, state, mask)
    results, (_, into_x, wanted) = differentiated(layer, fused)(x, state, mask)
    np.testing.assert_array_equal(fused(layer, dirty, state, mask, None)[0], results[0])
    assert_close(into_state, wanted, 0)
    assert not np.any(into_x[~mask])
    assert np.isfinite(weights[1]).all()


@pytest.mark.parametrize("name", FUSED)
def test_kernel_is_what_the_layer_runs(name, monkeypatch):
    layer = make(name, 5, "float32")
    monkeypatch.setattr(layer, "step", None)
    outputs, _ = layer(tf.ones([3, 6, FEATURES]), mask=holed(3, 6))
    assert outputs.shape == (3, 6, 5)


@pytest.mark.parametrize("name", FUSED)
def test_two_runs_are_bitwise_equal(name):
    layer = make(name, 5, "float32")
    args = (*case(layer, 32, 40), holed(32, 40), keep_of(layer, 32))
    run = MODES["graph"](differentiated(layer, fused))
    first = tf.nest.flatten(run(*args))
    for _ in range(3):
        for a, b in zip(first, tf.nest.flatten(run(*args))):
            np.testing.assert_array_equal(a, b)


def test_no_mask_and_no_keep_build_nothing():
    """The unmasked path pays for neither."""
    layer = make("LSTM", 5, "float32")
    args = case(layer, 3, 6)
    plain, both = (
        MODES["graph"](differentiated(layer, fused)).get_concrete_function(*args, *more)
        for more in [(), (holed(3, 6), keep_of(layer, 3))]
    )
    selects = [
        sum(
            node.op == "SelectV2"
            for graph in [run.graph.as_graph_def()]
            for nodes in [graph.node, *(f.node_def for f in graph.library.function)]
            for node in nodes
        )
        for run in (plain, both)
    ]
    assert selects[0] == 0 < selects[1]

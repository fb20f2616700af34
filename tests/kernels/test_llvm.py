"""A recurrence that LLVM compiles equals a scan over the layer's own steps in float64."""

import functools
import threading

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from models.char_rnn import CharRNN
from models.configs import CharRNNConfig
from tests.kernels.cases import (
    FEATURES,
    MODES,
    assert_close,
    case,
    differentiated,
    fused,
    holed,
    keep_of,
    stepped,
)
from tests.kernels.cases import make_calm as make
from tests.kernels.machines import HOST, needs_bfloat16, needs_vectors
from tests.kernels.steps import FUSED
from tfrnn.data.batch import Batch
from tfrnn.kernels.llvm import machine as module
from tfrnn.kernels.llvm.machine import Machine
from tfrnn.kernels.llvm.scope import compiled_by_llvm
from tfrnn.training.gradients import make_gradients
from tfrnn.training.losses import cross_entropy

pytestmark = needs_vectors


def compiled(layer, x, state, mask=None, keep=None):
    with compiled_by_llvm():
        return fused(layer, x, state, mask, keep)


def graph_of(unroll, layer, *args):
    """Operations of the function, those of the functions that it calls too."""
    run = tf.function(differentiated(layer, unroll), autograph=False)
    graph = run.get_concrete_function(*args).graph.as_graph_def()
    return [
        n.op for nodes in (graph.node, *(f.node_def for f in graph.library.function)) for n in nodes
    ]


def in_float64(name, layer, args, mode="eager"):
    """What a scan over the steps gives with the same numbers in float64."""
    exact = make(name, layer.units, "float64")
    exact.set_weights(layer.get_weights())
    wide = [
        a if a is None or a.dtype == tf.bool else tf.cast(a, tf.float64)
        for a in tf.nest.flatten(args)
    ]
    return MODES[mode](differentiated(exact, stepped))(*tf.nest.pack_sequence_as(args, wide))


@pytest.mark.parametrize("masked_and_dropped", [False, True])
@pytest.mark.parametrize("units, batch", [(16, 1), (80, 13)])
@pytest.mark.parametrize("name", FUSED)
def test_equals_steps_in_float64(name, units, batch, masked_and_dropped):
    """One row and 13 are one tile and several; 80 units a narrow panel beside the wide ones."""
    layer = make(name, units, "float32")
    more = (holed(batch, 6), keep_of(layer, batch)) if masked_and_dropped else (None, None)
    args = (*case(layer, batch, 6), *more)
    expected = in_float64(name, layer, args)
    assert any(np.any(g) for g in tf.nest.flatten(expected[1]))
    assert_close(differentiated(layer, compiled)(*args), expected, 1e-5)


@pytest.mark.parametrize("lanes, registers", [(8, 16), (4, 32)])
@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN tanh"])
def test_narrower_vectors(name, lanes, registers, monkeypatch):
    """What other processors have; this one can do it too."""
    narrow = Machine(lanes, registers, bfloat16=False, name=HOST.name, features=HOST.features)
    for where in ("machine", "calls", "outer"):
        monkeypatch.setattr(f"tfrnn.kernels.llvm.{where}.machine", lambda: narrow)
    layer = make(name, 5 * lanes, "float32")
    args = (*case(layer, 5, 4), holed(5, 4), keep_of(layer, 5))
    assert_close(differentiated(layer, compiled)(*args), in_float64(name, layer, args), 1e-5)


@functools.cache
def of_any_length(name, units):
    """A layer, and its compiled unroll in a graph that knows neither batch nor time."""
    layer = make(name, units, "float32")
    state = tf.nest.map_structure(
        lambda s: tf.TensorSpec([None, units], s.dtype), layer.initial_state(1)
    )
    signature = [
        tf.TensorSpec([None, None, FEATURES]),
        state,
        tf.TensorSpec([None, None], tf.bool),
        tf.TensorSpec([None, units]),
    ]
    run = differentiated(layer, compiled)
    return layer, tf.function(run, input_signature=signature, autograph=False)


@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN tanh"])
@settings(derandomize=True, deadline=None, max_examples=15)
@given(
    units=st.sampled_from([16, 48]),
    batch=st.sampled_from([1, 2, 7]),
    steps=st.integers(0, 9),
    real=st.randoms(use_true_random=False),
    share=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_any_length_and_mask(name, units, batch, steps, real, share):
    layer, run = of_any_length(name, units)
    mask = [[real.random() < share for _ in range(steps)] for _ in range(batch)]
    mask = tf.reshape(tf.constant(mask, tf.bool), [batch, steps])
    args = (*case(layer, batch, steps), mask, keep_of(layer, batch))
    assert_close(run(*args), in_float64(name, layer, args), 1e-5)


@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN tanh"])
def test_five_thousand_steps(name):
    layer = make(name, 16, "float32")
    args = case(layer, 1, 5000)
    expected = in_float64(name, layer, args, mode="graph")
    assert_close(differentiated(layer, compiled)(*args), expected, 1e-5)


@needs_bfloat16
@pytest.mark.parametrize("steps", [5, 6], ids=["odd", "even"])
@pytest.mark.parametrize("name", FUSED)
def test_equals_steps_up_to_rounding_in_bfloat16(name, steps):
    """Pairs of rows are multiplied, of which an odd number leaves one."""
    layer = make(name, 48, "mixed_bfloat16")
    args = (*case(layer, 7, steps), holed(7, steps), keep_of(layer, 7))
    got, expected = (differentiated(layer, way)(*args) for way in (compiled, stepped))
    for a, b in zip(tf.nest.flatten(got), tf.nest.flatten(expected)):
        assert a.dtype == b.dtype
        a, b = tf.cast(a, tf.float32), tf.cast(b, tf.float32)
        assert np.linalg.norm(a - b) < 0.03 * np.linalg.norm(b)


@pytest.mark.parametrize(
    "activation, exact",
    [
        ("tanh", np.tanh),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("relu", lambda x: np.maximum(x, 0)),
    ],
)
def test_activations(activation, exact):
    """Without weights an output is the activation of its input, near 0, far out and at the ends."""
    layer = make(f"SimpleRNN {activation}", 16, "float32")
    layer.recurrent_kernel.assign(tf.zeros([16, 16]))
    x = np.concatenate([np.linspace(-90, 90, 4001), np.geomspace(1e-30, 10, 3999)])
    x = np.concatenate([x, -x, [0.0, -0.0, np.inf, -np.inf, np.nan, 200, -200] + [0.0] * 9])
    x = x.astype(np.float32)
    with compiled_by_llvm():
        outputs, _ = layer.unroll(x.reshape(1, -1, 16), layer.initial_state(1))
    outputs = outputs.numpy().ravel()
    with np.errstate(over="ignore"):
        wanted = exact(x.astype(np.float64))
    np.testing.assert_allclose(outputs, wanted, rtol=5e-7, atol=1e-37)


@pytest.mark.parametrize("name", FUSED)
def test_what_a_masked_step_reads_may_be_anything(name):
    layer = make(name, 16, "float32")
    x, state = case(layer, 3, 6)
    mask = holed(3, 6)
    dirty = tf.where(mask[..., None], x, np.nan)
    got, expected = (differentiated(layer, compiled)(v, state, mask) for v in (dirty, x))
    results, (weights, into_x, into_state) = got
    assert_close(results, expected[0], 0)
    assert_close(into_state, expected[1][2], 0)
    assert not np.any(into_x[~mask])
    assert np.isfinite(weights[1]).all()


def test_no_rows():
    layer = make("LSTM", 16, "float32")
    args = case(layer, 0, 6)
    results, gradients = differentiated(layer, compiled)(*args)
    assert [r.shape[0] for r in results] == [0, 0, 0]
    assert not any(np.any(g) for g in tf.nest.flatten(gradients))


def test_where_it_is_used():
    layer = make("LSTM", 16, "float32")
    args = (*case(layer, 3, 6), None, None)
    assert graph_of(compiled, layer, *args).count("PyFuncStateless") == 2
    assert "While" not in graph_of(compiled, layer, *args)
    assert "PyFuncStateless" not in graph_of(fused, layer, *args)


@pytest.mark.parametrize("units, dtype", [(5, "float32"), (16, "float64")])
def test_what_it_cannot_do_stays_a_loop(units, dtype):
    layer = make("LSTM", units, dtype)
    args = (*case(layer, 3, 6), None, None)
    assert "PyFuncStateless" not in graph_of(compiled, layer, *args)
    for got, wanted in zip(compiled(layer, *args)[1], fused(layer, *args)[1]):
        np.testing.assert_array_equal(got, wanted)


def test_a_processor_without_such_vectors(monkeypatch):
    monkeypatch.setattr(module, "machine", lambda: None)
    layer = make("LSTM", 16, "float32")
    assert "PyFuncStateless" not in graph_of(compiled, layer, *case(layer, 3, 6), None, None)


def test_calls_at_the_same_time_are_bitwise_equal():
    layer = make("LSTM", 32, "float32")
    args = (*case(layer, 11, 40), holed(11, 40), keep_of(layer, 11))
    run = tf.function(differentiated(layer, compiled), autograph=False)
    found = [run(*args)]
    threads = [threading.Thread(target=lambda: found.append(run(*args))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 7
    for more in found[1:]:
        for a, b in zip(tf.nest.flatten(found[0]), tf.nest.flatten(more)):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shards", [1, 2])
def test_a_training_step_has_the_gradients_of_the_graph(shards):
    model = CharRNN(CharRNNConfig(units=32, layers=2, embed=16, dropout=0.0), vocab=11)
    model.build()
    ids = tf.constant(np.random.default_rng(0).integers(0, 11, [5, 9]))
    given = Batch({"ids": ids[:, :-1]}, ids[:, 1:], tf.ones([5, 8]))
    values = [[tf.convert_to_tensor(v) for v in model.trainable_variables]]
    values.append([tf.convert_to_tensor(v) for v in model.non_trainable_variables])
    ways = [
        make_gradients(model, cross_entropy, compile=way, shards=shards)(*values, given)
        for way in ("llvm", "graph")
    ]
    assert_close(ways[0][0], ways[1][0], 1e-5)
    assert float(ways[0][2]) == pytest.approx(float(ways[1][2]), rel=1e-6)

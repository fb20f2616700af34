"""A fused unroll equals a scan over the layer's own steps: values, gradients of all inputs."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers import LSTM, scan

BATCH, STEPS, UNITS = 3, 6, 5
FUSED = {"LSTM": LSTM}
MODES = {
    "eager": lambda run: run,
    "graph": lambda run: tf.function(run, autograph=False),
    "xla": lambda run: tf.function(run, autograph=False, jit_compile=True),
}


def noisy(dtype, *shape, seed):
    return tf.random.stateless_normal(shape, [0, seed], dtype=dtype)


@pytest.fixture(params=sorted(FUSED))
def make(request):
    def build(dtype):
        layer = FUSED[request.param](UNITS, dtype=dtype)
        layer.build((None, None, 4))
        for seed, weight in enumerate(layer.weights):
            weight.assign(noisy(weight.dtype, *weight.shape, seed=seed))
        return layer

    return build


def differentiated(layer, unroll):
    """A function of (x, state) -> results of `unroll`, gradients; each result weighs its own."""

    def run(x, state):
        with tf.GradientTape() as tape:
            tape.watch([x, state])
            results = tf.nest.flatten(unroll(layer.project(x), state))
            parts = [tf.cast(r, layer.variable_dtype) for r in results]
            losses = [noisy(p.dtype, *p.shape, seed=9 + k) * p for k, p in enumerate(parts)]
            loss = tf.add_n([tf.reduce_sum(part) for part in losses])
        return results, tape.gradient(loss, [layer.trainable_variables, x, state])

    return run


def both(layer, mode, dtype):
    """What the layer's kernel and what a scan over its steps give for one noisy case."""
    x = noisy(dtype, BATCH, STEPS, 4, seed=20)
    state = tf.nest.map_structure(
        lambda s: noisy(dtype, *s.shape, seed=21), layer.initial_state(BATCH)
    )
    unrolls = (layer.unroll, functools.partial(scan, layer.step))
    fused, steps = (MODES[mode](differentiated(layer, unroll)) for unroll in unrolls)
    return zip(tf.nest.flatten(fused(x, state)), tf.nest.flatten(steps(x, state)))


@pytest.mark.parametrize("mode", sorted(MODES))
@pytest.mark.parametrize("dtype, atol", [("float32", 2e-5), ("float64", 1e-13)])
def test_equals_steps(make, mode, dtype, atol):
    for fused, stepped in both(make(dtype), mode, dtype):
        np.testing.assert_allclose(fused, stepped, atol=atol, rtol=0)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_equals_steps_up_to_rounding_in_bfloat16(make, mode):
    for fused, stepped in both(make("mixed_bfloat16"), mode, "float32"):
        assert fused.dtype == stepped.dtype
        fused, stepped = tf.cast(fused, tf.float32), tf.cast(stepped, tf.float32)
        assert np.linalg.norm(fused - stepped) < 0.03 * np.linalg.norm(stepped)


def test_kernel_is_what_the_layer_runs(make, monkeypatch):
    layer = make("float32")
    monkeypatch.setattr(layer, "step", None)
    outputs, _ = layer(tf.ones([BATCH, STEPS, 4]))
    assert outputs.shape == (BATCH, STEPS, UNITS)


def test_two_runs_are_bitwise_equal(make):
    layer = make("float32")
    x = noisy("float32", 32, 40, 4, seed=20)
    run = tf.function(differentiated(layer, layer.unroll), autograph=False)
    first = tf.nest.flatten(run(x, layer.initial_state(32)))
    for _ in range(3):
        for a, b in zip(first, tf.nest.flatten(run(x, layer.initial_state(32)))):
            np.testing.assert_array_equal(a, b)

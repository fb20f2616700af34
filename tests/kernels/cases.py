"""Layers with random weights, what they run on, and their unrolls with all gradients."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from tests.kernels.steps import FUSED, dropped_step
from tfrnn.layers import scan

FEATURES = 3
MODES = {
    "eager": lambda run: run,
    "graph": lambda run: tf.function(run, autograph=False),
    "xla": lambda run: tf.function(run, autograph=False, jit_compile=True),
}


def noisy(dtype, *shape, seed):
    return tf.random.stateless_normal(shape, [0, seed], dtype=dtype)


def make(name, units, dtype):
    layer = FUSED[name](units, dtype=dtype)
    layer.build((None, None, FEATURES))
    for seed, weight in enumerate(layer.trainable_variables):
        weight.assign(0.5 * noisy(weight.dtype, *weight.shape, seed=seed))
    return layer


def make_calm(name, units, dtype):
    """A layer whose products are as large as those of five units: more would be chaotic."""
    layer = make(name, units, dtype)
    layer.set_weights([w * (5 / units) ** 0.5 for w in layer.get_weights()])
    return layer


def fused(layer, x, state, mask, keep):
    """The layer with `keep` as what state dropout has drawn: None for no dropout."""
    with given_keep(layer, keep):
        return layer.unroll(layer.project(x), state, mask, training=True)


@contextlib.contextmanager
def given_keep(layer, keep):
    """Within it, state dropout draws `keep`."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("gru", "lstm", "simple_rnn"):
            patch.setattr(f"tfrnn.layers.{module}.draw_keep", lambda *_: keep)
        layer.recurrent_dropout = float(keep is not None)
        yield


def stepped(layer, x, state, mask, keep):
    step = layer.step if keep is None else dropped_step(layer, keep)
    return scan(step, layer.project(x), state, mask)


def differentiated(layer, unroll):
    """A function of a case -> results of `unroll`, gradients; each result weighs its own."""

    def run(x, state, mask=None, keep=None):
        with tf.GradientTape() as tape:
            tape.watch([x, state])
            results = tf.nest.flatten(unroll(layer, x, state, mask, keep))
            parts = [tf.cast(r, layer.variable_dtype) for r in results]
            ramps = [tf.range(1, tf.size(p) + 1) for p in parts]
            waves = [
                tf.reshape(tf.sin(tf.cast(r, p.dtype)), tf.shape(p)) for r, p in zip(ramps, parts)
            ]
            loss = tf.add_n([tf.reduce_sum(w * p) for w, p in zip(waves, parts)])
        return results, tape.gradient(loss, [layer.trainable_variables, x, state])

    return run


def case(layer, batch, steps):
    dtype = layer.variable_dtype
    state = tf.nest.map_structure(
        lambda s: noisy(dtype, *s.shape, seed=21), layer.initial_state(batch)
    )
    return noisy(dtype, batch, steps, FEATURES, seed=20), state


def keep_of(layer, batch):
    """A factor that differs everywhere and is 0 somewhere."""
    return tf.nn.relu(noisy(layer.variable_dtype, batch, layer.units, seed=22) + 0.5)


def holed(batch, steps):
    """A mask with holes, and a last row of nothing real."""
    mask = np.random.default_rng(0).random((batch, steps)) < 0.6
    mask[-1] = False
    return tf.constant(mask)


def assert_close(results, expected, atol):
    for got, wanted in zip(tf.nest.flatten(results), tf.nest.flatten(expected), strict=True):
        wanted = tf.zeros_like(got) if wanted is None else wanted  # no steps, no gradient
        scale = np.abs(wanted).max(initial=1)
        np.testing.assert_allclose(got, wanted, atol=atol * scale, rtol=0)

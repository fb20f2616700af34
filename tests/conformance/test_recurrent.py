"""What every recurrent layer promises, whatever its equations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.cases import CASES, FEATURES, OTHERS, STEPPABLE, UNITS, WHOLE_SEQUENCE
from tests.conformance.measure import (
    close,
    loss_of,
    noisy_state,
    randomized,
    specs,
    values_and_gradients,
)
from tfrnn import layers


def is_layer(public):
    return isinstance(public, type) and issubclass(public, keras.layers.Layer)


def test_every_layer_has_a_case():
    """Of a layer with a step the row is in STEPPABLE, and so faces `test_steps` as well."""
    public = {layer for name in layers.__all__ if is_layer(layer := getattr(layers, name))}
    rows = [*CASES.values(), *OTHERS.values()]
    # To these a time axis is none, or one of many: tests/layers.
    public -= {layers.Dense, layers.PictureCNN, layers.PictureJitter}
    assert public - {layers.Attention, layers.Recurrent} == {type(make("float32")) for make in rows}
    assert all(isinstance(make("float32"), layers.Recurrent) for make in STEPPABLE.values())
    assert not any(issubclass(type(CASES[n]("float32")), layers.Recurrent) for n in WHOLE_SEQUENCE)


def test_shapes_and_dtypes(layer, x):
    outputs, state = layer(x)
    assert outputs.shape == (3, 7, UNITS) and outputs.dtype == tf.float32
    tf.nest.map_structure(
        lambda a, b: a.shape.assert_is_compatible_with(b.shape), state, layer.initial_state(3)
    )
    assert type(state) is type(layer.initial_state(3))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("jit", [False, True])
def test_compiled_equals_eager(layer, x, state, mask, jit, masked):
    run = values_and_gradients(layer)
    args = (x, state, mask) if masked else (x, state)
    expected = run(*args)
    assert all(np.isfinite(v).all() for v in tf.nest.flatten(expected))
    assert all(np.any(v) for v in tf.nest.flatten(expected))  # a gradient of zeros is none
    compiled = tf.function(run, jit_compile=jit, autograph=False)
    close(compiled(*args), expected)
    if masked:  # nothing real: what eager does then, `test_masks` tells
        args = (x, state, tf.zeros_like(mask))
        (outputs, final), gradients = compiled(*args)
        close(final, state, atol=0)
        close(((outputs, final), gradients), run(*args))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("steps", [7, 0])
def test_known_time_stays_known(layer, x, mask, steps, masked):
    """Or the layer above could not use a fused kernel, nor XLA differentiate it."""
    seen = []

    @tf.function(autograph=False)
    def run(x, mask):
        seen.append(layer(x, mask=mask if masked else None)[0].shape)

    run(x[:, :steps], mask[:, :steps])
    assert seen[0] == [3, steps, UNITS]


@pytest.mark.parametrize("masked", [False, True])
def test_gradients_by_finite_differences(make, masked):
    layer = randomized(make("float64"))
    state = noisy_state(layer, batch=2)
    x = tf.random.stateless_normal([2, 3, FEATURES], seed=[0, 3], dtype=tf.float64)
    mask = tf.constant([[True, True, True], [True, False, True]]) if masked else None
    theory = values_and_gradients(layer)(x, state, mask)[1]
    rng = np.random.default_rng(2)
    for place, gradient in enumerate(tf.nest.flatten(theory)):
        direction = rng.normal(size=gradient.shape)
        ahead, behind = (
            loss_moved(layer, (x, state, mask), place, scale * direction) for scale in (1e-6, -1e-6)
        )
        slope = (ahead - behind) / 2e-6
        np.testing.assert_allclose(np.sum(gradient * direction), slope, atol=1e-7)


def loss_moved(layer, args, place, move):
    """The loss with one of (weights, x, state) moved; its gradients are listed in that order."""
    x, state, mask = args
    weights = layer.trainable_variables
    if place < len(weights):
        before = tf.identity(weights[place])
        weights[place].assign(before + move)
        after = loss_of(layer(x, initial_state=state, mask=mask))
        weights[place].assign(before)
        return after
    inputs = tf.nest.flatten([x, state])
    inputs[place - len(weights)] += move
    x, state = tf.nest.pack_sequence_as([x, state], inputs)
    return loss_of(layer(x, initial_state=state, mask=mask))


@pytest.mark.parametrize("jit", [False, True])
def test_unknown_batch_and_time(layer, x, jit):
    def run(x):
        return layer(x)

    spec = tf.TensorSpec([None, None, FEATURES])
    compiled = tf.function(run, jit_compile=jit, input_signature=[spec], autograph=False)
    for steps in (7, 1):
        close(compiled(x[:, :steps]), layer(x[:, :steps]))


def test_gradient_with_unknown_batch_and_time(layer, x, state, mask):
    run = values_and_gradients(layer)
    signature = [*specs(state), tf.TensorSpec([None, None], tf.bool)]
    compiled = tf.function(run, input_signature=signature, autograph=False)
    close(compiled(x, state, mask), run(x, state, mask))


def test_runs_are_bitwise_equal(layer, x, state):
    run = tf.function(values_and_gradients(layer), autograph=False)
    first = tf.nest.flatten(run(x, state))
    for _ in range(3):
        for a, b in zip(first, tf.nest.flatten(run(x, state))):
            np.testing.assert_array_equal(a, b)

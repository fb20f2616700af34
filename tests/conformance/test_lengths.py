"""Sequences of no steps and of thousands."""

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.cases import FEATURES, UNITS
from tests.conformance.measure import close, values_and_gradients


@pytest.mark.parametrize("steps_known", [True, False])
@pytest.mark.parametrize("compiled", [None, False, True], ids=["eager", "graph", "xla"])
def test_no_steps_leave_the_state(layer, x, state, compiled, steps_known):
    def run(x):
        return layer(x, initial_state=state)

    if compiled is not None:
        spec = tf.TensorSpec([3, 0 if steps_known else None, FEATURES])
        run = tf.function(run, jit_compile=compiled, input_signature=[spec], autograph=False)
    outputs, final = run(x[:, :0])
    assert outputs.shape == (3, 0, UNITS)
    close(final, state, atol=0)


def test_gradient_of_no_steps_is_finite(layer, x, state):
    _, (weights, _, into_state) = values_and_gradients(layer)(x[:, :0], state)
    assert all(g is None or not np.any(g) for g in weights)
    assert all(np.isfinite(g).all() for g in tf.nest.flatten(into_state))


def test_five_thousand_steps_stay_finite(layer):
    x = 3 * tf.random.stateless_normal([1, 5000, FEATURES], seed=[0, 2])
    run = tf.function(values_and_gradients(layer), autograph=False)
    for value in tf.nest.flatten(run(x, layer.initial_state(1))):
        assert np.isfinite(value).all()

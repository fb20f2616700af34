"""What only training does: drawn anew at each call, from seeds that are part of the layer."""

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.cases import CASES, DROPPING, UNITS
from tests.conformance.measure import close, loss_of, randomized
from tfrnn.layers import LSTM, Bidirectional

DRAWING = DROPPING | {
    "Bidirectional": lambda dtype: Bidirectional(
        LSTM(UNITS, dropout=0.3, dtype=dtype), LSTM(UNITS, recurrent_dropout=0.3, dtype=dtype)
    ),
    **{name: CASES[name] for name in ("Stacked", "WeightDrop", "Zoneout")},
}


@pytest.fixture(params=sorted(DRAWING))
def make(request):
    return DRAWING[request.param]


@pytest.mark.parametrize("name", sorted(CASES.keys() - DRAWING.keys()))
def test_training_changes_nothing_where_nothing_is_drawn(name, x, mask):
    layer = randomized(CASES[name]("float32"))
    assert not layer.non_trainable_variables
    close(layer(x, mask=mask, training=True), layer(x, mask=mask), atol=0)


def training(layer):
    """A function of (x, state, mask): what training returns, and the weights' gradients."""

    def run(x, state, mask=None):
        with tf.GradientTape() as tape:
            results = layer(x, initial_state=state, mask=mask, training=True)
            loss = loss_of(results)
        return results, tape.gradient(loss, layer.trainable_variables)

    return run


def rewind(layer):
    """Sets the seeds back to before the first draw."""
    for seed in layer.non_trainable_variables:
        seed.assign([seed[0], 0])


def differs(a, b):
    return any(np.any(p != q) for p, q in zip(tf.nest.flatten(a), tf.nest.flatten(b)))


@pytest.mark.parametrize("jit", [False, True])
def test_a_seed_draws_the_same_again(layer, x, state, mask, jit):
    run = tf.function(training(layer), jit_compile=jit, autograph=False)
    first, second = run(x, state, mask), run(x, state, mask)
    assert differs(first, second) and differs(first[0], layer(x, initial_state=state, mask=mask))
    assert all(np.isfinite(v).all() and np.any(v) for v in tf.nest.flatten(first))
    rewind(layer)
    close(run(x, state, mask), first, atol=0)


def test_a_stateless_call_is_a_call(layer, x, mask):
    """It reads the weights and the seeds that it is given, and returns the seeds moved on."""
    weights = [tf.identity(v.value) for v in layer.trainable_variables]
    seeds = [tf.identity(v.value) for v in layer.non_trainable_variables]
    expected = layer(x, mask=mask, training=True)
    moved = [tf.identity(v.value) for v in layer.non_trainable_variables]
    for variable in layer.trainable_variables:
        variable.assign(0 * variable)
    results, after = layer.stateless_call(weights, seeds, x, mask=mask, training=True)
    close(results, expected, atol=0)
    close(after, moved, atol=0)


@pytest.mark.parametrize("steps_known", [True, False])
def test_masked_steps_are_masked_in_training(layer, x, state, steps_known):
    spec = [3, 7 if steps_known else None, x.shape[-1]]
    mask = tf.constant([[True] * 7, [False] * 7, [True, False, True] + 4 * [False]])

    @tf.function(input_signature=[tf.TensorSpec(spec)], autograph=False)
    def run(x):
        return layer(x, initial_state=state, mask=mask, training=True)

    outputs, final = run(x)
    assert not np.any(outputs[~mask.numpy()]) and np.all(outputs[mask.numpy()])
    rows = tf.nest.map_structure(lambda s: s[1], (final, state))
    close(*rows, atol=0)

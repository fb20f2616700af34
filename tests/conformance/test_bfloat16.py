"""A mixed policy: products in bfloat16, everything else in float32."""

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.measure import close, noisy_state, values_and_gradients


@pytest.mark.parametrize("jit", [False, True])
def test_bfloat16_stays_near_float32(make, layer, x, state, jit):
    half = make("mixed_bfloat16")
    half.build(x.shape)
    half.set_weights(layer.get_weights())
    run = tf.function(values_and_gradients(half), jit_compile=jit, autograph=False)
    (outputs, final), gradients = run(x, state)
    assert outputs.dtype == tf.bfloat16
    assert {s.dtype for s in tf.nest.flatten(final)} == {tf.float32}
    assert {w.dtype for w in half.trainable_variables} == {"float32"}
    (expected, expected_final), expected_gradients = values_and_gradients(layer)(x, state)
    close((tf.cast(outputs, tf.float32), final), (expected, expected_final), atol=0.03)
    moved = gradients_of_rounded(layer, x, state)
    assert {g.dtype for g in tf.nest.flatten(gradients)} == {tf.float32}
    for got, wanted, near in zip(*map(tf.nest.flatten, (gradients, expected_gradients, moved))):
        # Normalization magnifies what rounding does: then that is the measure.
        bound = max(0.05 * np.linalg.norm(wanted), 4 * np.linalg.norm(near - wanted))
        assert np.linalg.norm(got - wanted) < bound


def gradients_of_rounded(layer, x, state):
    """The gradients in float32 arithmetic, after one rounding of the weights and the inputs."""
    exact = layer.get_weights()
    layer.set_weights([rounded(w) for w in exact])
    gradients = values_and_gradients(layer)(rounded(x), state)[1]
    layer.set_weights(exact)
    return gradients


def rounded(x):
    return tf.cast(tf.cast(x, tf.bfloat16), tf.float32)


def test_state_is_not_rounded_to_bfloat16(make, x):
    half = make("mixed_bfloat16")
    half.build(x.shape)
    state = noisy_state(half)
    close(half(x, initial_state=state, mask=tf.zeros([3, 7], bool))[1], state, atol=0)

"""ResetBeforeGRU against its equations, written again in numpy float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import GRUState, ResetBeforeGRU


def reference(layer, x, h, mask):
    """The equations of the docstring, one step at a time."""
    w, u, b = (np.asarray(v, "float64") for v in layer.weights)
    u_z, u_r, u_g = np.split(u, 3, -1)
    outputs = []
    for x_t, real in zip(x.transpose(1, 0, 2), mask.T[..., None]):
        x_z, x_r, x_g = np.split(x_t @ w + b, 3, -1)
        z, r = sigmoid(x_z + h @ u_z), sigmoid(x_r + h @ u_r)
        new = z * h + (1 - z) * np.tanh(x_g + (r * h) @ u_g)
        outputs.append(np.where(real, new, 0))
        h = np.where(real, new, h)
    return np.stack(outputs, 1), GRUState(h)


@pytest.mark.parametrize("masked", [False, True])
def test_equations(masked):
    layer, x, state, mask = float64_case(ResetBeforeGRU(5, dtype="float64"))
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask))
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
    )
    close(results, expected)


@pytest.mark.parametrize("masked", [False, True])
def test_equals_keras(masked):
    ours, x, state, mask = float64_case(ResetBeforeGRU(5, dtype="float64"))
    mask[2, 0] = True  # before the first real step Keras outputs zeros, after it the last output
    theirs = keras.layers.GRU(
        5, reset_after=False, return_sequences=True, return_state=True, dtype="float64"
    )
    theirs.build((3, 6, 4))
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    theirs.set_weights(ours.get_weights())
    x, hidden, mask = tf.constant(x), tf.constant(state.hidden), tf.constant(mask)
    real = tf.cast(mask[..., None], x.dtype) if masked else 1.0  # Keras repeats the last output
    mask = mask if masked else None
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, hidden])
        outputs, final = ours(x, initial_state=GRUState(hidden), mask=mask)
        loss = tf.reduce_sum(outputs**2) + tf.reduce_sum(final.hidden**3)
        expected, last = theirs(x, initial_state=[hidden], mask=mask)
        their_loss = tf.reduce_sum((real * expected) ** 2) + tf.reduce_sum(last**3)
    close((outputs, final.hidden), (real * expected, last))
    close(
        tape.gradient(loss, [ours.trainable_variables, x, hidden]),
        tape.gradient(their_loss, [theirs.trainable_variables, x, hidden]),
        atol=1e-11,
    )

"""A layer of Keras and its drop-in with the same weights, run on the same values."""

import keras
import numpy as np
import tensorflow as tf

from tfrnn import drop_in

NAMES = ["GRU", "LSTM", "SimpleRNN"]
BATCH, STEPS, FEATURES, UNITS = 4, 5, 3, 4
MASK = np.array(  # padded on the right, on the left, with holes, of no real step at all
    [[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [0, 0, 0, 0, 0]], bool
)


def pair(name, **options):
    """Returns Keras' layer and ours, built, with one set of distinct random weights."""
    theirs = getattr(keras.layers, name)(UNITS, **options)
    ours = getattr(drop_in, name)(UNITS, **options)
    rng = np.random.default_rng(0)
    for layer in (theirs, ours):
        layer.build((BATCH, None, FEATURES))
    weights = [rng.normal(size=w.shape) for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    return theirs, ours


def values(dtype="float64"):
    """Returns inputs, and one state more than some layers have."""
    rng = np.random.default_rng(1)
    x = tf.constant(rng.normal(size=(BATCH, STEPS, FEATURES)), dtype)
    return x, [tf.constant(0.5 * rng.normal(size=(BATCH, UNITS)), dtype) for _ in range(2)]


def results_and_gradients(layer, x, state, **call):
    """What the layer returns, and the gradients of a sum that weighs every element differently."""
    state = state[: len(layer.state_size)]
    with tf.GradientTape() as tape:
        tape.watch([x, state])
        results = tf.nest.flatten(layer(x, initial_state=state, **call))
        ramps = [tf.reshape(tf.range(tf.size(r)), tf.shape(r)) for r in results]
        parts = [r * tf.cos(tf.cast(ramp, r.dtype)) for r, ramp in zip(results, ramps)]
        loss = tf.add_n([tf.reduce_sum(part) for part in parts])
    return results, tape.gradient(loss, [layer.trainable_variables, x, state])


def close(got, expected, atol):
    tf.nest.map_structure(
        lambda p, q: np.testing.assert_allclose(
            tf.cast(p, tf.float64), tf.cast(q, tf.float64), atol=atol, rtol=0
        ),
        got,
        expected,
    )

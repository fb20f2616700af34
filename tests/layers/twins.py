"""What the numpy twins of the layers share: one noisy case, and how near is equal."""

import numpy as np
import tensorflow as tf

FEATURES = 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def float64_case(layer):
    """Gives `layer` distinct weights; returns it, x, a non-zero state and a mask with a hole."""
    rng = np.random.default_rng(0)
    layer.build((None, None, FEATURES))
    for weight in layer.weights:  # no bias may stay 0, or a test would not see it
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    state = tf.nest.map_structure(lambda s: rng.normal(size=s.shape), layer.initial_state(3))
    mask = np.array([[1, 1, 1, 1, 1, 1], [1, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]], bool)
    return layer, rng.normal(size=(3, 6, FEATURES)), state, mask


def close(results, expected, atol=1e-12):
    tf.nest.map_structure(
        lambda a, b: np.testing.assert_allclose(a, b, atol=atol, rtol=0), results, expected
    )

"""How the table's rows prepare a layer and look at what it returns."""

import numpy as np
import tensorflow as tf

from tests.conformance.cases import FEATURES


def randomized(layer):
    """Builds it with distinct weights everywhere: a zero bias would hide what it is added to."""
    layer.build((None, None, FEATURES))
    rng = np.random.default_rng(0)
    for weight in layer.trainable_variables:
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    return layer


def noisy_state(layer, batch=3):
    rng = np.random.default_rng(1)
    return tf.nest.map_structure(
        lambda s: tf.constant(0.5 * rng.normal(size=s.shape), s.dtype), layer.initial_state(batch)
    )


def close(a, b, atol=1e-5):
    """Within `atol` of 1, or of the largest entry of a tensor that has larger ones."""

    def check(p, q):
        largest = np.abs(q).max(initial=1)
        np.testing.assert_allclose(p, q, atol=atol * largest, rtol=0)

    tf.nest.map_structure(check, a, b)


def values_and_gradients(layer):
    """A function of (x, state, mask): what the layer returns, and the gradients of `loss_of` it."""

    def run(x, state, mask=None):
        with tf.GradientTape() as tape:
            tape.watch([x, state])
            results = layer(x, initial_state=state, mask=mask)
            loss = loss_of(results)
        return results, tape.gradient(loss, [layer.trainable_variables, x, state])

    return run


def specs(state):
    """The signature of (x, state) that knows neither batch nor time."""
    keep_width = tf.nest.map_structure(lambda s: tf.TensorSpec([None, *s.shape[1:]]), state)
    return [tf.TensorSpec([None, None, FEATURES]), keep_width]


def loss_of(results):
    """Weighs every output and every state differently, in the dtype of the state."""
    outputs, state = results
    wide = tf.nest.flatten(state)[0].dtype
    parts = [tf.cast(part, wide) for part in tf.nest.flatten([outputs, state])]
    ramps = [tf.reshape(tf.range(tf.size(part)), tf.shape(part)) for part in parts]
    return tf.add_n([tf.reduce_sum(p * tf.cos(tf.cast(r, wide))) for p, r in zip(parts, ramps)])

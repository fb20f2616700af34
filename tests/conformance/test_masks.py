"""Padding and holes: every layer as if they were not there."""

import numpy as np
import tensorflow as tf

from tests.conformance.measure import close, values_and_gradients


def test_padding_changes_nothing(layer, x, state, mask):
    run = values_and_gradients(layer)
    noisy = tf.where(mask[..., None], x, 99.0)
    close(run(noisy, state, mask), run(x, state, mask))
    assert not np.any(layer(x, mask=mask)[0][~mask.numpy()])


def test_final_state_is_the_last_real_one(layer, x, mask, lengths):
    _, padded = layer(x, mask=mask)
    rows = [layer(x[row : row + 1, :length])[1] for row, length in enumerate(lengths)]
    close(tf.nest.map_structure(lambda *s: tf.concat(s, 0), *rows), padded)


def test_holes_in_the_mask_are_skipped(layer, x, state):
    real = [0, 2, 3, 6]
    mask = tf.constant(np.isin(np.arange(7), real)[None].repeat(3, 0))
    outputs, final = layer(x, initial_state=state, mask=mask)
    expected = layer(tf.gather(x, real, axis=1), initial_state=state)
    close((tf.gather(outputs, real, axis=1), final), expected)


def test_nothing_real_leaves_the_state(layer, x, state):
    (outputs, final), gradients = values_and_gradients(layer)(x, state, tf.zeros([3, 7], bool))
    assert not np.any(outputs)
    close(final, state, atol=0)
    assert all(np.isfinite(g).all() for g in tf.nest.flatten(gradients))

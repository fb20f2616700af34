"""The sum over all tag sequences and its own gradient, against a sum that names each of them."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers.forward_backward import NEAR, log_partition

LENGTHS = (4, 1, 3)
TAGS = 3


def named(emissions, transitions, start, end):
    """Log Z of each row, as a sum over its tag sequences; TensorFlow differentiates it."""
    found = []
    for row, length in enumerate(LENGTHS):
        scores = []
        for tags in itertools.product(range(TAGS), repeat=length):
            score = start[tags[0]] + end[tags[-1]]
            score += sum(emissions[row, t, tag] for t, tag in enumerate(tags))
            score += sum(transitions[pair] for pair in itertools.pairwise(tags))
            scores.append(score)
        found.append(tf.reduce_logsumexp(tf.stack(scores)))
    return tf.stack(found)


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("spread", [1.0, 60.0], ids=["near", "far"])
def test_equals_a_sum_that_names_each_sequence(spread, jit):
    rng = np.random.default_rng(7)
    mask = np.arange(4) < np.array(LENGTHS)[:, None]
    emissions = rng.normal(size=(3, 4, TAGS)) * spread
    emissions[~mask] = np.nan
    transitions = rng.normal(size=(TAGS, TAGS)) * spread
    assert (np.min(transitions - transitions.max(0)) < -NEAR) == (spread > 1)
    given = [emissions, transitions, rng.normal(size=TAGS), rng.normal(size=TAGS)]
    given = [tf.constant(x) for x in given]
    weights = tf.constant(rng.normal(size=3))

    def ours(emissions, transitions, start, end):
        return log_partition(emissions, tf.constant(mask), transitions, start, end)

    @tf.function(jit_compile=jit, autograph=False)
    def both(*given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            found = ours(*given)
        return found, tape.gradient(found, given, weights)

    found, gradients = both(*given)
    with tf.GradientTape() as tape:
        tape.watch(given)
        wanted = named(*given)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    for mine, sought in zip(gradients, tape.gradient(wanted, given, weights)):
        mine, sought = mine.numpy(), tf.convert_to_tensor(sought).numpy()
        np.testing.assert_allclose(mine, sought, rtol=1e-9, atol=1e-14)


def test_what_shall_never_occur_does_not():
    """-10,000 forbids a transition, and the only way left is found, however unlikely."""
    transitions = tf.constant([[0.0, -1e4], [-1e4, 0.0]])
    emissions = tf.constant([[[0.0, 300.0], [300.0, 0.0]]])
    nothing = tf.zeros([2])
    found = log_partition(emissions, tf.ones([1, 2], tf.bool), transitions, nothing, nothing)
    assert found.numpy() == pytest.approx([300 + np.log(2)])

"""`scan` with steps that no layer has: nests of outputs, states of any rank, integers."""

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers import scan


def running(x, state):
    """Counts the steps, sums the inputs, and shows both."""
    total = state["total"] + x
    count = state["count"] + 1
    return (total, {"count": count}), {"total": total, "count": count}


@pytest.fixture
def start():
    return {"total": tf.zeros([2, 3]), "count": tf.zeros([2], tf.int32)}


@pytest.fixture
def x():
    return tf.reshape(tf.range(24.0), [2, 4, 3])


def test_nested_outputs_and_state(x, start):
    (totals, counts), final = scan(running, x, start)
    np.testing.assert_array_equal(totals, np.cumsum(x, axis=1))
    np.testing.assert_array_equal(counts["count"], [[1, 2, 3, 4]] * 2)
    np.testing.assert_array_equal(final["total"], np.sum(x, axis=1))


def test_mask_reaches_every_part(x, start):
    mask = tf.constant([[True, False, True, False], [False] * 4])
    (totals, counts), final = scan(running, x, start, mask)
    np.testing.assert_array_equal(counts["count"], [[1, 0, 2, 0], [0] * 4])
    np.testing.assert_array_equal(final["count"], [2, 0])
    np.testing.assert_array_equal(totals[0, 2], x[0, 0] + x[0, 2])
    np.testing.assert_array_equal(final["total"][1], np.zeros(3))


@pytest.mark.parametrize("jit", [False, True])
def test_gradient_skips_masked_steps(x, start, jit):
    mask = tf.constant([[True, False, True, True], [True] * 4])

    @tf.function(jit_compile=jit)
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(scan(running, x, start, mask)[1]["total"])
        return tape.gradient(loss, x)

    np.testing.assert_array_equal(gradient(x)[..., 0], tf.cast(mask, tf.float32))


def test_a_state_that_changes_its_shape_is_refused():
    grow = tf.function(lambda x: scan(lambda x, s: (x, tf.concat([s, s], 0)), x, x[:, 0]))
    with pytest.raises(ValueError, match="shape"):
        grow(tf.ones([2, 3]))

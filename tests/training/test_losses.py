"""Losses against numpy."""

from functools import partial

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.training.losses import (
    agreeing_cross_entropy,
    cross_entropy,
    missed,
    smooth_cross_entropy,
)


def test_cross_entropy_is_minus_the_log_of_the_share():
    logits = np.random.default_rng(0).normal(0, 3, [2, 5, 7])
    targets = np.random.default_rng(1).integers(0, 7, [2, 5])
    batch = Batch({}, tf.constant(targets, tf.int32), tf.zeros([2, 5]))
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = -np.log(np.take_along_axis(shares, targets[..., None], -1))[..., 0]
    found = cross_entropy(tf.constant(logits, tf.float32), batch)
    np.testing.assert_allclose(found, expected, atol=1e-5)  # weights are the loop's business


def test_cross_entropy_of_sure_logits_is_finite():
    batch = Batch({}, tf.constant([0, 1]), tf.ones([2]))
    logits = tf.constant([[1e30, 0.0], [1e4, 0.0]])
    np.testing.assert_allclose(cross_entropy(logits, batch), [0, 1e4])


def shares(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def test_label_smoothing_is_the_cross_entropy_of_smoothed_targets():
    logits = np.random.default_rng(0).normal(0, 2, [6, 4])
    targets = np.array([0, 1, 2, 3, 0, 1])
    batch = Batch({}, tf.constant(targets, tf.int32), tf.zeros([6]))
    smoothed = 0.9 * np.eye(4)[targets] + 0.1 / 4
    expected = -(smoothed * np.log(shares(logits))).sum(-1)
    found = smooth_cross_entropy(tf.constant(logits, tf.float32), batch, 0.1)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    plain = smooth_cross_entropy(tf.constant(logits, tf.float32), batch, 0.0)
    np.testing.assert_allclose(plain, cross_entropy(tf.constant(logits, tf.float32), batch))


def test_two_readings_pay_for_what_they_differ_by():
    """The second term is (KL(p || q) + KL(q || p)) / 2, as Liang et al. 2021 write it."""
    logits = np.random.default_rng(0).normal(0, 2, [6, 2, 4])
    batch = Batch({}, tf.constant([0, 1, 2, 3, 0, 1]), tf.zeros([6]))
    p, q = shares(logits[:, 0]), shares(logits[:, 1])
    apart = ((p * np.log(p / q)).sum(-1) + (q * np.log(q / p)).sum(-1)) / 2
    each = [smooth_cross_entropy(tf.constant(logits[:, i], tf.float32), batch, 0.1) for i in (0, 1)]
    for agreement in (0.0, 3.0):
        found = agreeing_cross_entropy(
            tf.constant(logits[:, None], tf.float32), batch, smoothing=0.1, agreement=agreement
        )
        expected = (each[0] + each[1]) / 2 + agreement * apart
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_one_reading_and_equal_readings_pay_nothing_more():
    logits = tf.constant(np.random.default_rng(0).normal(0, 2, [6, 4]), tf.float32)
    batch = Batch({}, tf.constant([0, 1, 2, 3, 0, 1]), tf.zeros([6]))
    expected = smooth_cross_entropy(logits, batch, 0.2)
    for same in (logits, tf.repeat(logits[:, None, None], 3, 2)):
        found = agreeing_cross_entropy(same, batch, smoothing=0.2, agreement=5.0)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_parts_pay_each_for_itself_and_need_not_agree():
    logits = tf.constant(np.random.default_rng(0).normal(0, 2, [6, 3, 2, 4]), tf.float32)
    batch = Batch({}, tf.constant([0, 1, 2, 3, 0, 1]), tf.zeros([6]))
    pay = partial(agreeing_cross_entropy, batch=batch, smoothing=0.1, agreement=2.0)
    each = [pay(part[:, None]) for part in tf.unstack(logits, axis=1)]
    np.testing.assert_allclose(pay(logits), sum(each) / 3, atol=1e-5)


def test_missed_targets():
    logits = tf.constant([[1.0, 2.0], [3.0, 0.0], [0.0, 0.0]])
    batch = Batch({}, tf.constant([1, 1, 0]), tf.ones([3]))
    assert missed(logits, batch).numpy().tolist() == [0, 1, 0]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_its_own_gradient_is_that_of_the_formula(smoothing):
    logits = tf.constant(np.random.default_rng(0).normal(0, 5, [2, 3, 7]), tf.float64)
    targets = tf.constant([[0, 6, 3], [1, 1, 5]])
    batch, upstream = Batch({}, targets, tf.ones([2, 3])), tf.range(1.0, 7.0, dtype=tf.float64)
    wanted = (1 - smoothing) * tf.one_hot(targets, 7, dtype=tf.float64) + smoothing / 7
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        ours = smooth_cross_entropy(logits, batch, smoothing)
        written = tf.nn.softmax_cross_entropy_with_logits(wanted, logits)
        sums = [tf.reduce_sum(tf.reshape(nats, [-1]) * upstream) for nats in (ours, written)]
    np.testing.assert_allclose(ours, written, atol=1e-12)
    found, expected = (tape.gradient(total, logits) for total in sums)
    np.testing.assert_allclose(found, expected, atol=1e-12)

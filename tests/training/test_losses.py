"""Losses against numpy."""

import numpy as np
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.training.losses import cross_entropy


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

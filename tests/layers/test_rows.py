"""Rows of a table and their gradient, against TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.kernels import compiled_by_llvm
from tfrnn.kernels.llvm.machine import machine
from tfrnn.layers import take_rows
from tfrnn.layers.rows import FEW


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("rows", [1, 7, FEW])
def test_values_and_gradient(rows, jit):
    rng = np.random.default_rng(0)
    table, upstream = tf.constant(rng.normal(size=(rows, 5))), rng.normal(size=(4, 6, 5))
    ids = tf.constant(rng.integers(0, rows, (4, 6)), tf.int32)

    @tf.function(jit_compile=jit, autograph=False)
    def run(table):
        with tf.GradientTape() as tape:
            tape.watch(table)
            found = take_rows(table, ids, product_dtype="float64")
        return found, tape.gradient(found, table, tf.constant(upstream))

    found, gradient = run(table)
    np.testing.assert_array_equal(found, tf.gather(table, ids))
    expected = np.zeros(table.shape)
    np.add.at(expected, ids.numpy(), upstream)
    np.testing.assert_allclose(gradient, expected, atol=1e-12)


def test_no_ids():
    table = tf.ones([3, 5])
    with tf.GradientTape() as tape:
        tape.watch(table)
        found = take_rows(table, tf.zeros([2, 0], tf.int32), product_dtype="float32")
    assert found.shape == (2, 0, 5)
    np.testing.assert_array_equal(tape.gradient(found, table), np.zeros([3, 5]))


@pytest.mark.skipif(machine() is None, reason="no vectors that the kernels know")
@pytest.mark.parametrize("rows", [1, 7, FEW])
def test_gradient_by_llvm(rows):
    rng = np.random.default_rng(0)
    table, upstream = tf.zeros([rows, 48]), rng.normal(size=(4, 6, 48)).astype(np.float32)
    ids = rng.integers(0, rows, (4, 6)).astype(np.int32)

    @tf.function(autograph=False)
    def run(table):
        with tf.GradientTape() as tape, compiled_by_llvm():
            tape.watch(table)
            found = take_rows(table, tf.constant(ids), product_dtype="bfloat16")
        return tape.gradient(found, table, tf.constant(upstream))

    expected = np.zeros(table.shape)
    np.add.at(expected, ids, upstream)
    np.testing.assert_allclose(run(table), expected, atol=1e-5)

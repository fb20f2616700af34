"""Rows of a table and their gradient, against TensorFlow's own."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from tests.kernels.cases import (
    FEATURES,
    assert_close,
    case,
    differentiated,
    given_keep,
    holed,
    keep_of,
    noisy,
)
from tests.kernels.cases import make_calm as make
from tests.kernels.machines import needs_bfloat16, needs_vectors
from tests.kernels.steps import FUSED
from tfrnn.kernels import compiled_by_llvm
from tfrnn.kernels.rows import FEW
from tfrnn.layers import take_rows


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


@needs_vectors
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


@needs_vectors
@pytest.mark.parametrize("masked_and_dropped", [False, True])
@pytest.mark.parametrize("name", FUSED)
def test_reads_rows_of_a_table(name, masked_and_dropped):
    """The same as gathered rows, with the gradient of the table; ids of any integers."""
    layer = make(name, 48, "float32")
    table = layer.project(noisy("float32", 5, FEATURES, seed=1))
    ids = tf.constant(np.random.default_rng(0).integers(0, 4, [7, 6]))  # the last row unread
    more = (holed(7, 6), keep_of(layer, 7)) if masked_and_dropped else (None, None)
    state = case(layer, 7, 6)[1]

    def by_llvm(layer, x, state, mask, keep):
        with compiled_by_llvm(), given_keep(layer, keep):
            return layer.unroll_rows(x, ids, state, mask, training=True)

    def gathered(layer, x, state, mask, keep):
        with given_keep(layer, keep):
            return layer.unroll(tf.gather(x, ids), state, mask, training=True)

    got, wanted = (differentiated(layer, way)(table, state, *more) for way in (by_llvm, gathered))
    weights = slice(1, 2)  # the recurrent kernel: the table is given
    assert_close(got[0], wanted[0], 1e-5)
    assert_close(got[1][0][weights], wanted[1][0][weights], 1e-5)
    assert_close(got[1][1:], [tf.convert_to_tensor(wanted[1][1]), wanted[1][2]], 1e-5)


@needs_bfloat16
@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN tanh"])
def test_reads_rows_of_a_table_in_bfloat16(name):
    layer = make(name, 48, "mixed_bfloat16")
    table = layer.project(noisy("float32", 5, FEATURES, seed=1))
    ids = tf.constant(np.random.default_rng(0).integers(0, 4, [7, 6]))
    state = layer.initial_state(7)

    def gradient(scope, read):
        with tf.GradientTape() as tape, scope:
            tape.watch(table)
            outputs, _ = read()
            loss = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 2)
        return tape.gradient(loss, table)

    got = gradient(compiled_by_llvm(), lambda: layer.unroll_rows(table, ids, state))
    wanted = gradient(contextlib.nullcontext(), lambda: layer.unroll(tf.gather(table, ids), state))
    wanted = tf.convert_to_tensor(wanted)
    assert not np.any(got[4])
    assert np.linalg.norm(got - wanted) < 0.02 * np.linalg.norm(wanted)


@needs_vectors
@pytest.mark.parametrize("ids", [[[0, 5]], [[-1, 0]]])
def test_ids_that_no_row_has_are_refused(ids):
    layer = make("LSTM", 16, "float32")
    with compiled_by_llvm(), pytest.raises(ValueError, match="of 5 rows"):
        layer.unroll_rows(tf.zeros([5, 64]), tf.constant(ids), layer.initial_state(1))

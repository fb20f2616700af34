"""WeightDrop: the layer inside with another recurrent kernel, and nothing else."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case
from tfrnn.layers import GRU, LSTM, LayerNormLSTM, Stacked, WeightDrop, Zoneout
from tfrnn.layers.noise import draw_uniform


def next_kernel(layer):
    """The recurrent kernel that the next call in training will use, in numpy."""
    twin = keras.random.SeedGenerator()
    twin.state.assign(layer.seeds.state)
    keep = np.asarray(draw_uniform(twin, layer.layer.recurrent_kernel.shape)) >= layer.rate
    return keep * np.asarray(layer.layer.recurrent_kernel) / (1 - layer.rate)


@pytest.fixture(params=[LSTM, GRU, LayerNormLSTM])
def case(request):
    layer, x, state, mask = float64_case(WeightDrop(request.param(5, dtype="float64"), rate=0.4))
    state = tf.nest.map_structure(tf.constant, state)
    return layer, {"inputs": tf.constant(x), "initial_state": state, "mask": tf.constant(mask)}


def test_training_is_the_layer_with_dropped_weights(case):
    layer, args = case
    dropped = next_kernel(layer)
    assert 0.1 < np.mean(dropped == 0) < 0.7
    results = layer(**args, training=True)
    layer.layer.recurrent_kernel.assign(dropped)
    close(results, layer.layer(**args))


def test_nothing_is_dropped_outside_training(case):
    layer, args = case
    for training in (False, None):
        close(layer(**args, training=training), layer.layer(**args), atol=0)


def test_the_weights_themselves_stay(case):
    layer, args = case
    before = layer.get_weights()
    layer(**args, training=True)
    for weight, was in zip(layer.get_weights(), before):
        np.testing.assert_array_equal(weight, was)


def test_a_dropped_weight_has_no_gradient(case):
    layer, args = case
    dropped = next_kernel(layer)
    with tf.GradientTape() as tape:
        outputs, _ = layer(**args, training=True)
        loss = tf.reduce_sum(outputs**2)
    gradients = tape.gradient(loss, layer.trainable_variables)
    assert all(np.any(gradient) for gradient in gradients)
    np.testing.assert_array_equal(np.asarray(gradients[1]) == 0, dropped == 0)


def test_the_wanted_share_is_dropped():
    layer = WeightDrop(LSTM(100), rate=0.25)
    layer.build((None, None, 3))
    assert np.mean(next_kernel(layer) == 0) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("jit", [False, True])
def test_draws_are_those_of_eager(case, jit):
    layer, args = case
    seed = layer.seeds.state.numpy()

    def run():
        return layer(**args, training=True)

    expected = run()
    assert np.any(layer.seeds.state.numpy() != seed)
    layer.seeds.state.assign(seed)
    close(tf.function(run, jit_compile=jit, autograph=False)(), expected)


def test_a_stateless_call_reads_the_weights_it_is_given(case):
    """Though the layer has a scope of its own inside that of Keras."""
    layer, args = case
    given = [0.5 * v for v in layer.trainable_variables]
    seeds = [tf.identity(v.value) for v in layer.non_trainable_variables]
    results, after = layer.stateless_call(given, seeds, **args, training=True)
    assert [np.any(a != b) for a, b in zip(after, seeds)] == [True]
    for variable, seed, value in zip(layer.non_trainable_variables, seeds, after):
        np.testing.assert_array_equal(variable, seed)
        np.testing.assert_array_equal(value - seed, [0, 1])
    for variable, value in zip(layer.trainable_variables, given):
        variable.assign(value)
    close(layer(**args, training=True), results)


def test_dropout_of_the_layer_itself_goes_on():
    layer = WeightDrop(LSTM(5, dropout=0.5, recurrent_dropout=0.5), rate=0.5)
    x = tf.ones([2, 3, 4])
    layer(x, training=True)
    before = [v.numpy() for v in layer.non_trainable_variables]
    layer(x, training=True)
    after = [v.numpy() for v in layer.non_trainable_variables]
    assert [int((b - a)[1]) for a, b in zip(before, after)] == [1, 2]  # its own seed comes first


def test_a_layer_in_zoneout_may_be_dropped():
    layer, x, *_ = float64_case(
        WeightDrop(Zoneout(LSTM(5, dtype="float64"), hidden=0.0), rate=0.4, dtype="float64")
    )
    bare = layer.layer.layer
    kernel = next_kernel(layer)
    results = layer(tf.constant(x), training=True)
    bare.recurrent_kernel.assign(kernel)
    close(results, bare(tf.constant(x)))


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_impossible_rate_is_refused(rate):
    with pytest.raises(ValueError, match=r"^WeightDrop needs rate in \[0, 1\), got rate="):
        WeightDrop(LSTM(2), rate=rate)


def test_a_layer_without_the_kernel_is_refused():
    layer = WeightDrop(Stacked([LSTM(2)]), rate=0.5)
    with pytest.raises(ValueError, match=r"^WeightDrop needs .* recurrent_kernel, got Stacked"):
        layer.build((None, None, 3))

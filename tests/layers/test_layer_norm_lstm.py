"""LayerNormLSTM against its equations, written again in numpy float64."""

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import LayerNormLSTM, LSTMState


def normal(a):
    return (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + 1e-5)


def reference(layer, x, h, c, mask):
    """The equations of the docstring, one step at a time."""
    w, u, b, gain_w, gain_u, v, s = (np.asarray(weight, "float64") for weight in layer.weights)
    outputs = []
    for x_t, real in zip(x.transpose(1, 0, 2), mask.T[..., None]):
        i, f, g, o = np.split(gain_w * normal(x_t @ w) + gain_u * normal(h @ u) + b, 4, -1)
        new_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        new_h = sigmoid(o) * np.tanh(v * normal(new_c) + s)
        outputs.append(np.where(real, new_h, 0))
        h, c = np.where(real, new_h, h), np.where(real, new_c, c)
    return np.stack(outputs, 1), LSTMState(h, c)


@pytest.mark.parametrize("masked", [False, True])
def test_equations(masked):
    layer, x, state, mask = float64_case(LayerNormLSTM(5, dtype="float64"))
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask))
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
    )
    close(results, expected)


def test_the_scale_of_a_product_does_not_matter():
    """What the paper promises of its weights: N(k a) is N(a), but for epsilon."""
    layer, x, state, _ = float64_case(LayerNormLSTM(5, dtype="float64"))
    before = layer(x, initial_state=state)
    for weight in (layer.kernel, layer.recurrent_kernel):
        weight.assign(1000 * weight)
    after = layer(x, initial_state=state)
    close(after, before, atol=1e-3)
    assert np.abs(after[0] - before[0]).max() > 0  # epsilon


@pytest.mark.parametrize("unit_forget_bias", [False, True])
def test_starts_with_gains_of_one(unit_forget_bias):
    layer = LayerNormLSTM(2, unit_forget_bias=unit_forget_bias)
    layer = LayerNormLSTM.from_config(layer.get_config())
    layer.build((None, None, 1))
    np.testing.assert_array_equal(layer.bias, np.repeat([0, unit_forget_bias, 0, 0], 2))
    for gain in (layer.kernel_gain, layer.recurrent_gain, layer.cell_gain):
        np.testing.assert_array_equal(gain, np.ones(gain.shape))
    np.testing.assert_array_equal(layer.cell_bias, np.zeros(2))

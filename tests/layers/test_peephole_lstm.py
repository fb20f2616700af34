"""PeepholeLSTM against its equations, written again in numpy float64."""

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import LSTM, LSTMState, PeepholeLSTM


def reference(layer, x, h, c, mask):
    """The equations of the docstring, one step at a time."""
    w, u, b, (p_i, p_f, p_o) = (np.asarray(v, "float64") for v in layer.weights)
    outputs = []
    for x_t, real in zip(x.transpose(1, 0, 2), mask.T[..., None]):
        i, f, g, o = np.split(x_t @ w + h @ u + b, 4, -1)
        new_c = sigmoid(f + p_f * c) * c + sigmoid(i + p_i * c) * np.tanh(g)
        new_h = sigmoid(o + p_o * new_c) * np.tanh(new_c)
        outputs.append(np.where(real, new_h, 0))
        h, c = np.where(real, new_h, h), np.where(real, new_c, c)
    return np.stack(outputs, 1), LSTMState(h, c)


@pytest.mark.parametrize("masked", [False, True])
def test_equations(masked):
    layer, x, state, mask = float64_case(PeepholeLSTM(5, dtype="float64"))
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask))
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
    )
    close(results, expected)


@pytest.mark.parametrize("unit_forget_bias", [False, True])
def test_starts_as_an_lstm(unit_forget_bias):
    seeing = PeepholeLSTM(5, unit_forget_bias=unit_forget_bias, dtype="float64")
    blind = LSTM(5, unit_forget_bias=unit_forget_bias, dtype="float64")
    for layer in (seeing, blind):
        layer.build((None, None, 4))
    np.testing.assert_array_equal(seeing.bias, blind.bias)
    blind.set_weights(seeing.get_weights()[:3])
    x = tf.random.stateless_normal([3, 6, 4], seed=[0, 1], dtype=tf.float64)
    close(seeing(x), blind(x))


def test_its_settings_come_back():
    layer = PeepholeLSTM(3, unit_forget_bias=False)
    assert PeepholeLSTM.from_config(layer.get_config()).get_config() == layer.get_config()

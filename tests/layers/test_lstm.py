"""LSTM against its equations, written again in numpy float64."""

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import LSTM, LSTMState


def reference(layer, x, h, c, mask):
    """The equations of the docstring, one step at a time."""
    w, u, b = (np.asarray(v, "float64") for v in layer.weights)
    outputs = []
    for x_t, real in zip(x.transpose(1, 0, 2), mask.T[..., None]):
        i, f, g, o = np.split(x_t @ w + h @ u + b, 4, -1)
        new_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        new_h = sigmoid(o) * np.tanh(new_c)
        outputs.append(np.where(real, new_h, 0))
        h, c = np.where(real, new_h, h), np.where(real, new_c, c)
    return np.stack(outputs, 1), LSTMState(h, c)


@pytest.mark.parametrize("masked", [False, True])
def test_equations(masked):
    layer, x, state, mask = float64_case(LSTM(5, dtype="float64"))
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask))
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
    )
    close(results, expected)


def test_forget_gate_starts_open():
    layer = LSTM(2)
    layer.build((None, None, 1))
    np.testing.assert_array_equal(layer.bias, [0, 0, 1, 1, 0, 0, 0, 0])


def test_forget_gate_starts_half_open_on_request():
    layer = LSTM.from_config(LSTM(2, unit_forget_bias=False).get_config())
    layer.build((None, None, 1))
    np.testing.assert_array_equal(layer.bias, np.zeros(8))


def test_recurrent_kernel_starts_orthogonal():
    layer = LSTM(3)
    layer.build((None, None, 1))
    u = np.asarray(layer.recurrent_kernel)
    np.testing.assert_allclose(u @ u.T, np.eye(3), atol=1e-6)

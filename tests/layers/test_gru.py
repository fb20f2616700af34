"""GRU against its equations, written again in numpy float64."""

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import GRU, GRUState


def reference(layer, x, h, mask):
    """The equations of the docstring, one step at a time."""
    w, u, b = (np.asarray(v, "float64") for v in layer.weights)
    outputs = []
    for x_t, real in zip(x.transpose(1, 0, 2), mask.T[..., None]):
        x_z, x_r, x_g = np.split(x_t @ w + b[0], 3, -1)
        a_z, a_r, a_g = np.split(h @ u + b[1], 3, -1)
        z, r = sigmoid(x_z + a_z), sigmoid(x_r + a_r)
        new = z * h + (1 - z) * np.tanh(x_g + r * a_g)
        outputs.append(np.where(real, new, 0))
        h = np.where(real, new, h)
    return np.stack(outputs, 1), GRUState(h)


@pytest.mark.parametrize("masked", [False, True])
def test_equations(masked):
    layer, x, state, mask = float64_case(GRU(5, dtype="float64"))
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask))
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
    )
    close(results, expected)

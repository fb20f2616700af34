"""SimpleRNN against its equation, written again in numpy float64."""

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case
from tfrnn.layers import SimpleRNN, SimpleRNNState


def reference(layer, x, h, mask):
    """The equation of the docstring, one step at a time."""
    w, u, b = (np.asarray(v, "float64") for v in layer.weights)
    outputs = []
    for x_t, real in zip(x.transpose(1, 0, 2), mask.T[..., None]):
        new = np.tanh(x_t @ w + h @ u + b)
        outputs.append(np.where(real, new, 0))
        h = np.where(real, new, h)
    return np.stack(outputs, 1), SimpleRNNState(h)


@pytest.mark.parametrize("masked", [False, True])
def test_equations(masked):
    layer, x, state, mask = float64_case(SimpleRNN(5, dtype="float64"))
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask))
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
    )
    close(results, expected)

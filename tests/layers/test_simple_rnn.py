"""SimpleRNN against its equation, written again in numpy float64."""

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import SimpleRNN, SimpleRNNState

ACTIVATIONS = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "sigmoid": sigmoid}


def reference(layer, x, h, mask):
    """The equation of the docstring, one step at a time."""
    w, u, b = (np.asarray(v, "float64") for v in layer.weights)
    outputs = []
    for x_t, real in zip(x.transpose(1, 0, 2), mask.T[..., None]):
        new = ACTIVATIONS[layer.activation](x_t @ w + h @ u + b)
        outputs.append(np.where(real, new, 0))
        h = np.where(real, new, h)
    return np.stack(outputs, 1), SimpleRNNState(h)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("masked", [False, True])
def test_equations(masked, activation):
    layer, x, state, mask = float64_case(SimpleRNN(5, activation=activation, dtype="float64"))
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask))
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
    )
    close(results, expected)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_step_and_config_know_the_activation(activation):
    layer = SimpleRNN.from_config(SimpleRNN(5, activation=activation, dtype="float64").get_config())
    layer, x, state, _ = float64_case(layer)
    y, _ = layer.step(layer.project(x[:, 0]), state)
    expected, _ = reference(layer, x[:, :1], *state, np.ones([3, 1], bool))
    np.testing.assert_allclose(y, expected[:, 0], atol=1e-12)


def test_other_activations_are_refused():
    with pytest.raises(ValueError, match="needs an activation of tanh, relu, sigmoid, got 'gelu'"):
        SimpleRNN(5, activation="gelu")

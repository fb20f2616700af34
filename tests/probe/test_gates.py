"""Gates against their equations: with them the outputs of the layer come out again."""

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import GRU, LSTM, PeepholeLSTM, SimpleRNN, Stacked
from tfrnn.probe.gates import activations, memory, of_stack


def as_numpy(found):
    return {name: value.numpy() for name, value in found.items()}


def before(first, values):
    """What a state was before each step."""
    return np.concatenate([np.asarray(first)[:, None], values[:, :-1]], 1)


def parts(layer, x, hidden, count):
    """The sums of a cell, W x + U h + b, gate by gate, in numpy."""
    kernel, recurrent, bias = (np.asarray(w) for w in layer.weights)
    given, carried = x @ kernel, hidden @ recurrent
    given, carried = (given + bias[0], carried + bias[1]) if bias.ndim == 2 else (given, carried)
    return np.split(given, count, -1), np.split(carried, count, -1), np.split(bias, count, -1)


def test_lstm():
    layer, x, state, _ = float64_case(LSTM(5, dtype="float64"))
    found = as_numpy(activations(layer, x, state))
    given, carried, bias = parts(layer, x, before(state.hidden, found["h"]), 4)
    i, f, g, o = (a + b + c for a, b, c in zip(given, carried, bias))
    close([found["i"], found["f"], found["o"]], [sigmoid(i), sigmoid(f), sigmoid(o)])
    cell = found["f"] * before(state.cell, found["c"]) + found["i"] * np.tanh(g)
    close(found["c"], cell)
    close(found["h"], found["o"] * np.tanh(cell))
    outputs, last = layer(x, state)
    close(found["h"], outputs)
    close([found["h"][:, -1], found["c"][:, -1]], list(last))
    assert list(found) == ["i", "f", "o", "c", "h"]


def test_gru():
    layer, x, state, _ = float64_case(GRU(5, dtype="float64"))
    found = as_numpy(activations(layer, x, state))
    hidden = before(state.hidden, found["h"])
    (x_z, x_r, x_g), (a_z, a_r, a_g), _ = parts(layer, x, hidden, 3)
    close([found["z"], found["r"]], [sigmoid(x_z + a_z), sigmoid(x_r + a_r)])
    g = np.tanh(x_g + found["r"] * a_g)
    close(found["h"], found["z"] * hidden + (1 - found["z"]) * g)
    close(found["h"], layer(x, state)[0])
    assert list(found) == ["z", "r", "h"]


def test_simple_rnn():
    layer, x, state, _ = float64_case(SimpleRNN(5, dtype="float64"))
    found = as_numpy(activations(layer, x, state))
    close(found["h"], layer(x, state)[0])
    assert list(found) == ["h"]


@pytest.mark.parametrize("kind", [LSTM, GRU, SimpleRNN])
def test_float32_from_the_state_of_no_steps(kind):
    layer = kind(7)
    x = tf.random.stateless_normal([2, 30, 4], [0, 0])
    outputs, _ = layer(x)
    close(activations(layer, x)["h"], outputs, atol=1e-5)


def test_a_stack_reads_the_layer_below():
    stack = Stacked([LSTM(5), GRU(3)])
    x = tf.random.stateless_normal([1, 9, 4], [0, 0])
    outputs, _ = stack(x)
    lower, upper = of_stack(stack.layers, x[0])
    close(upper["h"], outputs[0], atol=1e-5)
    close(lower["h"], stack.layers[0](x)[0][0], atol=1e-5)
    assert (lower["c"].shape, upper["z"].shape) == ((9, 5), (9, 3))
    np.testing.assert_array_equal(memory(lower), np.tanh(lower["c"]))
    np.testing.assert_array_equal(memory(upper), upper["h"])


def test_other_layers_are_refused():
    with pytest.raises(ValueError, match="one of LSTM, GRU, SimpleRNN, got PeepholeLSTM"):
        activations(PeepholeLSTM(4), tf.ones([1, 2, 3]))

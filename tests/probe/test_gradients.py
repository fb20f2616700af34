"""Gradient norms by distance: closed forms, every step on its own, and what is made of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import sigmoid
from tfrnn.layers import GRU, LSTM, Bidirectional, LayerNormLSTM, PeepholeLSTM, SimpleRNN, Stacked
from tfrnn.probe import fresh
from tfrnn.probe.gradients import by_distance, half_life, trace

STEPS, BATCH, FEATURES = 6, 3, 4


def total(hidden):
    return tf.reduce_sum(hidden, -1)


def built(layer, features=FEATURES, *, seed=0):
    """A layer none of whose weights is 0 or like another."""
    layer.build((None, None, features))
    rng = np.random.default_rng(seed)
    for weight in layer.weights:
        weight.assign(weight + 0.3 * rng.normal(size=weight.shape))
    return layer


def inputs_of(features=FEATURES):
    return tf.constant(np.random.default_rng(1).normal(size=(BATCH, STEPS, features)))


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.1])
def test_a_linear_network_with_a_scaled_identity_decays_by_its_scale(rho):
    """ReLU over what is always above 0 is linear: dL / dh_{T-k} = rho ** k * dL / dh_T."""
    layer = SimpleRNN(FEATURES, activation="relu", dtype="float64")
    layer.build((None, None, FEATURES))
    layer.recurrent_kernel.assign(rho * np.eye(FEATURES))
    layer.kernel.assign(2 * np.eye(FEATURES))
    flow = trace([layer], tf.abs(inputs_of()), total)
    expected = np.tile(2 * rho ** np.arange(STEPS - 1.0, -1, -1), (BATCH, 1))  # |(1, 1, 1, 1)| = 2
    np.testing.assert_allclose(flow.states[0], expected, rtol=1e-12)
    np.testing.assert_allclose(flow.inputs, 2 * expected, rtol=1e-12)
    decay = by_distance(flow.states[0], STEPS - 1)
    np.testing.assert_allclose(decay, np.tile(rho ** np.arange(STEPS), (3, 1)), rtol=1e-12)
    wanted = np.log(2) / -np.log(rho) if rho < 1 else np.inf
    assert half_life(decay.median) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("bias", [-1.0, 0.0, 1.0, 10.0])
def test_what_a_cell_keeps_is_decided_by_its_forget_gate(bias):
    """Without weights the cell is the only way back: dL / dc_{T-k} = f ** (k-1) * dL / dc_{T-1}."""
    layer = LSTM(FEATURES, dtype="float64")
    layer.build((None, None, FEATURES))
    for weight in layer.weights:
        weight.assign(tf.zeros_like(weight))
    gates = np.repeat([-30.0, bias, 0.0, 0.0], FEATURES)  # the cell stays at 0, tanh' at 1
    layer.bias.assign(gates)
    (norms,) = trace([layer], inputs_of(), total).states
    f = sigmoid(bias)
    expected = 0.5 * f ** np.arange(1, STEPS)  # o = 1 / 2; the loss reads the last step's h alone
    relative = by_distance(norms, STEPS - 1).median
    np.testing.assert_allclose(relative[1:], expected, rtol=1e-9)
    assert (
        half_life(relative)
        == pytest.approx(np.log(2) / -np.log(f) if bias < 20 else np.inf, rel=1e-6)
        or half_life(relative) > 1e8
    )


def one_step_at_a_time(layers, inputs, loss, at, number=None):
    """The norm at step `at`, of layer `number` or the inputs: a tape of its own, layers abreast."""
    states = [layer.initial_state(BATCH) for layer in layers]
    with tf.GradientTape() as tape:
        for t in range(STEPS):
            hidden = inputs[:, t]
            if t == at and number is None:
                watched = [hidden]
                tape.watch(watched)
            for i, layer in enumerate(layers):
                _, states[i] = layer.step(layer.project(hidden), states[i])
                if (t, i) == (at, number):
                    # Copies: the cell's way to this step's own hidden state is not through time.
                    watched = [tf.identity(part) for part in states[i]]
                    tape.watch(watched)
                    states[i] = type(states[i])(*watched)
                hidden = states[i].hidden
        cost = tf.reduce_sum(loss(hidden))
    parts = tape.gradient(cost, watched, unconnected_gradients="zero")
    return np.sqrt(sum(tf.reduce_sum(part**2, -1) for part in parts))


STACKS = {
    "SimpleRNN": lambda: [built(SimpleRNN(5, dtype="float64"))],
    "PeepholeLSTM": lambda: [built(PeepholeLSTM(5, dtype="float64"))],
    "LSTM, GRU": lambda: [
        built(LSTM(5, dtype="float64")),
        built(GRU(3, dtype="float64"), 5, seed=2),
    ],
    "GRU, LayerNormLSTM, LSTM": lambda: [
        built(GRU(5, dtype="float64")),
        built(LayerNormLSTM(3, dtype="float64"), 5, seed=2),
        built(LSTM(2, dtype="float64"), 3, seed=3),
    ],
}


@pytest.mark.parametrize("stack", STACKS)
def test_one_pass_back_is_a_pass_for_every_step(stack):
    layers, inputs = STACKS[stack](), inputs_of()

    def loss(hidden):
        return tf.reduce_sum(hidden**2 + hidden, -1)

    flow = trace(layers, inputs, loss)
    assert len(flow.states) == len(layers)
    for t in range(STEPS):
        for number, norms in enumerate(flow.states):
            expected = one_step_at_a_time(layers, inputs, loss, t, number)
            np.testing.assert_allclose(norms[:, t], expected, rtol=1e-10)
            assert (expected > 0).all()
        expected = one_step_at_a_time(layers, inputs, loss, t)
        np.testing.assert_allclose(flow.inputs[:, t], expected, rtol=1e-10)


def test_rows_do_not_mix():
    """The losses of a batch are summed, so each row must have the gradient it has alone."""
    layers, inputs = [built(GRU(5, dtype="float64"))], inputs_of()
    together, alone = trace(layers, inputs, total), trace(layers, inputs[1:2], total)
    np.testing.assert_allclose(together.states[0][1:2], alone.states[0], rtol=1e-12)


def test_before_training_an_open_forget_gate_keeps_gradients_longer():
    keras.utils.set_random_seed(0)
    flows = dict(fresh.trace_kinds(16, 8, time=40, seed=0))
    assert flows.keys() == fresh.KINDS.keys()
    lives = {}
    for kind, flow in flows.items():
        np.testing.assert_allclose(flow.states[0][:, -1], 1, rtol=1e-12)
        lives[kind] = half_life(by_distance(flow.states[0], 30).median)
    assert lives["LSTM, forget bias 0"] < lives["LSTM, forget bias 1"] / 1.5
    assert lives["SimpleRNN, tanh"] < lives["LSTM, forget bias 1"]


def test_by_distance_is_of_the_last_step_and_row_by_row():
    norms = np.array([[9, 8, 4, 2], [0, 1, 3, 1], [5, 5, 5, 0]])
    decay = by_distance(norms, 2)
    np.testing.assert_allclose(decay.median, [1, 2.5, 2.5])  # 4/2, 3/1; 8/2, 1/1
    np.testing.assert_allclose(decay.low, [1, 2.1, 1.3])
    np.testing.assert_allclose(decay.high, [1, 2.9, 3.7])
    assert np.isnan(by_distance(norms[2:], 2)).all()
    with pytest.raises(ValueError, match="needs 5 steps or more, got 4"):
        by_distance(norms, 4)


def test_half_life_leaves_out_what_a_float_no_longer_holds():
    norms = 0.25 ** np.arange(200)
    norms[norms < 1e-38] = 0
    assert half_life(norms) == pytest.approx(0.5)
    assert half_life(np.append([5.0, 1], norms[1:])) == pytest.approx(0.5, rel=0.01)
    assert half_life(np.array([1, 0.5, 1e-40])) != half_life(norms)  # one point is no line
    assert np.isnan(half_life(np.array([1, 0.5, 1e-40])))


@pytest.mark.parametrize(
    "layer", [Stacked([GRU(4)]), Bidirectional(GRU(4), GRU(4))], ids=["Stacked", "Bidirectional"]
)
def test_layers_without_a_hidden_state_of_their_own_are_refused(layer):
    layer.build((None, None, FEATURES))
    with pytest.raises(ValueError, match="one hidden state, got .*" + type(layer).__name__):
        trace([layer], tf.cast(inputs_of(), "float32"), total)
    with pytest.raises(ValueError, match="at least one layer, got none"):
        trace([], inputs_of(), total)

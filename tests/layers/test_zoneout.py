"""Zoneout against its equations, written again in numpy float64, and what is drawn."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close, float64_case, sigmoid
from tfrnn.layers import GRU, LSTM, LSTMState, PeepholeLSTM, SimpleRNN, Stacked, WeightDrop, Zoneout
from tfrnn.layers.noise import draw_uniform


def reference(layer, x, h, c, mask, stay):
    """The equations of the docstring; stay: the pairs (d_h, d_c), one a step."""
    w, u, b = (np.asarray(v, "float64") for v in layer.layer.weights)
    outputs = []
    for x_t, real, (d_h, d_c) in zip(x.transpose(1, 0, 2), mask.T[..., None], stay):
        i, f, g, o = np.split(x_t @ w + h @ u + b, 4, -1)
        made_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        made_h = sigmoid(o) * np.tanh(made_c)
        new_h, new_c = d_h * h + (1 - d_h) * made_h, d_c * c + (1 - d_c) * made_c
        outputs.append(np.where(real, new_h, 0))
        h, c = np.where(real, new_h, h), np.where(real, new_c, c)
    return np.stack(outputs, 1), LSTMState(h, c)


def next_stays(layer, x):
    """What the next call of `layer` will draw, as the pairs of `reference`."""
    twin = keras.random.SeedGenerator()
    twin.state.assign(layer.seeds.state)
    uniform = np.asarray(draw_uniform(twin, [*x.shape[:2], 2 * layer.units]))
    d_h, d_c = np.split(uniform, 2, -1)
    return zip((d_h < layer.hidden).transpose(1, 0, 2), (d_c < layer.cell).transpose(1, 0, 2))


@pytest.fixture
def case():
    return float64_case(Zoneout(LSTM(5, dtype="float64"), hidden=0.2, cell=0.4))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_equations(case, masked, training):
    layer, x, state, mask = case
    stay = next_stays(layer, x) if training else [(0.2, 0.4)] * 6
    expected = reference(layer, x, *state, mask if masked else np.ones_like(mask), stay)
    results = layer(
        tf.constant(x),
        initial_state=tf.nest.map_structure(tf.constant, state),
        mask=tf.constant(mask) if masked else None,
        training=training,
    )
    close(results, expected)


def test_the_wanted_share_of_each_state_stays():
    layer = Zoneout(LSTM(500), hidden=0.1, cell=0.4)
    x = tf.random.stateless_normal([4, 1, 3], seed=[0, 1])
    start = tf.nest.map_structure(lambda s: s + 0.3, layer.initial_state(4))
    _, state = layer(x, initial_state=start, training=True)
    stayed = [np.mean(after == before) for after, before in zip(state, start)]
    assert stayed == pytest.approx([0.1, 0.4], abs=0.03)


def test_other_units_stay_at_each_step_and_in_each_row():
    layer = Zoneout(SimpleRNN(200), hidden=0.5)
    layer.build((None, None, 1))
    kernel, recurrent_kernel = np.zeros((1, 200)), np.eye(200)
    layer.set_weights([kernel, recurrent_kernel, np.zeros(200)])  # a unit that moves, shrinks
    start = type(layer.initial_state(2))(tf.ones([2, 200]))
    outputs, _ = layer(tf.ones([2, 2, 1]), initial_state=start, training=True)
    moved = [outputs[:, 0] != 1, outputs[:, 1] != outputs[:, 0]]
    assert np.mean(moved[0] == moved[1]) == pytest.approx(0.5, abs=0.1)
    assert np.mean(moved[0][0] == moved[0][1]) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("jit", [False, True])
def test_draws_are_those_of_eager(case, jit):
    layer, x, state, mask = case
    seed = layer.seeds.state.numpy()

    def run():
        start = tf.nest.map_structure(tf.constant, state)
        return layer(tf.constant(x), start, mask=tf.constant(mask), training=True)

    expected = run()
    assert np.any(layer.seeds.state.numpy() != seed)
    layer.seeds.state.assign(seed)
    close(tf.function(run, jit_compile=jit, autograph=False)(), expected, atol=1e-12)


def test_nothing_stays_at_a_probability_of_zero(case):
    _, x, state, mask = case
    bare, *_ = float64_case(LSTM(5, dtype="float64"))
    layer = Zoneout(bare, hidden=0.0)
    args = {"initial_state": state, "mask": tf.constant(mask)}
    close(layer(x, **args, training=True), bare(x, **args))
    close(layer(x, **args), bare(x, **args))


@pytest.mark.parametrize("inner", [GRU, SimpleRNN, PeepholeLSTM])
def test_gradients_of_training_by_finite_differences(inner):
    layer, x, *_ = float64_case(Zoneout(inner(3, dtype="float64"), hidden=0.3))
    seed, x = layer.seeds.state.numpy(), tf.constant(x)

    def loss(x):
        layer.seeds.state.assign(seed)
        outputs, state = layer(x, training=True)
        return tf.reduce_sum(outputs**2) + tf.add_n([tf.reduce_sum(s**3) for s in state])

    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(x)
    direction = np.random.default_rng(3).normal(size=x.shape)
    slope = (loss(x + 1e-6 * direction) - loss(x - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(np.sum(tape.gradient(value, x) * direction), slope, atol=1e-7)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Zoneout(LSTM(2), hidden=1.0), r"hidden in \[0, 1\), got hidden=1.0"),
        (lambda: Zoneout(LSTM(2), hidden=0.1, cell=-1), r"cell in \[0, 1\), got cell=-1"),
        (lambda: Zoneout(GRU(2), hidden=0.1, cell=0.1), "cell=0 where .*: GRU, got cell=0.1"),
        (lambda: Zoneout(Stacked([GRU(2)]), hidden=0.1), "hidden and cell, got Stacked"),
        (lambda: Zoneout(WeightDrop(GRU(2), rate=0.5), hidden=0.1), "of its own, got WeightDrop"),
        (lambda: Zoneout(GRU(2, recurrent_dropout=0.5), hidden=0.1), "of its own, got GRU"),
    ],
)
def test_what_it_cannot_do_is_refused(make, message):
    with pytest.raises(ValueError, match=f"^Zoneout needs .*{message}"):
        make()


def test_its_settings_come_back():
    config = Zoneout(LSTM(3), hidden=0.1, cell=0.2).get_config()
    assert Zoneout.from_config(config).get_config() == config

"""One step, and the sequence in pieces: what a layer with a `step` promises."""

import pytest
import tensorflow as tf

from tests.conformance.cases import DROPPING, STEPPABLE
from tests.conformance.measure import close


@pytest.fixture(params=sorted(STEPPABLE | DROPPING))
def make(request):
    return (STEPPABLE | DROPPING)[request.param]


def test_one_step_at_a_time_equals_the_sequence(layer, x, state):
    outputs, final = layer(x, initial_state=state)
    for t in range(7):
        y, state = layer.step(layer.project(x[:, t]), state)
        close(y, outputs[:, t])
    close(state, final)


def test_steps_draw_nothing(layer, x, state):
    seeds = [seed.numpy() for seed in layer.non_trainable_variables]
    layer.step(layer.project(x[:, 0]), state)
    close([seed.numpy() for seed in layer.non_trainable_variables], seeds, atol=0)


def test_two_halves_equal_the_whole(layer, x, mask):
    outputs, final = layer(x, mask=mask)
    first, state = layer(x[:, :3], mask=mask[:, :3])
    second, state = layer(x[:, 3:], initial_state=state, mask=mask[:, 3:])
    close(tf.concat([first, second], 1), outputs)
    close(state, final)

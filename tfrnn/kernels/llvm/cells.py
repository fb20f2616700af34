"""The equations of one step after its product, in vectors; in tensors they stand one floor up."""

import functools
from collections.abc import Callable
from typing import NamedTuple

from tfrnn.kernels.llvm import activations
from tfrnn.kernels.llvm.activations import sigmoid, tanh, through_sigmoid, through_tanh


class Cell(NamedTuple):
    """What one step does with a vector of units.

    A state is a tuple of vectors, the hidden one first: the one that the recurrent product
    reads and the outputs show.

    forward: (x, recurrent, state) -> (state, kept). x and recurrent are lists of `gates`
        vectors; kept is a tuple of what the gradient wants to see again.
    gradient: (d_state, kept, before, state) -> (dz, d_before). dz is a list of `sums` lists
        of `gates` vectors: the gradient of the recurrent product first, that of x last. d_before
        is the gradient of the state before, without what comes through the product; None
        where nothing else comes.
    """

    forward: Callable
    gradient: Callable
    gates: int
    states: int
    kept: int
    sums: int = 1


def _lstm(x, recurrent, state):
    i, f, g, o = (a + b for a, b in zip(x, recurrent))
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    cell = f * state[1] + i * g
    return (o * tanh(cell), cell), (i, f, g, o)


def _lstm_gradient(d_state, kept, before, state):
    (d_hidden, d_cell), (i, f, g, o) = d_state, kept
    activated = tanh(state[1])
    d_cell = d_cell + through_tanh(activated, d_hidden * o)
    dz = [
        through_sigmoid(i, d_cell * g),
        through_sigmoid(f, d_cell * before[1]),
        through_tanh(g, d_cell * i),
        through_sigmoid(o, d_hidden * activated),
    ]
    return [dz], (None, d_cell * f)


def _gru(x, recurrent, state):
    z, r, a_g = sigmoid(x[0] + recurrent[0]), sigmoid(x[1] + recurrent[1]), recurrent[2]
    g = tanh(x[2] + r * a_g)
    return (g + z * (state[0] - g),), (z, r, a_g, g)


def _gru_gradient(d_state, kept, before, state):
    (d_hidden,), (z, r, a_g, g) = d_state, kept
    through_z = d_hidden * z
    d_z = through_sigmoid(z, d_hidden * (before[0] - g))
    d_g = through_tanh(g, d_hidden - through_z)
    d_r = through_sigmoid(r, d_g * a_g)
    return [[d_z, d_r, d_g * r], [d_z, d_r, d_g]], (through_z,)


LSTM = Cell(_lstm, _lstm_gradient, gates=4, states=2, kept=4)
GRU = Cell(_gru, _gru_gradient, gates=3, states=1, kept=4, sums=2)


@functools.cache
def simple_rnn(activation: str) -> Cell:
    """Returns the cell with "tanh", "relu" or "sigmoid"."""

    def forward(x, recurrent, state):
        return (getattr(activations, activation)(x[0] + recurrent[0]),), ()

    def gradient(d_state, kept, before, state):
        through = getattr(activations, f"through_{activation}")
        return [[through(state[0], d_state[0])]], (None,)

    return Cell(forward, gradient, gates=1, states=1, kept=0)

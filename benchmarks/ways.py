"""The ways to write with a character model that `benchmarks.generate` compares.

Each takes the same weights, a batch and a length, and returns a function that writes `batch`
texts of `length` characters and returns them.
"""

import timeit
from collections.abc import Callable
from importlib.util import find_spec

import keras
import numpy as np
import tensorflow as tf

from benchmarks.machine import cores
from models.char_rnn import CharRNN
from models.configs import CharRNNConfig
from models.writer import BOUNDARY, Writer
from tfrnn.data.vocabulary import Vocabulary
from tfrnn.decoding.sampling import Constraint
from tfrnn.music.grammar import AbcGrammar

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VOCABULARY = Vocabulary(tuple(sorted(f"\n !\"'(),-./:<=>[]^_|0123456789{LETTERS}")))
EMBED = 256  # with 83 ids and 1024 units the sizes of the MIT lab that the tutorials follow
TUTORIAL, TORCH = "tutorials' eager loop", "PyTorch loop"
GRAPH, XLA, LEGAL = "tfrnn, one graph", "tfrnn, XLA", ", legal ABC"
NEVER = -1e4  # the logit of an id that is not drawn

Write = Callable[[], list[str]]


class Endless:
    """A constraint that is never told that the room ends, so that it closes no document."""

    def __init__(self, constraint: Constraint):
        self.start, self.advance = constraint.start, constraint.advance
        self._allowed = constraint.allowed

    def allowed(self, state, remaining):
        return self._allowed(state, remaining + 1000)


def untrained(units: int) -> CharRNN:
    """Returns a model of one layer with random weights that never draws the end."""
    config = CharRNNConfig(units=units, layers=1, embed=EMBED, dropout=0.0)
    model = CharRNN(config, vocab=len(VOCABULARY))
    model.build()
    bias = np.zeros(len(VOCABULARY), np.float32)
    bias[BOUNDARY] = NEVER
    model.logits.bias.assign(bias)
    return model


def all_ways(model: CharRNN, batch: int, length: int) -> dict[str, Write]:
    """Returns every way by its name, those of PyTorch if it is installed."""
    ways = {TUTORIAL: tutorial(model, batch, length)}
    legal = Endless(AbcGrammar(("", *VOCABULARY.characters), end=BOUNDARY))
    for suffix, constraint in (("", None), (LEGAL, legal)):
        ways[GRAPH + suffix] = ours(model, batch, length, constraint=constraint, jit=False)
        ways[XLA + suffix] = ours(model, batch, length, constraint=constraint, jit=True)
    if find_spec("torch"):
        for dtype in ("float32", "bfloat16"):
            ways[f"{TORCH}, {dtype}"] = pytorch(model, batch, length, dtype=dtype)
    return ways


def ours(
    model: CharRNN, batch: int, length: int, *, constraint: Constraint | None, jit: bool
) -> Write:
    """Returns the writer that `generate.py` uses, from primes to texts."""
    writer = Writer(model, VOCABULARY, constraint=constraint, jit=jit)
    primes, seeds = [""] * batch, range(batch)
    return lambda: [draft.text for draft in writer.write(primes, seeds, limit=length)]


def keras_twin(model: CharRNN, batch: int) -> keras.Sequential:
    """Returns the tutorials' model with the weights of ours: (batch, 1) ids -> logits."""
    twin = keras.Sequential(
        [
            keras.Input((1,), batch_size=batch, dtype="int32"),
            keras.layers.Embedding(model.vocab, model.config.embed),
            keras.layers.LSTM(model.config.units, return_sequences=True, stateful=True),
            keras.layers.Dense(model.vocab),
        ]
    )
    twin.set_weights(model.get_weights())
    return twin


def tutorial(model: CharRNN, batch: int, length: int) -> Write:
    """Returns one eager call of a Keras model a character, as the tutorials write text."""
    twin = keras_twin(model, batch)

    def write():
        twin.layers[1].reset_state()
        ids, written = np.full([batch, 1], BOUNDARY, np.int32), []
        for _ in range(length):
            logits = twin(ids)[:, -1]
            ids = tf.random.categorical(logits, 1, dtype=tf.int32).numpy()
            written.append(ids)
        return [VOCABULARY.decode(row) for row in np.concatenate(written, 1)]

    return write


def torch_twin(model: CharRNN, dtype: str):
    """Returns embedding, LSTM and linear layer of PyTorch with the weights of our model."""
    import torch

    config, kind = model.config, getattr(torch, dtype)
    embed = torch.nn.Embedding(model.vocab, config.embed)
    lstm = torch.nn.LSTM(config.embed, config.units, batch_first=True)
    linear = torch.nn.Linear(config.units, model.vocab)
    table, kernel, recurrent, bias, dense, dense_bias = model.get_weights()
    given = {
        embed.weight: table,
        lstm.weight_ih_l0: kernel.T,
        lstm.weight_hh_l0: recurrent.T,
        lstm.bias_ih_l0: bias,
        lstm.bias_hh_l0: np.zeros_like(bias),
        linear.weight: dense.T,
        linear.bias: dense_bias,
    }
    with torch.no_grad():
        for parameter, value in given.items():
            parameter.copy_(torch.from_numpy(np.array(value)))
    return [layer.to(kind).eval() for layer in (embed, lstm, linear)]


def pytorch(model: CharRNN, batch: int, length: int, *, dtype: str) -> Write:
    """Returns the same loop in PyTorch at its best.

    There are no gradients, ids are read once at the end, and it runs in one thread or in all,
    whichever is faster: on a busy machine two threads may wait for each other for most of the time.
    """
    import torch

    embed, lstm, linear = torch_twin(model, dtype)

    @torch.inference_mode()
    def write(length=length):
        ids, state, written = torch.full([batch, 1], BOUNDARY), None, []
        for _ in range(length):
            hidden, state = lstm(embed(ids), state)
            probabilities = torch.softmax(linear(hidden[:, -1]).float(), -1)
            ids = torch.multinomial(probabilities, 1)
            written.append(ids)
        return [VOCABULARY.decode(row) for row in torch.cat(written, 1).numpy()]

    def timed(threads):
        torch.set_num_threads(threads)
        write(8)
        return timeit.timeit(lambda: write(16), number=3)

    threads = min({1, cores()}, key=timed)

    def write_so():
        torch.set_num_threads(threads)
        return write()

    return write_so

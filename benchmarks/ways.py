"""The ways of TensorFlow to write with a character model that `benchmarks.generate` compares.

Each takes the same weights, a batch and a length, and returns a function that writes `batch`
texts of `length` characters and returns them.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from benchmarks.tasks import Task
from benchmarks.texts import VOCABULARY, writing_weights
from models.char_rnn import CharRNN
from models.configs import CharRNNConfig
from models.writer import BOUNDARY, Writer
from tfrnn.decoding.sampling import Constraint
from tfrnn.music.grammar import AbcGrammar

Write = Callable[[], list[str]]


class Endless:
    """A constraint that is never told that the room ends, so that it closes no document."""

    def __init__(self, constraint: Constraint):
        self.start, self.advance = constraint.start, constraint.advance
        self._allowed = constraint.allowed

    def allowed(self, state, remaining):
        return self._allowed(state, remaining + 1000)


def char_rnn(task: Task) -> CharRNN:
    """Returns the model of the package with the weights of `writing_weights`."""
    config = CharRNNConfig(units=task.units, layers=1, embed=task.embed, dropout=0.0)
    model = CharRNN(config, vocab=task.vocab)
    model.build()
    model.set_weights(writing_weights(task))
    return model


def ours(task: Task, legal: bool, jit: bool) -> Write:
    """Returns the writer that `generate.py` uses, from primes to texts."""
    grammar = Endless(AbcGrammar(("", *VOCABULARY.characters), end=BOUNDARY)) if legal else None
    writer = Writer(char_rnn(task), VOCABULARY, constraint=grammar, jit=jit)
    primes, seeds = [""] * task.batch, range(task.batch)
    return lambda: [draft.text for draft in writer.write(primes, seeds, limit=task.steps)]


def keras_twin(task: Task) -> keras.Sequential:
    """Returns the tutorials' model with the weights of ours: (batch, 1) ids -> logits."""
    twin = keras.Sequential(
        [
            keras.Input((1,), batch_size=task.batch, dtype="int32"),
            keras.layers.Embedding(task.vocab, task.embed),
            keras.layers.LSTM(task.units, return_sequences=True, stateful=True),
            keras.layers.Dense(task.vocab),
        ]
    )
    twin.set_weights(writing_weights(task))
    return twin


def tutorial(task: Task) -> Write:
    """Returns one eager call of a Keras model a character, as the tutorials write text."""
    twin = keras_twin(task)

    def write():
        twin.layers[1].reset_state()
        ids, written = np.full([task.batch, 1], BOUNDARY, np.int32), []
        for _ in range(task.steps):
            logits = twin(ids)[:, -1]
            ids = tf.random.categorical(logits, 1, dtype=tf.int32).numpy()
            written.append(ids)
        return [VOCABULARY.decode(row) for row in np.concatenate(written, 1)]

    return write

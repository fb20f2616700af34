"""A model that compiles in a blink, streams of a few batches, and a run small enough to repeat."""

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from models.char_rnn import CharRNN
from models.configs import CharRNNConfig
from tfrnn.data.batch import Batch, Splits
from tfrnn.data.text import join, whole, windows
from tfrnn.training.config import TrainConfig
from tfrnn.training.losses import cross_entropy
from tfrnn.training.run import METRICS, run

VOCAB = 7


class Bigram(keras.Model):
    """The next id from this one: {"ids": (batch, time)} -> (batch, time, VOCAB) logits."""

    def __init__(self, *, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.hidden = keras.layers.Dense(16, "tanh", name="hidden")
        self.dropout = keras.layers.Dropout(dropout)
        self.logits = keras.layers.Dense(VOCAB, dtype="float32", name="logits")

    def build(self, input_shape=None):
        self.hidden.build((None, None, VOCAB))
        self.logits.build((None, None, 16))
        self.built = True

    def call(self, inputs, training=False):
        hidden = self.hidden(tf.one_hot(inputs["ids"], VOCAB))
        return self.logits(self.dropout(hidden, training=training))


def bigram(*, seed=0, dropout=0.0):
    keras.utils.set_random_seed(seed)
    model = Bigram(dropout=dropout)
    model.build()
    return model


def batch(*, step=1, rows=3, time=8):
    """Rows that count up by `step`; everything in them can be learnt."""
    ids = (np.arange(rows)[:, None] + step * np.arange(time + 1)) % VOCAB
    ids = tf.constant(ids, tf.int32)
    return Batch({"ids": ids[:, :-1]}, ids[:, 1:], tf.ones([rows, time]))


def splits(*train, valid=None):
    """An endless stream that repeats some batches."""

    def stream(start):
        given = tf.data.Dataset.from_tensor_slices(tf.nest.map_structure(lambda *x: [*x], *train))
        return given.repeat().skip(start)

    return Splits(stream, [valid or train[0]], [], {"vocab": VOCAB})


def config(**changes):
    default = {"steps": 4, "learning_rate": 0.01, "warmup": 0, "evaluate_every": 2}
    compute = {"precision": "float32", "compile": "graph", "shards": 1}
    return TrainConfig(**default | compute | changes)


def values(model):
    return [np.array(v) for v in model.variables]


def small_run(folder, *, stop_at=0, before=0):
    """Trains a character model for 11 steps, dropout on, and yields the reports.

    Stops after step `stop_at`. Builds `before` other models first: names must not depend on it.
    """
    sizes = CharRNNConfig(units=8, layers=2, embed=4, dropout=0.5)
    for _ in range(before):
        model = CharRNN(sizes, vocab=VOCAB)
        model.build()
    keras.utils.set_random_seed(3)
    model = CharRNN(sizes, vocab=VOCAB)
    model.build()
    texts = np.random.default_rng(0).integers(1, VOCAB, [6, 40]).astype(np.int32)
    train = windows(join(texts[:4]), vocab=VOCAB, batch_size=2, steps=6, seed=3)
    data = Splits(train, whole(texts[4:], vocab=VOCAB), [], {})
    settings = config(steps=11, evaluate_every=4, keep=9, warmup=3)
    log = folder / METRICS

    def stop():  # the line of the step is there already
        return log.read_bytes().count(b"\n") == stop_at

    yield from run(model, cross_entropy, settings, data, folder, stop=stop)


if __name__ == "__main__":  # a resume in a process of its own
    for _ in small_run(Path(sys.argv[1]), before=2):
        pass

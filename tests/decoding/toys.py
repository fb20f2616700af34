"""A model of six lines and a constraint of three rules, small enough to reason about."""

import numpy as np
import tensorflow as tf

from tfrnn.decoding.sampling import Prime, Sampling, begin, extend

VOCAB, END, OPEN, CLOSE = 5, 0, 1, 2
TABLE = np.random.default_rng(1).normal(size=[VOCAB, VOCAB]).astype(np.float32)
TABLE[:, END] -= 2  # so that documents are of some length


def step(ids, state):
    """Logits by the last id and, a little, by how many ids there were: (batch, vocab), state."""
    wave = tf.sin(tf.cast(state[:, None] + tf.range(VOCAB), tf.float32))
    return tf.gather(tf.constant(TABLE), ids) + 0.3 * wave, state + 1


def logits_of(path):
    """The logits before each id of one row, in numpy: (length, vocab) float64."""
    wave = np.sin(np.arange(len(path))[:, None] + np.arange(VOCAB))
    return TABLE[[END, *path[:-1]]].astype(np.float64) + 0.3 * wave


def log_softmax(logits):
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def sampling(seeds, *, temperature=1.0, top_k=VOCAB, top_p=1.0):
    """The same wish for each seed; a list gives each row its own."""
    ones = np.ones(len(seeds))
    return Sampling(
        tf.constant(ones * temperature, tf.float32),
        tf.constant((ones * top_k).astype(int), tf.int32),
        tf.constant(ones * top_p, tf.float32),
        tf.constant(seeds, tf.int32),
    )


def prime(*rows):
    longest = max(map(len, rows))
    ids = [[*row, *[OPEN] * (longest - len(row))] for row in rows]  # what pads must not be read
    return Prime(
        tf.reshape(tf.constant(ids, tf.int32), [len(rows), longest]),
        tf.constant([len(row) for row in rows]),
    )


def generate(wish, given=None, *, steps=64, limit=64, chunk=None, constraint=None, model=step):
    """Returns ids, scores as numpy arrays, made `chunk` at a time or in one go."""
    batch = len(wish.seed)
    given = given or prime(*[[]] * batch)
    carry = begin(tf.zeros([batch], tf.int32), batch, end=END, constraint=constraint)
    parts = []
    for _ in range(0, steps, chunk or steps):
        ids, scores, carry = extend(
            model, carry, given, wish,
            steps=chunk or steps, limit=limit, end=END, constraint=constraint,
        )  # fmt: skip
        parts.append((ids, scores))
    ids, scores = zip(*parts)
    return tf.concat(ids, 1), tf.concat(scores, 1)


class Balanced:
    """Every OPEN is closed before the END; so the room that is left decides what may come."""

    def start(self, batch):
        return tf.zeros([batch], tf.int32)

    def allowed(self, depth, remaining):
        end, opens, closes = depth == 0, remaining >= depth + 3, depth > 0
        other = remaining >= depth + 2
        return tf.stack([end, opens, closes, *[other] * (VOCAB - 3)], -1)

    def advance(self, depth, ids):
        return depth + tf.cast(ids == OPEN, tf.int32) - tf.cast(ids == CLOSE, tf.int32)

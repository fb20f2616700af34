"""Beam search as it is written by hand: a sentence at a time, a step at a time, in Python."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from models.interpreter import LONGER, MORE
from models.pieces import END, PAD, START, UNKNOWN


class Loop:
    """Translates with the step of a model, compiled, and lists.

    Args:
        interpreter: A `models.interpreter.Interpreter`, whose model and pieces are used.
        beam: Hypotheses that are followed side by side.
        alpha: Of the length penalty.
    """

    def __init__(self, interpreter, beam: int, alpha: float):
        self.model, self.coders = interpreter.model, (interpreter.source, interpreter.target)
        self.beam, self.alpha = beam, alpha
        self._encode = tf.function(self.model.encode, autograph=False, reduce_retracing=True)
        self._step = tf.function(self._forward, autograph=False, reduce_retracing=True)

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Translates each text by itself."""
        return [self._one(text) for text in texts]

    def _forward(self, ids, state, memory):
        logits, _, state = self.model.step(ids, state, memory)
        return tf.nn.log_softmax(logits), state

    def _one(self, text):
        source, target = self.coders
        ids = source.encode_ended(tf.constant([text])).to_tensor(PAD)
        limit = min(LONGER * (ids.shape[1] - 1) + MORE, target.longest)
        memory, state = self._encode(ids)
        rows = [tf.repeat(x, self.beam, 0) for x in tf.nest.flatten((memory, state))]
        memory, state = tf.nest.pack_sequence_as((memory, state), rows)
        live = [(0.0 if n == 0 else -np.inf, []) for n in range(self.beam)]
        last, done = [START] * self.beam, []
        for t in range(limit):
            logp, state = self._step(tf.constant(last), state, memory)
            live, parents, ended = self._grow(live, logp.numpy())
            done += [(logp / self._penalty(t + 1), ids) for logp, ids in ended]
            state = tf.nest.map_structure(lambda x, at=parents: tf.gather(x, at), state)
            last = [ids[-1] for _, ids in live]
            if done and max(done)[0] >= live[0][0] / self._penalty(limit):
                break
        best = max(done, default=live[0], key=lambda each: each[0])[1]
        return target.decode(tf.constant([best]))[0].numpy().decode()

    def _grow(self, live, logp):
        """The best that go on, the row that each came from, and the best that have ended."""
        logp[:, [PAD, UNKNOWN, START]] = -np.inf
        totals = (np.array([score for score, _ in live])[:, None] + logp).ravel()
        places = np.argpartition(-totals, 2 * self.beam)[: 2 * self.beam]
        order = places[np.argsort(-totals[places], kind="stable")]
        going, parents, ended = [], [], []
        for rank, place in enumerate(order):
            parent, piece = divmod(int(place), logp.shape[1])
            grown = (float(totals[place]), [*live[parent][1], piece])
            if piece == END:
                ended += [grown] if rank < self.beam else []
            elif len(going) < self.beam:
                going.append(grown)
                parents.append(parent)
        return going, parents, ended

    def _penalty(self, length):
        return ((5 + length) / 6) ** self.alpha

"""What a beam search follows, and what it finds."""

from typing import NamedTuple

import tensorflow as tf

NEVER = -1e30  # of what must not be; finite, so that differences of it are numbers


class Hypotheses(NamedTuple):
    """What a search found, the best first.

    ids: (batch, nbest, steps) int32, the end after the last. scores: (batch, nbest) float32, by
    which they are ranked; NEVER where there are fewer. log_probabilities: (batch, nbest) float32.
    lengths: (batch, nbest) int32, the end included. ended: (batch, nbest) bool, whether the end
    came within the limit; those rank first. weights: (batch, nbest, steps, source) float32, where
    the model looked at each step, 0 after the end; source is 0 for a model that does not look.
    met: (batch, nbest, musts) bool, which of the words that must occur do.
    """

    ids: tf.Tensor
    scores: tf.Tensor
    log_probabilities: tf.Tensor
    lengths: tf.Tensor
    ended: tf.Tensor
    weights: tf.Tensor
    met: tf.Tensor


class Followed(NamedTuple):
    """Hypotheses of one kind: each field (batch, size, ...).

    ids, path: (batch, size, steps), and the row of the beam that each id came from. logp: their
    log-probability. cover: (batch, size, source), how much was looked at. score, length, met: As
    above. parts: (batch, size, musts) int32, how many ids of each word that must occur the last ids
    are. places: (batch, size, nevers), the states of the automata of words that must not occur.
    """

    ids: tf.Tensor
    path: tf.Tensor
    logp: tf.Tensor
    cover: tf.Tensor
    score: tf.Tensor
    length: tf.Tensor
    met: tf.Tensor
    parts: tf.Tensor
    places: tf.Tensor

    def take(self, places):
        """Returns the hypotheses at places (batch, n)."""
        return Followed(*(tf.gather(field, places, batch_dims=1) for field in self))

    def best(self, keys, count):
        """Returns the `count` hypotheses of the largest keys (batch, size)."""
        return self.take(tf.math.top_k(keys, count).indices)

"""Whole sequences drawn at random, for models that read something before they write.

`tfrnn.decoding.sampling` draws; here a row has its own limit, begins with a start that is not its
end, and never holds what stands for nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.decoding.choice import Choice
from tfrnn.decoding.hypotheses import Hypotheses
from tfrnn.decoding.sampling import BLOCK, Prime, Sampling, StepFn, begin, extend


class Drawn(NamedTuple):
    """What was drawn, a row each.

    ids: (rows, steps) int32, the end after the last. log_probabilities: (rows,) float32 under the
    model as it is. lengths: (rows,) int32, the end included. ended: (rows,) bool, whether the end
    came within the limit.
    """

    ids: tf.Tensor
    log_probabilities: tf.Tensor
    lengths: tf.Tensor
    ended: tf.Tensor


def sampling_of(seeds: Sequence[int], choice: Choice, vocab: int) -> Sampling:
    """Returns the same choice for every row, each with its seed.

    Args:
        seeds: One a row, any int; equal seeds draw equal ids.
        choice: How boldly ids are drawn.
        vocab: How many there are.
    """
    rows = [len(seeds)]
    return Sampling(
        temperature=tf.fill(rows, float(choice.temperature)),
        top_k=tf.fill(rows, min(choice.top_k or vocab, vocab)),
        top_p=tf.fill(rows, float(choice.top_p)),
        seed=tf.constant(np.array(seeds, np.int64).astype(np.int32)),
    )


def as_found(drawn: Drawn, count: int, source: int | tf.Tensor) -> Hypotheses:
    """Returns draws as a search returns what it finds, in the order in which they were drawn.

    Args:
        drawn: `count` rows side by side for each row of the batch.
        count: How many.
        source: Positions that the model looks at; where it looked is not kept, and 0.
    """
    steps = tf.shape(drawn.ids)[1]
    ids, lengths, scores, ended = (
        tf.reshape(x, [-1, count, *([steps] if x.shape.rank == 2 else [])])
        for x in (drawn.ids, drawn.lengths, drawn.log_probabilities, drawn.ended)
    )
    nowhere = tf.zeros([tf.shape(ids)[0], count, steps, source])
    met = tf.fill([tf.shape(ids)[0], count, 0], True)
    return Hypotheses(ids, scores, scores, lengths, ended, nowhere, met)


def draw_sequences(
    step: StepFn,
    state: Any,
    limits: tf.Tensor,
    sampling: Sampling,
    *,
    longest: int,
    start: int,
    end: int,
    forbidden: tuple[int, ...] = (),
    prefix: tuple[int, ...] = (),
) -> Drawn:
    """Draws a sequence for each row.

    Args:
        step: (ids (rows,), state) -> (logits (rows, vocab), state).
        state: Before the first step.
        limits: (rows,) int32, ids that a row may have, the end included; 1 at least.
        sampling: How each row is drawn.
        longest: No limit is above it.
        start: The id before the first.
        end: The id after the last.
        forbidden: Ids that are never drawn.
        prefix: Ids that each row begins with.
    """
    rows = tf.shape(limits)[0]

    def allowed(ids, state):
        logits, state = step(ids, state)
        barred = np.isin(np.arange(logits.shape[-1]), forbidden)
        return tf.where(barred, -np.inf, tf.cast(logits, tf.float32)), state

    carry = begin(state, rows, end=end, constraint=None)._replace(last=tf.fill([rows], start))
    given = tf.repeat(tf.constant([prefix], tf.int32, shape=[1, len(prefix)]), rows, 0)
    ids, logp, _ = extend(
        allowed,
        carry,
        Prime(given, tf.fill([rows], len(prefix))),
        sampling,
        steps=-(-longest // BLOCK) * BLOCK,
        limit=limits,
        end=end,
    )
    before = tf.cumsum(tf.cast(ids == end, tf.int32), axis=1, exclusive=True) == 0
    lengths = tf.minimum(tf.reduce_sum(tf.cast(before, tf.int32), 1), limits)
    last = tf.gather(ids, lengths - 1, batch_dims=1)
    return Drawn(ids, tf.reduce_sum(logp, 1), lengths, last == end)

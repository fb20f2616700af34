"""Searching and drawing with a model that looks at a memory while it writes.

Such a model has `step(ids, state, memory) -> (logits, weights, state)`, the weights (rows, source).
"""

from typing import Any

import keras
import tensorflow as tf

from models.pieces import END, NOTHING, START
from tfrnn.decoding.beam import Looked, search
from tfrnn.decoding.drawing import as_found, draw_sequences
from tfrnn.decoding.hypotheses import Hypotheses
from tfrnn.decoding.lexical import Lexical
from tfrnn.decoding.sampling import Sampling
from tfrnn.decoding.search import Search


def search_attending(
    model: keras.Model,
    memory: Any,
    state: Any,
    limits: tf.Tensor,
    wish: Search,
    *,
    words: Lexical,
    forbidden: tuple[int, ...] = NOTHING,
) -> Hypotheses:
    """Is `search`, and keeps where the model looked.

    Args:
        model: See above.
        memory: What it looks at, the batch first; it has a `mask` (batch, source).
        state: Before the first step.
        limits: (batch,) int32, ids that a row may have, the end included.
        wish: How to search.
        words: What results must and must not read like.
        forbidden: Ids that never come.
    """
    repeated = tf.nest.map_structure(lambda x: tf.repeat(x, wish.beam, 0), memory)

    def step(ids, state):
        logits, weights, after = model.step(ids, state[0], repeated)
        return logits, (after, weights)

    return search(
        step,
        (state, tf.zeros(tf.shape(memory.mask), model.variable_dtype)),
        limits,
        start=START,
        end=END,
        wish=wish,
        looked=Looked(lambda state: state[1], memory.mask),
        forbidden=forbidden,
        words=words,
    )


def draw_attending(
    model: keras.Model,
    memory: Any,
    state: Any,
    limits: tf.Tensor,
    sampling: Sampling,
    count: int,
    *,
    longest: int,
    prefix: tuple[int, ...],
) -> Hypotheses:
    """Draws `count` sequences for each row, side by side; where the model looked is not kept.

    Args:
        model: See above.
        memory: What it looks at, the batch first; it has a `mask` (batch, source).
        state: Before the first step.
        limits: (batch,) int32, ids that a row may have, the end included.
        sampling: How each sequence is drawn, `count` of them for each row of the batch.
        count: How many.
        longest: No limit is above it.
        prefix: Ids that each begins with.
    """
    source = tf.shape(memory.mask)[1]
    memory, state = tf.nest.map_structure(lambda x: tf.repeat(x, count, 0), (memory, state))

    def step(ids, state):
        logits, _, state = model.step(ids, state, memory)
        return logits, state

    drawn = draw_sequences(
        step,
        state,
        tf.repeat(limits, count),
        sampling,
        longest=longest,
        start=START,
        end=END,
        forbidden=NOTHING,
        prefix=prefix,
    )
    return as_found(drawn, count, source)

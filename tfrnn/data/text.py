"""Character streams: encoded documents in; training windows and whole documents out."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.data.vocabulary import BOUNDARY
from tfrnn.errors import DataError


def join(documents: Sequence[np.ndarray]) -> np.ndarray:
    """Lays documents end to end, a boundary before, between and after them.

    Example:
        >>> join([np.array([5, 6]), np.array([7])])
        array([0, 5, 6, 0, 7, 0], dtype=int32)
    """
    return np.concatenate([[BOUNDARY], *[[*ids, BOUNDARY] for ids in documents]]).astype(np.int32)


def windows(
    ids: np.ndarray, *, vocab: int, batch_size: int, steps: int, seed: int
) -> Callable[[int], tf.data.Dataset]:
    """Draws random windows of a stream; batch k depends on `ids`, `seed` and k alone.

    Up to half of the rows begin at the start of a document, from where a model composes; the
    others begin anywhere, so that the tails of long documents are learnt too. Where documents
    are longer than a window, their starts are drawn as seldom as their share of all windows.

    Args:
        ids: (length,) int32, as `join` makes it.
        vocab: Ids must be below it: XLA clamps what is not, silently.
        batch_size: Rows of a batch.
        steps: Ids of a row.
        seed: Of the draws.

    Returns:
        start -> endless `Batch`es from number `start` on; inputs {"ids": (batch, time) int32},
        targets the successors, weights all 1.

    Raises:
        DataError: If the stream is too short for one window or holds an id out of range.
    """
    if len(ids) <= steps:
        raise DataError(
            f"the training text has {len(ids):,} characters, a window of {steps:,} needs "
            f"{steps + 1:,}: give more text or a smaller --data.window"
        )
    check_ids(ids, vocab)
    stream = tf.constant(ids)
    places = len(ids) - steps  # where a window can begin
    heads = tf.constant(np.flatnonzero(ids[:places] == BOUNDARY), tf.int32)
    head_share = min(0.5, len(heads) * steps / len(ids))

    def batch(k):
        key = tf.stack([tf.cast(seed, tf.int64), k])
        keys = tf.random.experimental.stateless_split(key, 3)
        anywhere = tf.random.stateless_uniform([batch_size], keys[0], 0, places, tf.int32)
        which = tf.random.stateless_uniform([batch_size], keys[1], 0, max(1, len(heads)), tf.int32)
        at_head = tf.random.stateless_uniform([batch_size], keys[2]) < head_share
        starts = tf.where(at_head, tf.gather(heads, which), anywhere) if len(heads) else anywhere
        rows = tf.gather(stream, starts[:, None] + tf.range(steps + 1))
        return Batch({"ids": rows[:, :-1]}, rows[:, 1:], tf.ones([batch_size, steps]))

    def stream_from(start: int) -> tf.data.Dataset:
        numbers = tf.data.Dataset.range(start, np.iinfo(np.int64).max)
        return numbers.map(batch).prefetch(2)

    return stream_from


def whole(documents: Sequence[np.ndarray], *, vocab: int, symbols: int = 16_384) -> list[Batch]:
    """Batches whole documents for scoring, each from its boundary to its boundary.

    Rows are sorted by length and padded to the next power of two (at least 64), so that a
    compiled model sees few shapes; a batch holds about `symbols` ids.

    Args:
        documents: Encoded documents, each (length,) int32.
        vocab: Ids must be below it.
        symbols: Ids of a batch, padding included.

    Returns:
        `Batch`es like those of `windows`; weights are 0 on padding, and the boundary at the end
        of a document counts.

    Raises:
        DataError: If an id is out of range.
    """
    for ids in documents:
        check_ids(ids, vocab)
    groups = {}
    for ids in sorted(documents, key=len):
        groups.setdefault(max(64, 1 << len(ids).bit_length()), []).append(ids)
    return [
        _padded(group[first : first + rows], rows, length)
        for length, group in groups.items()
        for rows in [max(1, symbols // length)]
        for first in range(0, len(group), rows)
    ]


def _padded(documents, rows, length):
    """(rows, length) of documents; rows that are missing count nothing."""
    ids, targets = np.zeros([2, rows, length], np.int32)
    weights = np.zeros([rows, length], np.float32)
    for row, document in enumerate(documents):
        n = len(document)
        ids[row, 1 : n + 1] = targets[row, :n] = document  # BOUNDARY is 0, before and after
        weights[row, : n + 1] = 1
    return Batch({"ids": tf.constant(ids)}, tf.constant(targets), tf.constant(weights))


def check_ids(ids: np.ndarray, vocab: int) -> None:
    """Refuses ids that a compiled model would clamp.

    Raises:
        DataError: Naming the first offset and id outside [0, vocab).
    """
    bad = np.flatnonzero((ids < 0) | (ids >= vocab))
    if len(bad):
        raise DataError(
            f"offset {bad[0]}: id {ids[bad[0]]} is outside the {vocab} of the vocabulary"
        )

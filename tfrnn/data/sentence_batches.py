"""Encoded sentences as batches: rows of about the same length side by side."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.data.tokens import SentenceEncoder, buckets, padded, ragged

ROWS = 256  # of a batch that is only scored


class Part(NamedTuple):
    """The encoded sentences of a split.

    words: ragged (sentences, words) int32. characters: ragged (sentences, words, WIDTH) int32.
    labels: (sentences,) int32, -1 where there is none to be found, or None.
    tags: ragged (sentences, words) int32, or None.
    times: (sentences,) int32, the bucket that each fits.
    """

    words: tf.RaggedTensor
    characters: tf.RaggedTensor
    labels: tf.Tensor | None
    tags: tf.RaggedTensor | None
    times: np.ndarray


def encode(
    encoder: SentenceEncoder,
    tokens: tf.RaggedTensor,
    labels: Sequence[int] | None,
    tags: Sequence[Sequence[int]] | None,
) -> Part:
    """Encodes a split once; `tags` may go beyond the words that are read."""
    words, characters = encoder.encode(tokens)
    lengths = tokens.row_lengths().numpy()
    cut = None
    if tags is not None:
        cut = ragged([row[:n] for row, n in zip(tags, lengths, strict=True)], tf.int32)
    steps = np.array(buckets(encoder.longest), np.int32)
    return Part(
        words,
        characters,
        None if labels is None else tf.constant(labels, tf.int32),
        cut,
        steps[np.searchsorted(steps, lengths)],
    )


def endless(part: Part, *, batch_size: int, seed: int) -> Callable[[int], tf.data.Dataset]:
    """Passes over the sentences again and again, each time in another order.

    Batch k depends on the data, the seed and k alone. A pass takes each sentence once, in batches
    of equal size whose rows are about as long as each other; rows that the last batch lacks are
    taken a second time. The batches come in random order, and so do rows of the same bucket.

    Args:
        part: Encoded sentences, at least one.
        batch_size: Rows of a batch.
        seed: Of the order.

    Returns:
        start -> endless `Batch`es from number `start` on.
    """
    sentences = len(part.times)
    batches = -(-sentences // batch_size)
    times = tf.constant(part.times)

    def plan(epoch):
        """The rows of each batch of a pass: (batches, batch_size) int64."""
        keys = tf.random.experimental.stateless_split(tf.stack([tf.cast(seed, tf.int64), epoch]), 2)
        shuffled = tf.argsort(tf.random.stateless_uniform([sentences], keys[0]))
        by_length = tf.argsort(tf.gather(times, shuffled), stable=True)
        rows = tf.gather(shuffled, tf.gather(by_length, tf.range(batches * batch_size) % sentences))
        order = tf.argsort(tf.random.stateless_uniform([batches], keys[1]))
        return tf.gather(tf.reshape(rows, [batches, batch_size]), order)

    def batch(rows):
        return take(part, rows, tf.reduce_max(tf.gather(times, rows)))

    def stream_from(start: int) -> tf.data.Dataset:
        epochs = tf.data.Dataset.range(start // batches, np.iinfo(np.int64).max)
        plans = epochs.flat_map(lambda epoch: tf.data.Dataset.from_tensor_slices(plan(epoch)))
        return plans.skip(start % batches).map(batch, num_parallel_calls=2).prefetch(4)

    return stream_from


def in_order(part: Part) -> list[Batch]:
    """Batches each sentence once, for scoring, the shortest first.

    Every batch has `ROWS` rows, so that a compiled model sees few shapes; rows that are missing in
    the last of a bucket count nothing.
    """
    found = []
    for time in np.unique(part.times):
        rows = np.flatnonzero(part.times == time)
        for first in range(0, len(rows), ROWS):
            chosen = rows[first : first + ROWS]
            missing = ROWS - len(chosen)
            whole = take(part, tf.constant(np.pad(chosen, (0, missing))), int(time))
            counts = tf.sequence_mask(len(chosen), ROWS, tf.float32)
            counts = tf.reshape(counts, [ROWS] + [1] * (whole.weights.shape.rank - 1))
            found.append(whole._replace(weights=whole.weights * counts))
    return found


def take(part: Part, rows: tf.Tensor, time: tf.Tensor | int) -> Batch:
    """Returns some sentences as a `Batch`, padded to `time` words.

    Its inputs are words (batch, time) and characters (batch, time, WIDTH). Its targets are the
    labels, (batch,), or the tags, (batch, time), or one before the other, (batch, 1 + time).
    """
    words = padded(tf.gather(part.words, rows), time)
    characters = padded(tf.gather(part.characters, rows), time)
    inputs = {"words": words, "characters": characters}
    if part.tags is None:
        labels = tf.gather(part.labels, rows)
        return Batch(inputs, tf.maximum(labels, 0), tf.cast(labels >= 0, tf.float32))
    tags = padded(tf.gather(part.tags, rows), time)
    weights = tf.cast(words > 0, tf.float32)
    if part.labels is None:
        return Batch(inputs, tags, weights)
    labels = tf.gather(part.labels, rows)[:, None]
    counted = tf.cast(labels >= 0, tf.float32)
    return Batch(
        inputs, tf.concat([tf.maximum(labels, 0), tags], 1), tf.concat([counted, weights], 1)
    )

"""Encoded sentences as batches."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.data.tokens import SentenceEncoder, buckets, padded, ragged


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

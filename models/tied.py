"""Logits of pieces by the vectors that read them."""

import tensorflow as tf


def tied_logits(readout: tf.Tensor, vectors: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Scores pieces by the vectors that also read them.

    Press and Wolf 2017, "Using the Output Embedding to Improve Language Models",
    https://arxiv.org/abs/1608.05859.

    Args:
        readout: (..., embed).
        vectors: (vocab, embed), those of the embedding.
        bias: (vocab,) float32.

    Returns:
        (..., vocab) float32.
    """
    vocab, embed = vectors.shape
    kernel = tf.cast(vectors, readout.dtype)
    logits = tf.matmul(tf.reshape(readout, [-1, embed]), kernel, transpose_b=True)
    shape = tf.concat([tf.shape(readout)[:-1], [vocab]], 0)
    logits = tf.reshape(tf.cast(logits, tf.float32) + bias, shape)
    return tf.ensure_shape(logits, [*readout.shape[:-1], vocab])

"""Looking at each distinct word of a batch once."""

import tensorflow as tf


def distinct_words(characters: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the words of a batch, each once, and where each of them stands.

    How many there are is known only when it runs, so XLA cannot compile it.

    Args:
        characters: (batch, time, width) int32.

    Returns:
        (n, width) int32, in the order of their first places, and (batch * time,) int32.

    >>> words, places = distinct_words(tf.constant([[[7, 8], [9, 0], [7, 8]]]))
    >>> words.numpy().tolist(), places.numpy().tolist()
    ([[7, 8], [9, 0]], [0, 1, 0])
    """
    width = characters.shape[-1]
    words, places = tf.raw_ops.UniqueV2(x=tf.reshape(characters, [-1, width]), axis=[0])
    return tf.ensure_shape(words, [None, width]), places


def spread(vectors: tf.Tensor, places: tf.Tensor, characters: tf.Tensor) -> tf.Tensor:
    """Puts the vectors of distinct words, (n, features), where they stand.

    Returns:
        (batch, time, features).
    """
    features = vectors.shape[-1]
    shape = tf.concat([tf.shape(characters)[:-1], [features]], 0)
    found = tf.reshape(tf.gather(vectors, places), shape)
    return tf.ensure_shape(found, [*characters.shape[:-1], features])

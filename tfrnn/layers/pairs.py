"""Pairs of neighbours: what two words say together and neither says alone."""

import keras
import tensorflow as tf

from tfrnn.layers.recurrent import check_units

FIRST, SECOND = 1_000_003, 7_919  # primes, so that few pairs that occur share a vector


@keras.saving.register_keras_serializable("tfrnn")
class PairEmbedding(keras.layers.Layer):
    """A vector for each word and the one after it, looked up by a hash.

    Reference: the hashed bigrams of Joulin et al. 2017, "Bag of Tricks for Efficient Text
    Classification", https://aclanthology.org/E17-2068:

        y_t = E[(1000003 w_t + 7919 w_{t+1}) mod buckets],   w of padding and beyond the end = 0

    Args:
        features: Width of a vector.
        buckets: Vectors, which pairs share.

    Weights:
        embeddings E: (buckets, features), normal with deviation 0.1 (ours).

    Call arguments:
        words: (batch, time) int32 ids, 0 on padding.

    Returns:
        (batch, time, features), compute dtype; 0 on padding.
    """

    def __init__(self, features: int, *, buckets: int = 8192, **kwargs):
        super().__init__(**kwargs)
        self.features, self.buckets = check_units(self, features), check_units(self, buckets)

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            (self.buckets, self.features),
            keras.initializers.RandomNormal(stddev=0.1),
            name="embeddings",
        )

    def call(self, words):
        ids = tf.cast(words, tf.int64)
        after = tf.pad(ids[:, 1:], [[0, 0], [0, 1]])
        buckets = (FIRST * ids + SECOND * after) % self.buckets
        found = tf.cast(tf.gather(self.embeddings, buckets), self.compute_dtype)
        return tf.where((words > 0)[..., None], found, tf.zeros([], found.dtype))

    def get_config(self):
        return super().get_config() | {"features": self.features, "buckets": self.buckets}

"""Words as what they are spelt with: a vector for a word that was never seen."""

import keras
import tensorflow as tf

from tfrnn.layers.distinct import distinct_words, spread
from tfrnn.layers.noise import draw_uniform

START, END = 257, 258  # around the bytes of a word, which are 1 to 256
BASIS, PRIME = 2166136261, 16777619  # of FNV-1a with 32 bits


@keras.saving.register_keras_serializable("tfrnn")
class SubwordEmbedding(keras.layers.Layer):
    """The mean of the vectors of a word's n-grams of bytes.

    Reference: Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information",
    https://arxiv.org/abs/1607.04606, whose n-grams are of characters and whose sum is a mean here:

        y = 1/|G| sum over g in G of E[1 + fnv(g) mod (buckets - 1)]

    G are all n-grams, shortest <= n <= longest, of the start, the word's bytes and the end; fnv is
    the 32-bit FNV-1a hash (Fowler, Noll, Vo), so n-grams that share a bucket share a vector.

    Equal words of a batch are computed once. How many there are is known only when it runs, which
    is why XLA cannot compile this layer; it takes a small share of a step's time.

    Args:
        features: Width of a vector.
        buckets: Vectors, at least 2; the first is never read.
        shortest: Least bytes of an n-gram, those of the start and the end included.
        longest: Most bytes of one.
        rate: Share of the n-grams that a word lacks while training, each by chance.
        seed: Of that chance.

    Weights:
        embeddings E: (buckets, features), normal with deviation 0.1 (ours).

    Call arguments:
        characters: (batch, time, width) int32: the bytes of each word plus 1, then 0. A word
            without bytes is padding, and its vector is 0.
        training: Whether n-grams are dropped.

    Returns:
        (batch, time, features), compute dtype.
    """

    def __init__(
        self,
        features: int,
        *,
        buckets: int = 16384,
        shortest: int = 2,
        longest: int = 5,
        rate: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if features < 1 or buckets < 2 or not 1 <= shortest <= longest or not 0 <= rate < 1:
            raise ValueError(
                "SubwordEmbedding needs features >= 1, buckets >= 2, 1 <= shortest <= longest and "
                f"0 <= rate < 1, got {features}, {buckets}, {shortest}, {longest} and {rate}."
            )
        self.supports_jit = False  # how many words are distinct is known in the run only
        self.features, self.buckets = features, buckets
        self.shortest, self.longest = shortest, longest
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            (self.buckets, self.features),
            keras.initializers.RandomNormal(stddev=0.1),
            name="embeddings",
        )

    def call(self, characters, training=False):
        words, places = distinct_words(characters)
        ids = ngrams(words, self.shortest, self.longest, self.buckets)
        kept = ids > 0
        if training and self.rate:
            kept &= draw_uniform(self.seed_generator, tf.shape(ids)) >= self.rate
        rows = tf.where(kept)[:, 0]
        vectors = tf.sparse.segment_mean(
            tf.convert_to_tensor(self.embeddings),
            tf.boolean_mask(ids, kept),
            rows,
            num_segments=tf.shape(words)[0],
        )
        return tf.cast(spread(vectors, places, characters), self.compute_dtype)

    def get_config(self):
        names = ("features", "buckets", "shortest", "longest", "rate")
        return super().get_config() | {name: getattr(self, name) for name in names}


def ngrams(words: tf.Tensor, shortest: int, longest: int, buckets: int) -> tf.Tensor:
    """Returns the buckets of the n-grams of words: (n, width) int32 -> (n, most) int32.

    0 is no n-gram; a row without bytes has none.
    """
    lengths = tf.math.count_nonzero(words, 1, keepdims=True, dtype=tf.int32)
    width = words.shape[1] + 2
    ends = tf.one_hot(lengths[:, 0] + 1, width, END, 0, dtype=tf.int32)
    spelt = tf.pad(words, [[0, 0], [1, 1]], constant_values=0) + ends
    spelt += tf.one_hot([0], width, START, 0, dtype=tf.int32)
    signs = tf.cast(tf.where(lengths > 0, spelt, 0), tf.int64)
    found = []
    hashes = tf.fill(tf.shape(signs), tf.constant(BASIS, tf.int64))
    for n in range(1, min(longest, width) + 1):
        # The hashes of n bytes grow from those of n - 1, all places at once.
        last = signs[:, n - 1 :]
        hashes = tf.bitwise.bitwise_xor(hashes[:, : width - n + 1], last) * PRIME % 2**32
        if n >= shortest:
            found.append(tf.where(last > 0, 1 + hashes % (buckets - 1), 0))
    return tf.cast(tf.concat(found, 1), tf.int32)

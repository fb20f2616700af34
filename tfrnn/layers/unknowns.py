"""Words that a model shall do without now and then."""

import keras
import tensorflow as tf

from tfrnn.layers.noise import draw_uniform
from tfrnn.layers.variational import check_rate

UNKNOWN = 1  # the id of the unknown word; 0 is padding


@keras.saving.register_keras_serializable("tfrnn")
class WordDropout(keras.layers.Layer):
    """Takes words for unknown while training, so that the model learns what an unknown word is.

    Reference: Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text
    Classification", section 3, https://aclanthology.org/P15-1162, which leaves the word out.

    Args:
        rate: Share of the words, each by chance, in [0, 1).
        seed: Of that chance.

    Call arguments:
        words: (batch, time) int32 ids.
        training: Whether anything is done.

    Returns:
        (batch, time) int32: 1 for a word that was dropped; padding, 0, stays.
    """

    def __init__(self, rate: float, *, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rate = check_rate(self, "rate", rate)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, words, training=False):
        if not (training and self.rate):
            return words
        dropped = draw_uniform(self.seed_generator, tf.shape(words)) < self.rate
        return tf.where(dropped & (words > 0), UNKNOWN, words)

    def get_config(self):
        return super().get_config() | {"rate": self.rate}

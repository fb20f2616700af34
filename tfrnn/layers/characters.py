"""A word's vector from its characters, by a convolution."""

import keras
import tensorflow as tf

from tfrnn.layers.distinct import distinct_words, spread
from tfrnn.layers.recurrent import check_units


@keras.saving.register_keras_serializable("tfrnn")
class CharacterCNN(keras.layers.Layer):
    """What patterns of characters a word has, anywhere in it.

    Reference: dos Santos and Zadrozny 2014, "Learning Character-level Representations for
    Part-of-Speech Tagging", https://proceedings.mlr.press/v32/santos14; the rectifier is ours:

        e_i = E[c_i], 0 beyond the word's ends
        y = max over the characters i of max(0, W [e_{i-h}, ..., e_{i+h}] + b),   h = window // 2

    Equal words of a batch are computed once, which XLA cannot compile.

    Args:
        features: Width of a word's vector.
        embed: Width of a character's.
        window: Characters that a pattern spans, an odd number.
        kinds: Ids of characters; 257 are padding and the bytes.

    Weights:
        embeddings E: (kinds, embed), uniform in 0.5 around 0. kernel W: (window * embed, features).
        bias b: (features,).

    Call arguments:
        characters: (batch, time, width) int32, 0 after the end of each word.

    Returns:
        (batch, time, features), compute dtype; 0 for a word without characters, which is padding.

    Raises:
        ValueError: If a size is not positive, or the window even.
    """

    def __init__(
        self, features: int, *, embed: int = 32, window: int = 5, kinds: int = 257, **kwargs
    ):
        super().__init__(**kwargs)
        self.supports_jit = False  # how many words are distinct is known in the run only
        self.features = check_units(self, features)
        self.embed, self.window, self.kinds = check_units(self, embed), window, kinds
        if window < 1 or window % 2 == 0:
            raise ValueError(f"CharacterCNN needs an odd window, got {window}.")

    def build(self, input_shape):
        wide = self.window * self.embed
        around = keras.initializers.RandomUniform(-0.5, 0.5)
        self.embeddings = self.add_weight((self.kinds, self.embed), around, name="embeddings")
        self.kernel = self.add_weight((wide, self.features), "glorot_uniform", name="kernel")
        self.bias = self.add_weight((self.features,), "zeros", name="bias")

    def call(self, characters):
        words, places = distinct_words(characters)
        width, reach = words.shape[1], self.window // 2
        real = tf.cast(words > 0, self.compute_dtype)[..., None]
        table = tf.cast(tf.convert_to_tensor(self.embeddings), self.compute_dtype)
        letters = tf.pad(tf.gather(table, words) * real, [[0, 0], [reach, reach], [0, 0]])
        # Windows side by side, then one product: faster on a CPU than a convolution this small.
        # `tf.slice` has a gradient half as long as that of `letters[:, i : i + width]` (measured).
        windows = [tf.slice(letters, [0, i, 0], [-1, width, -1]) for i in range(self.window)]
        found = tf.nn.relu(tf.tensordot(tf.concat(windows, -1), self.kernel, 1) + self.bias)
        return spread(tf.reduce_max(found * real, 1), places, characters)

    def get_config(self):
        names = ("features", "embed", "window", "kinds")
        return super().get_config() | {name: getattr(self, name) for name in names}

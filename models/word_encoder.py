"""What the taggers share: words read in both directions.

Ma and Hovy 2016, "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF",
https://arxiv.org/abs/1603.01354, section 2:

    words, characters -> word vector, character patterns -> dropout -> BiLSTM x layers, dropout
    before each
"""

import keras
import tensorflow as tf

from models.configs import TaggerConfig
from tfrnn.layers import LSTM, Bidirectional, CharacterCNN, WordDropout


class WordEncoder(keras.layers.Layer):
    """Turns the words of sentences into vectors that know the words around them.

    Args:
        config: Sizes.
        words: Ids the lexicon knows, padding (0) and the unknown word (1) included.

    Call arguments:
        inputs: {"words": (batch, time) int32, 0 on padding, which comes last;
            "characters": (batch, time, width) int32, bytes plus 1, 0 on padding}.
        training: Whether dropout is on.

    Returns:
        hidden: (batch, time, 2 units). mask: (batch, time) bool, True on words.
    """

    def __init__(self, config: TaggerConfig, *, words: int, **kwargs):
        super().__init__(**kwargs)
        self.config = config
        policy = self.dtype_policy
        self.unknown = WordDropout(config.word_dropout, name="word_dropout")
        self.embed = keras.layers.Embedding(words, config.word_embed, dtype=policy, name="embed")
        self.spell = CharacterCNN(
            config.character_features,
            embed=config.character_embed,
            window=config.window,
            dtype=policy,
            name="characters",
        )
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        self.layers = [
            Bidirectional(
                LSTM(config.units, dtype=policy, name="forward"),
                LSTM(config.units, dtype=policy, name="backward"),
                name=f"lstms_{i}",
            )
            for i in range(config.layers)
        ]

    def build(self, input_shape=None):
        self.embed.build((None, None))
        self.spell.build((None, None, None))
        width = self.config.word_embed + self.config.character_features
        for layer in self.layers:
            layer.build((None, None, width))
            width = layer.units
        self.built = True

    def call(self, inputs, training=False):
        words, mask = inputs["words"], inputs["words"] > 0
        known = self.embed(self.unknown(words, training=training))
        hidden = tf.concat([known, self.spell(inputs["characters"])], -1)
        for layer in self.layers:
            hidden, _ = layer(self.dropout(hidden, training=training), mask=mask)
        return hidden, mask

"""What trained skip-thought vectors are used through: sentences in, vectors out."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.lengths import about_as_long
from models.pieces import PAD, START

ROWS = 64  # sentences that are read together


class Embedder(tf.Module):
    """Makes vectors of sentences; also what is exported.

    Args:
        model: Built, see `models.skip_thought.SkipThought`.
        coder: `tfrnn.data.subwords.Subwords` of its pieces.
    """

    def __init__(self, model: keras.Model, coder: Any):
        super().__init__()
        self.model, self.coder = model, coder

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def serve(self, text):
        """Reads each sentence.

        Returns:
            vectors: (batch, units) float32.
        """
        ids = self.coder.encode_ended(text).to_tensor(PAD)
        return {"vectors": tf.cast(self.model.encode(ids), tf.float32)}

    def signatures(self) -> dict[str, Callable]:
        """Returns what a SavedModel serves, by name."""
        return {"embed": self.serve}

    def examples(self) -> dict[str, dict]:
        """Returns inputs of each signature, on which an export is checked."""
        texts = [b"It was a dark and stormy night.", b"", "\u65e5\u672c".encode()]
        return {"embed": {"text": np.array(texts, object)}}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Returns the vectors of sentences, (sentences, units) float32, in their order."""
        return embed(self.serve, texts, self.model.config.units)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.float32, "vectors"),
            tf.TensorSpec([None], tf.string, "text"),
        ],
        autograph=False,
    )
    def follows(self, vectors, text):
        """Returns the nats of each text as what comes after the sentence of a vector, (batch,)."""
        ids = self.coder.encode_ended(text).to_tensor(PAD)
        shifted = tf.pad(ids[:, :-1], [[0, 0], [1, 0]], constant_values=START)
        logits = self.model.decode(1, vectors, shifted)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)
        return tf.reduce_sum(nats * tf.cast(ids != PAD, tf.float32), 1)


def embed(serve: Callable, texts: Sequence[str], units: int) -> np.ndarray:
    """Calls an `embed` signature on sentences about as long as each other, ROWS at a time."""
    found = np.zeros([len(texts), units], np.float32)
    for chosen in about_as_long(texts, ROWS):
        part = serve(text=tf.constant([texts[i] for i in chosen], tf.string))
        found[chosen] = part["vectors"].numpy()
    return found

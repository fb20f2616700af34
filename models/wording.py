"""What the words of a request are in the pieces of a model."""

from typing import Any

import tensorflow as tf

from models.pieces import RESERVED, UNKNOWN
from tfrnn.decoding.lexical import Lexical, Wording, lexical

PLAIN = Wording()


def worded(wording: Wording, coder: Any) -> Lexical:
    """Returns a wording in the ids of a coder, a `tfrnn.data.subwords.Subwords`.

    Raises:
        UsageError: If the model cannot write what is asked for.
    """

    def spell(text):
        with tf.init_scope():  # words of a request are constants of its graph
            return coder.encode(tf.constant([text]))[0].numpy()

    return lexical(wording, coder.pieces.names, spell, unknown=UNKNOWN, reserved=RESERVED)


def missing_of(row, rank: int, including: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words that were asked for and are not in a result, by its column `met`."""
    return tuple(word for n, word in enumerate(including) if not row["met"][rank, n])

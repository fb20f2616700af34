"""What the words of a request are in the pieces of a model."""

import tensorflow as tf

from tfrnn.data.subwords import RESERVED, UNKNOWN, Subwords
from tfrnn.decoding.lexical import Lexical, Wording, lexical


def worded(wording: Wording, coder: Subwords) -> Lexical | None:
    """Returns a wording in the ids of a coder, None where nothing is asked for.

    Raises:
        UsageError: If the model cannot write what is asked for.
    """
    if not (wording.prefix or wording.including or wording.excluding):
        return None

    def spell(text):
        with tf.init_scope():  # words of a request are constants of its graph
            return coder.encode(tf.constant([text]))[0].numpy()

    names = coder.pieces.names
    return lexical(wording, names, spell, unknown=UNKNOWN, reserved=len(RESERVED))


def missing_of(row, rank: int, including: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words that were asked for and are not in a result, by its column `met`."""
    return tuple(word for n, word in enumerate(including) if not row["met"][rank, n])

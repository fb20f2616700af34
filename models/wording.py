"""What the words of a request are in the pieces of a model."""

from typing import Any

import tensorflow as tf

from tfrnn.decoding.lexical import Lexical, Wording, lexical


def worded(wording: Wording, coder: Any, *, unknown: int, reserved: int) -> Lexical | None:
    """Returns a wording in the ids of a coder, None where nothing is asked for.

    Args:
        wording: What is asked for.
        coder: A `tfrnn.data.subwords.Subwords`.
        unknown: The id of what has no piece.
        reserved: So many ids, the first, are no part of a word.

    Raises:
        UsageError: If the model cannot write what is asked for.
    """
    if not (wording.prefix or wording.including or wording.excluding):
        return None

    def spell(text):
        with tf.init_scope():  # words of a request are constants of its graph
            return coder.encode(tf.constant([text]))[0].numpy()

    names = coder.pieces.names
    return lexical(wording, names, spell, unknown=unknown, reserved=reserved)


def missing_of(row, rank: int, including: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words that were asked for and are not in a result, by its column `met`."""
    return tuple(word for n, word in enumerate(including) if not row["met"][rank, n])

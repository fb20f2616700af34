"""Which tunes the grammar of composed tunes accepts, character by character."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfrnn.music.grammar import AbcGrammar

_END, _ROWS = 0, 1024


def are_legal(tunes: Sequence[str]) -> list[bool]:
    r"""Returns for each tune whether `AbcGrammar` accepts it to its end.

    Fewer are accepted than are valid ABC: see `AbcGrammar` for what composed tunes may hold.

    Args:
        tunes: ABC texts in the canonical form of `tfrnn.data.tunes`.

    >>> header = "X:1\nM:2/4\nL:1/8\nK:D\n"
    >>> are_legal([header + "A2B2|c4|]", header + "A2B2|c3|d4|]", header + "A2B2|c"])
    [True, False, False]
    >>> are_legal(["K:D"])
    [False]
    """
    characters = ["", *sorted(set().union(*tunes))]
    try:
        grammar = AbcGrammar(characters, end=_END)
    except ValueError:  # no legal tune can be written in these characters
        return [False] * len(tunes)
    number = {character: i for i, character in enumerate(characters)}

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def walk(ids):
        def body(t, state):
            return t + 1, grammar.advance(state, ids[:, t])

        state = grammar.start(tf.shape(ids)[0])
        _, state = tf.while_loop(lambda t, _: t < tf.shape(ids)[1], body, (0, state))
        return ~grammar.refused(state)

    found = []
    for first in range(0, len(tunes), _ROWS):
        part = tunes[first : first + _ROWS]
        # The end id may follow itself: it pads the shorter ones.
        ids = np.full([len(part), max(map(len, part)) + 1], _END, np.int32)
        for row, tune in zip(ids, part):
            row[: len(tune)] = [number[character] for character in tune]
        found += walk(ids).numpy().tolist()
    return found

"""Translations of texts, as a `translate` signature tells them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models.lengths import about_as_long
from models.wording import missing_of
from tfrnn.decoding.hypotheses import NEVER
from tfrnn.decoding.lexical import SPACE

ROWS = 64  # texts that are translated together


class Translation(NamedTuple):
    """One translation of a text.

    text: What it says. score: By which translations of one text are ranked, see
    `tfrnn.decoding.beam`. ended: Whether it came to its end within the limit. source, pieces: What
    was read and written, the end included. weights: (pieces, source) float32, where the model
    looked when it wrote a piece; all 0 for a model without attention. missing: Words that were
    asked for and do not occur.
    """

    text: str
    score: float
    ended: bool
    source: tuple[str, ...]
    pieces: tuple[str, ...]
    weights: np.ndarray
    missing: tuple[str, ...] = ()


def by_words(each: Translation) -> tuple[np.ndarray, list[str], list[str]]:
    """Puts the pieces of words together: who looks for a word is shown where it looked.

    A word is looked at with the sum of its pieces' weights, and looks with their mean, as in Zenkel
    et al. 2019, https://arxiv.org/abs/1901.11359. What was cut into characters stays so, since a
    word may be all there is, as in a date.

    Returns:
        weights (words written, words read), the words that were read, and those written.
    """
    read, written = _words(each.source, ended=True), _words(each.pieces, ended=each.ended)
    columns = np.stack([each.weights[:, place].sum(1) for place in read], 1)
    weights = np.stack([columns[place].mean(0) for place in written])
    return weights, _names(each.source, read), _names(each.pieces, written)


def _names(pieces, words) -> list[str]:
    return ["".join(pieces[place]).removeprefix(SPACE) or SPACE for place in words]


def _words(pieces: Sequence[str], *, ended: bool) -> list[slice]:
    """The place of each word; the end, where there is one, is the last piece."""
    spelt = pieces[:-1] if ended else pieces
    whole = all(len(piece) == 1 for piece in spelt)  # characters
    starts = [n for n, piece in enumerate(spelt) if whole or n == 0 or piece[0] == SPACE]
    starts += [len(spelt)] if ended else []
    return [slice(*each) for each in zip(starts, [*starts[1:], len(pieces)])]


def in_batches(
    translate: Callable,
    texts: Sequence[str],
    told: Callable[[int], None] = lambda done: None,
    including: tuple[str, ...] = (),
) -> list[list[Translation]]:
    """Calls a `translate` signature on texts about as long as each other, ROWS at a time."""
    found: dict[int, list[Translation]] = {}
    for chosen in about_as_long(texts, ROWS):
        result = translate(text=tf.constant([texts[i] for i in chosen], tf.string))
        columns = {name: value.numpy() for name, value in result.items()}
        for row, i in enumerate(chosen):
            one = {name: value[row] for name, value in columns.items()}
            found[i] = _translations(one, including)
        told(len(found))
    return [found[i] for i in range(len(texts))]


def _translations(row, including) -> list[Translation]:
    source = tuple(piece.decode() for piece in row["source"] if piece)
    if len(source) == 1:  # nothing but the end
        return [Translation("", 0.0, True, source, source, np.ones((1, 1), np.float32))]
    possible = [n for n, score in enumerate(row["scores"]) if score > NEVER / 2 or n == 0]
    found = []
    for n in possible:
        pieces = tuple(piece.decode() for piece in row["pieces"][n] if piece)
        weights = row["weights"][n, : len(pieces), : len(source)]
        text, score = row["text"][n].decode(), float(row["scores"][n])
        ended = bool(row["ended"][n])
        missing = missing_of(row, n, including)
        found.append(Translation(text, score, ended, source, pieces, weights, missing))
    return found

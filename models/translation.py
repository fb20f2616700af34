"""Translations of texts, as a `translate` signature tells them."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models.wording import missing_of
from tfrnn.decoding.hypotheses import NEVER

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


def in_batches(
    translate: Callable,
    texts: Sequence[str],
    told: Callable[[int], None] = lambda done: None,
    including: tuple[str, ...] = (),
) -> list[list[Translation]]:
    """Calls a `translate` signature on texts about as long as each other, ROWS at a time."""
    found: dict[int, list[Translation]] = {}
    for chosen in about_as_long(texts):
        result = translate(text=tf.constant([texts[i] for i in chosen], tf.string))
        columns = {name: value.numpy() for name, value in result.items()}
        for row, i in enumerate(chosen):
            one = {name: value[row] for name, value in columns.items()}
            found[i] = _translations(one, including)
        told(len(found))
    return [found[i] for i in range(len(texts))]


def about_as_long(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yields the places of the shortest texts first, ROWS at a time."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for first in range(0, len(order), ROWS):
        yield order[first : first + ROWS]


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

"""The baseline that a character model has to beat: interpolated modified Kneser-Ney n-grams.

S. F. Chen, J. Goodman (1999), "An empirical study of smoothing techniques for language modeling",
https://doi.org/10.1006/csla.1999.0128. With h a context, h' the same without its oldest symbol:

    p(w | h) = (c(h w) - D(c(h w))) / c(h .) + rest(h) p(w | h')
    rest(h)  = sum over w of D(c(h w)) / c(h .)

c counts occurrences for the longest contexts, and for shorter ones how many different symbols come
before h w; contexts that reach the start of a document have nothing before them and keep their
occurrences (as in KenLM). Below the empty context is the uniform distribution.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

BOUNDARY = 0


class _Stream(NamedTuple):
    """Documents end to end, each between boundaries.

    ids: all symbols.
    places: where the symbols are that a model predicts: all but each document's first boundary.
    ages: how many symbols of the same document stand before each place.
    """

    ids: np.ndarray
    places: np.ndarray
    ages: np.ndarray

    @classmethod
    def of(cls, documents: Iterable[Sequence[int]], vocab: int) -> "_Stream":
        documents = [np.asarray(ids, np.int64) for ids in documents]
        ids = np.concatenate([part for ids in documents for part in ([BOUNDARY], ids, [BOUNDARY])])
        if ids.min() < 0 or ids.max() >= vocab:
            raise ValueError(f"Ids must be in [0, {vocab}), got {ids.min()} to {ids.max()}.")
        ages = np.concatenate([np.arange(1, len(ids) + 2) for ids in documents])
        starts = np.cumsum([0, *[len(ids) + 2 for ids in documents[:-1]]])
        places = ages + np.repeat(starts, [len(ids) + 1 for ids in documents])
        return cls(ids.astype(np.int64), places, ages)


class _Counts(NamedTuple):
    """What is counted of contexts of one length; a context's id is its index in `contexts`.

    contexts: (contexts,) sorted keys: id of the context without its oldest symbol * vocab + that.
    grams: (grams,) sorted keys: id of the context * vocab + the symbol after it.
    occurrences: (grams,) how often each comes.
    continuations: (grams,) before how many different symbols; occurrences at a document's start.
    """

    contexts: np.ndarray
    grams: np.ndarray
    occurrences: np.ndarray
    continuations: np.ndarray


class _Level(NamedTuple):
    """Contexts of one length, smoothed: (c - D) / total for each gram, rest for each context."""

    contexts: np.ndarray
    grams: np.ndarray
    shares: np.ndarray
    rests: np.ndarray


class NGram:
    """A character n-gram model over ids 0 (the boundary) to vocab - 1.

    `NGram.fit` makes one.

    >>> model = NGram.fit([[1, 2], [1]], vocab=3, order=2)
    >>> model.probabilities([0]).round(4).tolist()  # what a document starts with
    [0.2083, 0.6458, 0.1458]
    """

    def __init__(self, counts: Sequence[_Counts], vocab: int):
        self.vocab = vocab
        *shorter, longest = counts
        self._levels = [_smooth(level, level.continuations, vocab) for level in shorter]
        self._levels.append(_smooth(longest, longest.occurrences, vocab))

    @classmethod
    def fit(cls, documents: Iterable[Sequence[int]], vocab: int, order: int) -> "NGram":
        """Counts and smooths.

        Args:
            documents: Each (length,) int, without boundaries, at least one.
            vocab: Ids are below it.
            order: How many symbols a gram has; order - 1 are context, fewer near a document's
                start.

        Raises:
            ValueError: If an id is out of range, or the order is below 1.
        """
        return cls(_count(_Stream.of(documents, vocab), vocab, order), vocab)

    def bits(self, ids: Sequence[int]) -> np.ndarray:
        """Returns (length + 1,) float64 bits: of each symbol of a document and of its end."""
        return -np.log2(self._score(_Stream.of([ids], self.vocab)))

    def probabilities(self, history: Sequence[int]) -> np.ndarray:
        """Returns (vocab,) float64: how likely each symbol is after `history`.

        A history that starts with the boundary is the start of a document; another is somewhere
        inside.
        """
        history = np.asarray(history, np.int64)
        ids = np.concatenate([[*history, symbol] for symbol in range(self.vocab)]).astype(np.int64)
        places = np.arange(1, self.vocab + 1) * (len(history) + 1) - 1
        return self._score(_Stream(ids, places, np.full(self.vocab, len(history))))

    def _score(self, stream: _Stream) -> np.ndarray:
        """Returns (places,) float64 probabilities, from the shortest context to the longest."""
        ids, places, ages = stream
        probabilities = np.full(len(places), 1 / self.vocab)
        contexts = np.zeros(len(places), np.int64)
        known = np.arange(len(places))  # the places whose context was seen in training
        for length, level in enumerate(self._levels):
            if length:
                known = known[ages[known] >= length]
                keys = contexts[known] * self.vocab + ids[places[known] - length]
                found, where = _find(level.contexts, keys)
                known = known[found]
                contexts[known] = where[found]
            found, where = _find(level.grams, contexts[known] * self.vocab + ids[places[known]])
            shares = np.where(found, level.shares[where], 0)
            probabilities[known] = shares + level.rests[contexts[known]] * probabilities[known]
        return probabilities


def bits_per_character(model: NGram, documents: Iterable[Sequence[int]]) -> float:
    """Returns the mean bits of the symbols of whole documents, the end of each being a symbol."""
    return float(np.mean(np.concatenate([model.bits(ids) for ids in documents])))


def choose_order(
    train: Iterable[Sequence[int]],
    valid: Sequence[Sequence[int]],
    vocab: int,
    orders: Sequence[int] = range(2, 13),
) -> int:
    """Returns the order whose model of `train` gives `valid` the fewest bits.

    Counts once for all orders: 7 s for a million characters and the orders 2 to 12.
    """
    counts = _count(_Stream.of(train, vocab), vocab, max(orders))
    return min(orders, key=lambda order: bits_per_character(NGram(counts[:order], vocab), valid))


def _count(stream: _Stream, vocab: int, order: int) -> list[_Counts]:
    """Returns the counts by length of context, 0 to order - 1 or to the longest there is."""
    if order < 1:
        raise ValueError(f"An n-gram needs order >= 1, got {order=}.")
    ids, places, ages = stream
    contexts = np.zeros(len(places), np.int64)
    levels: list[_Counts] = []
    for length in range(order):
        old = ages >= length
        if not old.any():
            break
        places, ages, contexts = places[old], ages[old], contexts[old]
        keys = contexts * vocab + ids[places - length] if length else contexts
        seen, contexts = np.unique(keys, return_inverse=True)
        grams, occurrences = np.unique(contexts * vocab + ids[places], return_counts=True)
        if levels:
            _count_continuations(levels[-1], seen[grams // vocab] // vocab * vocab + grams % vocab)
        levels.append(_Counts(seen, grams, occurrences, occurrences.copy()))
    return levels


def _count_continuations(shorter: _Counts, grams: np.ndarray) -> None:
    """Sets the continuations of one level from the next: `grams`, their oldest symbols cut off."""
    keys, counts = np.unique(grams, return_counts=True)
    shorter.continuations[np.searchsorted(shorter.grams, keys)] = counts


def _smooth(level: _Counts, counts: np.ndarray, vocab: int) -> _Level:
    contexts = level.grams // vocab
    discounts = _discounts(counts)[np.minimum(counts, 3)]
    totals = np.bincount(contexts, counts)
    rests = np.bincount(contexts, discounts) / totals
    return _Level(level.contexts, level.grams, (counts - discounts) / totals[contexts], rests)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Returns (4,): what is taken from a count of 0, 1, 2, and 3 or more.

    Chen and Goodman's estimates from how many grams have the counts 1 to 4; half the count (at
    most 1.5), as KenLM's --discount_fallback, where too few grams allow none.
    """
    n = np.bincount(np.minimum(counts, 5), minlength=6)
    discounts = np.array([0, 0.5, 1, 1.5])
    for k in (1, 2, 3):
        if n[1] and n[k] and n[k + 1]:
            estimate = k - (k + 1) * n[1] / (n[1] + 2 * n[2]) * n[k + 1] / n[k]
            discounts[k] = estimate if estimate > 0 else discounts[k]
    return discounts


def _find(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns which of `wanted` are among the sorted `keys`, and their indices there."""
    where = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return keys[where] == wanted, where

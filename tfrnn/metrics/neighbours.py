"""The captioner that knows nothing but to look up: what was said of the most similar pictures.

J. Devlin et al. (2015), "Exploring nearest neighbor approaches for image captioning",
https://arxiv.org/abs/1505.04467: of the captions of the nearest pictures, the one that most others
agree with. It never writes anything new, and a captioner that does not beat it has learnt nothing
that a table lacks.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

ORDERS = 4  # sequences of 1 to so many words, as in CIDEr
_BLOCK = 256  # pictures asked at a time: with 100,000 known ones a table of 100 MB


def nearest_pictures(known: np.ndarray, asked: np.ndarray, count: int) -> np.ndarray:
    """Returns the places of the known pictures whose features are most like those asked for.

    By cosine; of equally similar pictures the first. A picture whose features are all 0 is
    equally unlike every other.

    Args:
        known: (n, features) of the pictures with captions.
        asked: (m, features).
        count: How many to find, at most n.

    Returns:
        (m, count) int64, the most similar first.

    Raises:
        ValueError: If shapes do not fit, `count` is not in [1, n], or a feature is not finite.

    >>> nearest_pictures(np.eye(3), np.array([[0.1, 0.0, 0.9]]), count=2).tolist()
    [[2, 0]]
    """
    known, asked = np.asarray(known, np.float32), np.asarray(asked, np.float32)
    if known.ndim != 2 or asked.ndim != 2 or known.shape[1] != asked.shape[1]:
        raise ValueError(
            f"Pictures need features (n, f) and (m, f), got {known.shape} and {asked.shape}."
        )
    if not 1 <= count <= len(known):
        raise ValueError(f"Got {count:,} pictures to find among {len(known):,}.")
    if not (np.isfinite(known).all() and np.isfinite(asked).all()):
        raise ValueError("Features of pictures need to be finite.")
    found = np.empty((len(asked), count), np.int64)
    known = normalize(known)
    for start in range(0, len(asked), _BLOCK):
        block = slice(start, start + _BLOCK)
        found[block] = [_largest(row, count) for row in normalize(asked[block]) @ known.T]
    return found


class Consensus:
    """Chooses the caption that others agree with; `Consensus.fit` makes one.

    Two captions are as similar as CIDEr without clipping has it: the mean over n = 1..4 of the
    cosine of their n-grams, each weighed by log(captions / captions that have it).
    """

    def __init__(self, vectors: CountVectorizer, rarity: np.ndarray, lengths: np.ndarray):
        self.vectors, self.rarity, self.lengths = vectors, rarity, lengths

    @classmethod
    def fit(cls, captions: Sequence[str]) -> "Consensus":
        """Counts in how many captions each sequence of words occurs.

        Args:
            captions: All of training, words with spaces between them.

        Raises:
            ValueError: If there is no word.
        """
        vectors = CountVectorizer(
            token_pattern=r"\S+", lowercase=False, ngram_range=(1, ORDERS), dtype=np.float32
        )
        try:
            table = vectors.fit_transform(captions)
        except ValueError:
            raise ValueError("A consensus needs captions with at least one word.") from None
        rarity = np.log(table.shape[0] / table.getnnz(axis=0)).astype(np.float32)
        names = vectors.get_feature_names_out()
        return cls(vectors, rarity, np.array([name.count(" ") for name in names]))

    def choose(self, candidates: Sequence[str], *, others: int) -> str:
        """Returns the caption with the largest mean similarity to the `others` most like it.

        Those most like it, not all: pictures that only look alike bring captions of something
        else, and these have no say. Where there are fewer, all count; of equals the first wins.

        Args:
            candidates: Captions of the nearest pictures, the nearest first; what occurs more than
                once counts more than once.
            others: With how many it is compared.

        Raises:
            ValueError: If there is no candidate or `others` is below 1.

        >>> model = Consensus.fit(["two boats", "the dog runs", "a dog runs", "a dog runs off"])
        >>> model.choose(["two boats", "the dog runs", "a dog runs off", "a dog runs"], others=2)
        'a dog runs'
        """
        if not len(candidates) or others < 1:
            raise ValueError(
                f"A consensus needs a candidate and another, got {len(candidates)} and {others}."
            )
        similarity = self._similarities(candidates)
        np.fill_diagonal(similarity, -1)  # below all others: nobody votes for oneself
        kept = min(others, len(candidates) - 1)
        if not kept:
            return candidates[0]
        votes = np.partition(similarity, -kept, axis=1)[:, -kept:].mean(axis=1)
        return candidates[int(np.argmax(votes))]

    def _similarities(self, captions):
        """Returns (captions, captions) float32, 0 to 1."""
        table = self.vectors.transform(captions)
        table.data *= self.rarity[table.indices]
        # All n share one table, in which the n-grams of a row have norm 1 for each n by itself.
        rows = np.repeat(np.arange(len(captions)), np.diff(table.indptr))
        groups = rows * ORDERS + self.lengths[table.indices]
        norms = np.sqrt(np.bincount(groups, table.data**2))
        table.data /= np.maximum(norms, np.finfo(np.float32).tiny)[groups]
        return (table @ table.T).toarray() / ORDERS


def _largest(row, count):
    """Returns the places of the largest values, in order; of equals the first."""
    least = np.partition(row, -count)[-count]
    kept = np.flatnonzero(row >= least)
    return kept[np.argsort(-row[kept], kind="stable")[:count]]

"""Finding one thing among others: how far ahead it is, and how far words alone would put it.

The mean reciprocal rank is that of Voorhees 1999, "The TREC-8 Question Answering Track Report",
https://trec.nist.gov/pubs/trec8/papers/qa_report.pdf.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer


def ranks(scores: np.ndarray) -> np.ndarray:
    """Returns the rank of the first candidate of each row, 1 for the best.

    Among candidates of the same score it stands in their middle, so that who cannot tell them apart
    gains nothing.

    Args:
        scores: (questions, candidates), the higher, the better; the right one is the first.

    >>> ranks(np.array([[0.9, 0.2, 0.1], [0.3, 0.8, 0.3], [0.0, 0.0, 0.0]]))
    array([1. , 2.5, 2. ])
    """
    right = scores[:, :1]
    better = (scores[:, 1:] > right).sum(1)
    alike = (scores[:, 1:] == right).sum(1)
    return 1 + better + alike / 2


def found(scores: np.ndarray) -> float:
    """Returns the share of rows whose first candidate is the best; of several such, its share.

    >>> found(np.array([[0.9, 0.2], [0.5, 0.5], [0.1, 0.2]]))
    0.5
    """
    right = scores[:, :1]
    ahead = (scores[:, 1:] <= right).all(1)
    return float(np.mean(ahead / (1 + (scores[:, 1:] == right).sum(1))))


def mean_reciprocal_rank(scores: np.ndarray) -> float:
    """Returns the mean of 1 / rank, see `ranks`.

    >>> mean_reciprocal_rank(np.array([[0.9, 0.2], [0.1, 0.2]]))
    0.75
    """
    return float(np.mean(1 / ranks(scores)))


def chance(candidates: int) -> float:
    """Returns the mean reciprocal rank of who guesses.

    >>> chance(2)
    0.75
    """
    return float(np.mean(1 / np.arange(1, candidates + 1)))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Returns vectors, a row each, brought to length 1; those of length 0 as they are."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Returns the cosine of each pair of vectors, (texts, texts); 0 where one has length 0."""
    return unit(vectors) @ unit(vectors).T


def word_cosines(known: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """Returns the cosine of each pair of texts by their words, weighted by how rare these are.

    Args:
        known: Texts whose words are counted.
        texts: Those that are compared.
    """
    vectors = TfidfVectorizer(token_pattern=r"(?u)\w+", sublinear_tf=True).fit(known)
    table = vectors.transform(texts)
    return (table @ table.T).toarray()

"""CIDEr-D: how much a caption says of what people agree on, rare words counting more.

R. Vedantam, C. L. Zitnick, D. Parikh (2015), "CIDEr: consensus-based image description
evaluation", https://arxiv.org/abs/1411.5726. With c the caption, s one of its m references, h(c)
how often a sequence of n words occurs in c, and df in how many pictures' references it occurs:

    g_n(c)    = h(c) log(pictures / df)
    sim_n     = exp(-(|c| - |s|)^2 / (2 sigma^2)) min(g_n(c), g_n(s)) . g_n(s) / |g_n(c)| |g_n(s)|
    CIDEr-D   = 10 / m sum over references of the mean of sim_n, n = 1..4

|c| is how many words c has. As in the authors' program h is a count, not divided by the length,
and what no reference has is given df = 1.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tfrnn.metrics.captions import check_references

ORDERS = 4
SIGMA = 6.0  # words
SCALE = 10.0


class _Weighed(NamedTuple):
    """A caption: for each n the weights of its n-grams, the norm of these; and how many words."""

    weights: list[dict[tuple[str, ...], float]]
    norms: list[float]
    words: int


def cider_d(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Returns the mean CIDEr-D of a corpus; arguments and errors as in `cider_d_each`."""
    return float(np.mean(cider_d_each(texts, references)))


def cider_d_each(texts: Sequence[str], references: Sequence[Sequence[str]]) -> np.ndarray:
    """Returns the CIDEr-D of each caption.

    A figure depends on the corpus, for its references say what is rare: words that all
    pictures have weigh nothing, and so a corpus of one picture has 0 whatever its caption is.

    Args:
        texts: A caption for each picture; an empty one has 0.
        references: What people wrote of each picture.

    Returns:
        (texts,) float64, 0 to 10; often printed times 100.

    Raises:
        ValueError: If lengths differ or something lacks references.

    >>> texts = ["a dog runs on grass", "two boats at sea"]
    >>> cider_d_each(texts, [["a dog runs on grass"], ["two boats sail"]]).round(3).tolist()
    [10.0, 2.43]
    """
    check_references(texts, references)
    counts = [[_count(reference) for reference in own] for own in references]
    pictures = Counter(ngram for own in counts for ngram in set().union(*own))
    rarity = {ngram: math.log(len(texts) / count) for ngram, count in pictures.items()}
    unseen = math.log(len(texts))
    scores = []
    for text, own in zip(texts, counts):
        caption = _weigh(_count(text), rarity, unseen)
        found = [_similarity(caption, _weigh(count, rarity, unseen)) for count in own]
        scores.append(SCALE * sum(found) / len(found))
    return np.array(scores)


def _count(text: str) -> Counter:
    """Returns how often each sequence of 1 to 4 words occurs."""
    words = text.split()
    starts = ((n, i) for n in range(1, ORDERS + 1) for i in range(len(words) - n + 1))
    return Counter(tuple(words[i : i + n]) for n, i in starts)


def _weigh(count: Counter, rarity: Mapping, unseen: float) -> _Weighed:
    weights: list[dict] = [{} for _ in range(ORDERS)]
    words = 0
    for ngram, times in count.items():
        weights[len(ngram) - 1][ngram] = times * rarity.get(ngram, unseen)
        words += times * (len(ngram) == 1)
    norms = [math.sqrt(sum(weight**2 for weight in own.values())) for own in weights]
    return _Weighed(weights, norms, words)


def _similarity(caption: _Weighed, reference: _Weighed) -> float:
    """Returns the mean over n of what the two share, 0 to 1; 1 where they are the same."""
    total = 0.0
    for n in range(ORDERS):
        wanted = reference.weights[n]
        shared = sum(
            min(weight, wanted[ngram]) * wanted[ngram]
            for ngram, weight in caption.weights[n].items()
            if ngram in wanted
        )
        if shared:  # then neither norm is 0
            total += shared / (caption.norms[n] * reference.norms[n])
    distance = caption.words - reference.words
    return math.exp(-(distance**2) / (2 * SIGMA**2)) * total / ORDERS

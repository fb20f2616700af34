"""Baselines that only count: the most frequent label, and the most frequent tag of each word."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np


class MajorityClass:
    """Gives every text the labels' shares in training, and so the most frequent label.

    `MajorityClass.fit` makes one.
    """

    def __init__(self, shares: np.ndarray):
        self.shares = shares

    @classmethod
    def fit(cls, labels: Sequence[int], classes: int) -> "MajorityClass":
        """Counts.

        Raises:
            ValueError: If there is no label, or an id is not in [0, classes).

        >>> MajorityClass.fit([0, 1, 1, 1], classes=3).predict_proba(["a text"]).tolist()
        [[0.25, 0.75, 0.0]]
        """
        return cls(count_labels(labels, classes) / len(labels))

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Returns (texts, classes) float64, all rows alike."""
        return np.tile(self.shares, (len(texts), 1))


class MostFrequentTag:
    """Gives a word its most frequent tag in training, an unseen word that of all words.

    `MostFrequentTag.fit` makes one.
    """

    def __init__(self, tags: dict[str, str], other: str):
        self.tags, self.other = tags, other

    @classmethod
    def fit(
        cls, words: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]
    ) -> "MostFrequentTag":
        """Counts.

        Of tags that are equally frequent for a word, the one more frequent overall is taken, then
        the first by name: what it says does not depend on the order of the sentences.

        Args:
            words: Sentence by sentence, as they are written.
            tags: One for each word.

        Raises:
            ValueError: If lengths differ or there is no word.

        >>> model = MostFrequentTag.fit([["a", "run"], ["we", "run", "run"]],
        ...                             [["DET", "NOUN"], ["PRON", "VERB", "VERB"]])
        >>> model.predict(["a", "run", "ran"])
        ['DET', 'VERB', 'VERB']
        """
        overall: Counter[str] = Counter()
        by_word: dict[str, Counter[str]] = defaultdict(Counter)
        for sentence, sentence_tags in zip(words, tags, strict=True):
            overall.update(sentence_tags)
            for word, tag in zip(sentence, sentence_tags, strict=True):
                by_word[word][tag] += 1
        if not overall:
            raise ValueError("The most frequent tag needs at least one word, got none.")

        def most_frequent(counts):
            return min(counts, key=lambda tag: (-counts[tag], -overall[tag], tag))

        return cls(
            {word: most_frequent(counts) for word, counts in by_word.items()},
            most_frequent(overall),
        )

    def predict(self, words: Sequence[str]) -> list[str]:
        """Returns a tag for each word of a sentence."""
        return [self.tags.get(word, self.other) for word in words]


def count_labels(labels: Sequence[int], classes: int) -> np.ndarray:
    """Returns (classes,) int64: how often each label occurs.

    Raises:
        ValueError: If there is no label, or an id is not in [0, classes).
    """
    labels = np.asarray(labels)
    if not len(labels) or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"A baseline needs at least one label, all in [0, {classes}).")
    return np.bincount(labels, minlength=classes)

"""The baseline that knows nothing but to look up: of each text the most similar one."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer


def nearest(known: Sequence[str], texts: Sequence[str]) -> list[int]:
    """Returns the place of the known text whose words are most like those of each text.

    By the cosine of TF-IDF vectors of words and pairs of words; of several the first.

    >>> nearest(["a cat sleeps", "a dog runs"], ["the dog runs away"])
    [1]
    """
    vectors = TfidfVectorizer(token_pattern=r"(?u)\w+|[^\w\s]", ngram_range=(1, 2))
    table = vectors.fit_transform(known)
    asked = vectors.transform(texts)
    return [int(np.argmax((row @ table.T).toarray())) for row in asked]

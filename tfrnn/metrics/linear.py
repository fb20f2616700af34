"""The baseline that a classifier of texts has to beat: n-grams and logistic regression.

What a text holds of words and pairs of words, and of characters in pieces of 2 to 5 within a word,
each weighed by TF-IDF; then multinomial logistic regression on all of them. No order beyond that,
nothing learnt of what words mean. It is hard to beat on short texts: S. Wang, C. D. Manning (2012),
"Baselines and bigrams: simple, good sentiment and topic classification",
https://aclanthology.org/P12-2018/.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

from tfrnn.metrics.frequency import MajorityClass, count_labels

# Ours, measured on validation texts of intents and of sentiment: pieces within words do better than
# pieces across them, punctuation as words of its own better than none, C = 10 better than 3 or 30.
WORDS = r"\w+|[^\w\s]+"
CHARACTERS = 2, 5
C = 10.0
TOLERANCE = 0.01  # a tenth of it takes half as long again and changes no figure


class Linear:
    """Logistic regression on n-grams; `fit_linear` makes one."""

    def __init__(self, pipeline: Pipeline, classes: int):
        self.pipeline, self.classes = pipeline, classes

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Returns (texts, classes) float64; a label that training lacks has 0."""
        probabilities = np.zeros((len(texts), self.classes))
        if len(texts):
            known = self.pipeline.classes_
            probabilities[:, known] = self.pipeline.predict_proba(texts)
        return probabilities


def fit_linear(
    texts: Sequence[str], labels: Sequence[int], *, classes: int, seed: int
) -> Linear | MajorityClass:
    """Learns from training texts.

    15,000 short texts with 150 labels take 17 s of one core: the solver goes through the texts
    one by one (M. Schmidt, N. Le Roux, F. Bach (2017), "Minimizing finite sums with the stochastic
    average gradient", https://arxiv.org/abs/1309.2388), while L-BFGS or one regression for each
    label takes minutes.

    Args:
        texts: As they are written; upper and lower case are one.
        labels: (texts,) int in [0, classes).
        classes: How many labels there are.
        seed: Of the order in which the solver takes the texts.

    Returns:
        What has `predict_proba(texts) -> (texts, classes)`. Where there is nothing to learn, all
        texts blank or of one label, that is the majority's.

    Raises:
        ValueError: If there is no text, a label for something else, or a label out of range.

    >>> model = fit_linear(["set a timer", "stop the timer", "play a song", "play jazz"],
    ...                    [0, 0, 1, 1], classes=2, seed=0)
    >>> model.predict_proba(["a new timer", "some songs"]).argmax(1).tolist()
    [0, 1]
    """
    if len(texts) != len(labels):
        raise ValueError(f"Got {len(labels):,} labels for {len(texts):,} texts.")
    counts = count_labels(labels, classes)
    if np.count_nonzero(counts) < 2 or not any(text.strip() for text in texts):
        return MajorityClass.fit(labels, classes)
    words = TfidfVectorizer(token_pattern=WORDS, ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=CHARACTERS, sublinear_tf=True)
    regression = LogisticRegression(
        C=C,
        solver="sag",
        tol=TOLERANCE,
        max_iter=10_000,  # a handful of texts needs many passes, thousands need 25
        random_state=seed,
    )
    union = FeatureUnion([("words", words), ("characters", characters)])
    return Linear(make_pipeline(union, regression).fit(texts, labels), classes)

"""What a trained classifier of texts is used through: texts in, labels and probabilities out."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from models.calibration import NOT_FITTED, Calibration
from models.lengths import about_as_long
from tfrnn.errors import UsageError

BATCH = 512  # texts that are read at a time
MOST = 10  # labels of an answer


class Answer(NamedTuple):
    """What a classifier says of one text.

    label: The likeliest. confidence: Its probability among the labels. familiar: Whether the text
    is in scope. runners_up: The next labels and their probabilities.
    """

    label: str
    confidence: float
    familiar: bool
    runners_up: tuple[tuple[str, float], ...]


class Readings(NamedTuple):
    """What a classifier makes of texts before anything is decided.

    logits: (texts, labels) float32, of the labels in scope. familiarity: (texts,) float32.
    """

    logits: np.ndarray
    familiarity: np.ndarray


class Labeller(tf.Module):
    """Classifies texts; also what is exported.

    The familiarity of a text is its largest logit, less that of the label for texts out of scope
    where the model has learnt one: a logit says how much speaks for a label, while a probability,
    which must add up to 1, is high wherever the others are even worse (ours, measured; Vaze et
    al. 2022, https://arxiv.org/abs/2110.06207, find the same of pictures).

    Args:
        model: Built, with `call(inputs)` -> (batch, labels) logits and `explain(inputs)`.
        encoder: `tfrnn.data.tokens.SentenceEncoder` of the model's ids.
        labels: Name of each label; the last is that of texts out of scope if `rejects`.
        rejects: Whether the model has learnt a label for texts out of scope.
        calibration: What was fitted on validation.
    """

    def __init__(
        self,
        model: keras.Model,
        encoder,
        labels: Sequence[str],
        *,
        rejects: bool,
        calibration: Calibration = NOT_FITTED,
    ):
        super().__init__()
        self.model, self.encoder, self.calibration = model, encoder, calibration
        self.rejects = rejects
        self.labels = tuple(labels[:-1] if rejects else labels)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def read(self, text):
        """(batch,) strings -> logits (batch, labels) and familiarity (batch,), float32."""
        rows = tf.shape(text)[0]
        # One row alone is multiplied by other kernels than several, and would differ from itself
        # among others in the last digits: it is read twice.
        text = tf.concat([text, text[: tf.cast(rows == 1, tf.int32)]], 0)
        logits = self.model(self.encoder.inputs(self.encoder.split(text)), training=False)[:rows]
        inside = logits[:, : len(self.labels)]
        familiarity = tf.reduce_max(inside, 1)
        if self.rejects:
            familiarity -= logits[:, -1]
        return {"logits": inside, "familiarity": familiarity}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def classify(self, text):
        """Names the likeliest labels of each text, the likeliest first.

        Returns:
            labels: (batch, MOST) string, or fewer where there are fewer labels.
            probabilities: The same shape, float32, calibrated.
            familiar: (batch,) bool, whether the text is in scope.
            familiarity: (batch,) float32, what was compared with the threshold.
        """
        found = self.read(text)
        probabilities = tf.nn.softmax(found["logits"] / self.calibration.temperature)
        best = tf.math.top_k(probabilities, min(MOST, len(self.labels)))
        threshold = self.calibration.threshold
        least = -np.inf if threshold is None else threshold
        return {
            "labels": tf.gather(tf.constant(self.labels), best.indices),
            "probabilities": best.values,
            "familiar": found["familiarity"] >= least,
            "familiarity": found["familiarity"],
        }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def distribution(self, text):
        """Gives every label its probability: label (labels,), probabilities (batch, labels)."""
        logits = self.read(text)["logits"]
        probabilities = tf.nn.softmax(logits / self.calibration.temperature)
        return {"label": tf.constant(self.labels), "probabilities": probabilities}

    def signatures(self) -> dict[str, Callable]:
        """Returns what a SavedModel serves, by name."""
        return {"classify": self.classify, "distribution": self.distribution}

    def examples(self) -> dict[str, dict]:
        """Returns inputs of each signature, on which an export is checked."""
        text = np.array([b"what time is it in lisbon?", b"", "\u65e5\u672c 7".encode()])
        return {name: {"text": text} for name in self.signatures()}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def _explain(self, text):
        tokens = self.encoder.split(text)
        return tokens, self.model.explain(self.encoder.inputs(tokens))

    def answer(self, texts: Sequence[str]) -> list[Answer]:
        """Classifies texts, in their order; what one comes to depends on no other."""
        return answers(self.classify, texts)

    def readings(self, texts: Sequence[str]) -> Readings:
        """Returns logits and familiarity of texts, in their order."""
        return Readings(**in_batches(self.read, texts))

    def explain(self, texts: Sequence[str]) -> list[list[tuple[str, float]]]:
        """Returns the words of each text, and the share of the attention that each got.

        Raises:
            UsageError: If the model has no attention.
        """
        try:
            tokens, weights = self._explain(tf.constant(list(texts), tf.string))
        except ValueError as error:
            raise UsageError(f"{error} There is nothing to --explain.") from error
        return [
            [(word.decode(), float(weight)) for word, weight in zip(row, shares)]
            for row, shares in zip(tokens.to_list(), weights.numpy())
        ]


def answers(classify: Callable, texts: Sequence[str]) -> list[Answer]:
    """Returns what a `classify` signature says, of this package or of an exported model."""
    found = in_batches(classify, texts)
    return [
        Answer(
            names[0].decode(),
            float(shares[0]),
            bool(familiar),
            tuple((name.decode(), float(p)) for name, p in zip(names[1:], shares[1:])),
        )
        for names, shares, familiar in zip(
            found["labels"], found["probabilities"], found["familiar"]
        )
    ]


def in_batches(function: Callable, texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Calls a signature on texts about as long as each other, BATCH at a time.

    Returns:
        Each output for all texts, in their order.
    """
    places = list(about_as_long(texts, BATCH)) or [[]]  # of no text too there are columns
    batches = [tf.constant([texts[i] for i in chosen], tf.string) for chosen in places]
    # A recurrence has little to share out within a batch, so each core takes some batches.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(lambda batch: function(text=batch), batches))
    back = np.argsort(np.concatenate(places), kind="stable")
    return {name: np.concatenate([part[name] for part in parts])[back] for name in parts[0]}

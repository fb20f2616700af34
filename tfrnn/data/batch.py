"""The one shape of a batch and of a dataset, whatever the task."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import tensorflow as tf


class Batch(NamedTuple):
    """What a dataset yields, a model reads and a loss weighs.

    inputs: named tensors, each (batch, time, ...) or (batch, ...); a model's
        docstring says which names it reads.
    targets: (batch, time) int32 ids, (batch, time, features) float32, or (batch,).
    weights: float32 with the leading axes of targets, 1 on what counts, 0 on padding.
    """

    inputs: dict[str, tf.Tensor]
    targets: tf.Tensor
    weights: tf.Tensor


class Splits(NamedTuple):
    """A task's data.

    train: start -> endless batches from number `start` on. Batch k is a pure function of the
        data, the seed and k, so that a run resumes anywhere with nothing to save but its step.
    valid: a finite pass over what early stopping and choices may look at.
    test: a finite pass over what is scored once, at the end.
    sizes: what a model must know of the data, such as {"vocab": 65}.
    epoch: batches of a pass over the training data; 0 where rows are drawn from it endlessly.
    """

    train: Callable[[int], Iterable[Batch]]
    valid: Iterable[Batch]
    test: Iterable[Batch]
    sizes: dict[str, Any]
    epoch: int = 0

"""What is trained: shapes, first weights and batches, the same for every side. No framework."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CELLS = {"lstm": 4, "gru": 3, "rnn": 1}  # the blocks of columns of a kernel


@dataclass(frozen=True)
class Task:
    """embedding -> recurrent layers -> dense, cross-entropy over the vocabulary, Adam.

    shape: The name of the sizes. layers: On top of each other. both: Whether they read both ways.
    """

    cell: str
    shape: str
    batch: int
    steps: int
    units: int
    embed: int
    vocab: int
    layers: int = 1
    both: bool = False

    @property
    def name(self) -> str:
        """As it stands in a table.

        >>> Task("lstm", "B", **SHAPES["B"], layers=2).name
        'lstm B, 2 layers'
        """
        more = f", {self.layers} layers" if self.layers > 1 else ""
        return f"{self.cell} {self.shape}{more}{', bidirectional' if self.both else ''}"

    @property
    def width(self) -> int:
        """Of what the last layer puts out."""
        return self.units * (1 + self.both)

    @property
    def flops(self) -> int:
        """Of the matrix products of one step, forward and twice that backward.

        Those of the embedding count as products of every token, whoever folds them into fewer.
        """
        features = [self.embed, *[self.width] * (self.layers - 1)]
        recurrent = sum(CELLS[self.cell] * self.units * (n + self.units) for n in features)
        recurrent *= 1 + self.both
        return 3 * 2 * self.batch * self.steps * (recurrent + self.width * self.vocab)


SHAPES = {
    "A": {"batch": 32, "steps": 100, "units": 1024, "embed": 256, "vocab": 83},  # MIT lab's text
    "B": {"batch": 32, "steps": 100, "units": 256, "embed": 64, "vocab": 83},
    "C": {"batch": 64, "steps": 20, "units": 128, "embed": 128, "vocab": 151},  # intents
    "D": {"batch": 64, "steps": 50, "units": 512, "embed": 256, "vocab": 5000},  # words
    "tiny": {"batch": 4, "steps": 8, "units": 16, "embed": 8, "vocab": 23},  # to see it work
}


def tasks(shapes: Sequence[str], cells: Sequence[str]) -> list[Task]:
    """Returns every cell at every shape; the LSTM at B also in two layers and both ways.

    >>> [task.name for task in tasks(["B"], ["lstm", "gru"])]
    ['lstm B', 'gru B', 'lstm B, 2 layers', 'lstm B, bidirectional']
    """
    found = [Task(cell, shape, **SHAPES[shape]) for shape in shapes for cell in cells]
    if "B" in shapes and "lstm" in cells:
        found.append(Task("lstm", "B", **SHAPES["B"], layers=2))
        found.append(Task("lstm", "B", **SHAPES["B"], both=True))
    return found


def first_weights(task: Task) -> list[np.ndarray]:
    """Draws the weights that all sides begin with, in Keras' shapes and order.

    Embedding; kernel, recurrent kernel and bias of each layer and direction; dense and its bias.
    Biases are not zero: one that is left out must show.
    """
    draw = np.random.default_rng(len(task.name))
    blocks = CELLS[task.cell]

    def normal(*shape, scale):
        return draw.normal(0, scale, shape).astype(np.float32)

    weights = [normal(task.vocab, task.embed, scale=0.05)]
    for layer in range(task.layers):
        features = task.width if layer else task.embed
        for _ in range(1 + task.both):
            bias = (2, blocks * task.units) if task.cell == "gru" else (blocks * task.units,)
            for rows in (features, task.units):
                weights.append(normal(rows, blocks * task.units, scale=rows**-0.5))
            weights.append(normal(*bias, scale=0.1))
    weights.append(normal(task.width, task.vocab, scale=task.width**-0.5))
    return [*weights, normal(task.vocab, scale=0.1)]


def batches(task: Task, count: int) -> np.ndarray:
    """Draws ids that there is something to learn from: (count, batch, steps + 1) int32.

    Low ids are frequent, and half of the ids follow from the one before, so that the loss falls at
    once and a side that learns otherwise has another loss after a few steps.
    """
    draw = np.random.default_rng(0)
    shape = (count, task.batch, task.steps + 1)
    ids = (task.vocab * draw.random(shape) ** 3).astype(np.int32)
    follows = draw.random(shape) < 0.5
    for t in range(1, task.steps + 1):
        after = (7 * ids[..., t - 1] + 3) % task.vocab
        ids[..., t] = np.where(follows[..., t], after, ids[..., t])
    return ids

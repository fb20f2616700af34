"""Who takes part in the training benchmarks; readable without any framework."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from benchmarks.machine import cores, multiplies_bfloat16
from benchmarks.sides import TENSORFLOW, TORCH, installed
from benchmarks.tasks import Task, batches, first_weights

STEPS = 20  # from the same weights, after which all have the same loss
LEARNING_RATE = 3e-3
OURS, KERAS, PYTORCH = "tfrnn", "keras", "torch"
_SPELT = {"xla": "XLA", "llvm": "LLVM"}
_BFLOAT16 = multiplies_bfloat16()


@dataclass(frozen=True)
class Contender:
    """A library and how it computes a step.

    precision: Of its products. compile: "graph", "xla" or "llvm", see `TrainConfig`. shards: Parts
    of the batch that are computed side by side, which only ours does, as it does LLVM.
    """

    library: str
    precision: str
    compile: str = "graph"
    shards: int = 1

    @property
    def name(self) -> str:
        """As it stands in a table.

        >>> Contender(KERAS, "float32", "xla").name
        'keras float32 XLA'
        """
        way = "" if self.library == PYTORCH else f" {_SPELT.get(self.compile, self.compile)}"
        shards = f", {self.shards} shards" if self.shards > 1 else ""
        return f"{self.library} {self.precision}{way}{shards}"

    @property
    def side(self) -> str:
        """The process it runs in."""
        return TORCH if self.library == PYTORCH else TENSORFLOW

    @property
    def installed(self) -> bool:
        """Whether it can take part."""
        return installed(self.side)


REFERENCE = Contender(KERAS, "float32")
OUR_WAYS = (
    Contender(OURS, "float32"),
    Contender(OURS, "float32", "xla"),
    Contender(OURS, "float32", "llvm"),
    *([Contender(OURS, "bfloat16", way) for way in ("graph", "llvm")] if _BFLOAT16 else []),
)
# What train.py chooses from: whole, or a part of the batch for each core.
ALL_OURS = tuple(dict.fromkeys(replace(way, shards=n) for n in (1, cores()) for way in OUR_WAYS))
CONTENDERS = (
    *ALL_OURS,
    REFERENCE,
    Contender(KERAS, "float32", "xla"),
    Contender(PYTORCH, "float32"),
    *([Contender(who, "bfloat16") for who in (KERAS, PYTORCH)] if _BFLOAT16 else []),
)


class Learning(NamedTuple):
    """A model in training.

    step: Takes the next step, and returns its loss. score: (rows, steps + 1) ids -> nats an id.
    """

    step: Callable[[], float]
    score: Callable[[np.ndarray], float]


def learner(contender: Contender, task: Task, ids: np.ndarray) -> Learning:
    """Begins to train a model, in this process, from the weights that all begin with.

    Args:
        contender: Whose model.
        task: Its sizes.
        ids: (count, batch, steps + 1); the batches come around again after `count` of them, and
            are tensors before they are timed.
    """
    weights = first_weights(task)
    if contender.library == PYTORCH:
        from benchmarks.torch_side import training

        return training(task, weights, ids, precision=contender.precision)
    from benchmarks.tensorflow_side import keras_training, our_training

    make = our_training if contender.library == OURS else keras_training
    return make(task, weights, ids, contender)


def our_ways() -> dict[str, tuple[str, int]]:
    """Returns name -> (compile, shards): whole, a part of a batch for each core, or by LLVM.

    For models that XLA does not compile.

    >>> our_ways()["tfrnn"]
    ('graph', 1)
    """
    cut = {f"{OURS}, {n} shards": ("graph", n) for n in (cores(),) if n > 1}
    return {OURS: ("graph", 1)} | cut | {f"{OURS} LLVM": ("llvm", 1)}


def stepper(contender: Contender, task: Task) -> Callable[[], float]:
    """Returns what takes the next training step of a task that is drawn, and returns its loss."""
    return learner(contender, task, batches(task, STEPS)).step

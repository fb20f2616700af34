"""What an entry of the zoo consists of."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tfrnn.training.axes import BITS, Axis
from tfrnn.training.config import TrainConfig

# How models of sentences are trained. Their steps are small, and XLA cannot compile those that
# look at each distinct word once.
SENTENCES = {
    "evaluate_every": 0,
    "patience": 0,
    "average": 0.998,
    "precision": "float32",
    "compile": "graph",
}


def load_best(model: Any, folder: Path) -> int:
    """Is `models.bundle.load_best`, which is imported where it is called."""
    from models import bundle

    return bundle.load_best(model, folder)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model, its data, its loss and its run: callables and numbers, never names.

    summary: One line for the list of the zoo. source: Where the sizes come from.
    data, model, train: The defaults of the command line.
    read: (data options, seed=) -> the data. It has a `summary`, `splits(data options, seed=)`,
        `documents()` (texts, for its checksum), `save(folder)` (what using the model takes) and
        `adopt(folder)` (the data with the words or characters of a run).
    prepare: (data, model config, data options) -> the data, with what the model wants made of it
        beforehand, such as a frozen network's features of pictures.
    build: (model config, precision, **sizes of the splits) -> a built model.
    begin: (new model, folder of a run) -> None; puts the run's weights into it (--init).
    loss: Model config -> what training lessens, (outputs, batch) -> a number for each target.
    judge: (outputs, batch) -> what validation goes by; None is the loss.
    score: (model, data, data options) -> a function of nothing: what validation goes by instead,
        where it is no mean over targets; the less, the better.
    judged: (entry, model config) -> the entry, judged as the config wants it.
    tell_loss, tell_valid: The mean of those, as it is shown. loss_axis, valid_axis: The same in a
        picture. counted: What a target is.
    finish: (folder of a run, its data) -> lines to show; what training ends with, such as a fit on
        validation. open: Folder of a run or a preset -> what `models.load` returns.
    module: The same folder -> the tf.Module that is exported, with its `signatures()`.
    """

    summary: str
    source: str
    data: Any
    model: Any
    train: TrainConfig
    read: Callable[..., Any]
    prepare: Callable[[Any, Any, Any], Any] = lambda data, model, options: data
    build: Callable[..., Any]
    begin: Callable[[Any, Path], Any] = load_best
    loss: Callable[..., Any]
    judge: Callable[..., Any] | None = None
    score: Callable[[Any, Any, Any], Callable[[], float]] | None = None
    judged: Callable[["Entry", Any], "Entry"] = lambda entry, config: entry
    tell_loss: Callable[[float], str]
    tell_valid: Callable[[float], str]
    loss_axis: Axis = BITS
    valid_axis: Axis = BITS
    counted: str
    finish: Callable[[Path, Any], list[tuple[str, str]]] = lambda folder, data: []
    open: Callable[[Path], Any]
    module: Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class CharacterEntry(Entry):
    """A model of characters, which writes.

    constrain: Vocabulary -> what may be written, or None. drafts: Of how many one is kept where
    that is constrained. `module` also takes free=True, for one without constraint.
    """

    constrain: Callable[[Any], Any]
    drafts: int


def bits(nats: float) -> str:
    """Says what a character costs.

    >>> bits(math.log(2))
    '1.000 bits/char'
    """
    return f"{nats / math.log(2):.3f} bits/char"


def bits_alone(nats: float) -> str:
    """Says it where the unit stands beside it anyway."""
    return f"{nats / math.log(2):.3f}"


def missed(logits: Any, batch: Any) -> Any:
    """Is `tfrnn.training.losses.missed`, which is imported where it is called."""
    from tfrnn.training import losses

    return losses.missed(logits, batch)


def smooth_cross_entropy(config: Any) -> Callable[..., Any]:
    """Returns `tfrnn.training.losses.smooth_cross_entropy` with the smoothing of a config."""
    from tfrnn.training import losses

    return partial(losses.smooth_cross_entropy, smoothing=config.smoothing)


def nats(loss: float) -> str:
    """Says what a label or a tag costs; label smoothing is part of it."""
    return f"{loss:.3f}"


def right(missed: float) -> str:
    """Says a share of mistakes as what is right.

    >>> right(0.073)
    '92.7%'
    """
    return f"{1 - missed:.1%}"

"""A run in a folder: training that is logged, saved, stopped early and resumed exactly."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from tfrnn.data.batch import Splits
from tfrnn.errors import DataError
from tfrnn.training import checkpoint
from tfrnn.training.config import TrainConfig
from tfrnn.training.gradients import LossFn
from tfrnn.training.loop import (
    Progress,
    make_average,
    make_optimizer,
    named_weights,
    train,
    variables,
)
from tfrnn.training.metrics_log import MetricsLog

METRICS = "metrics.jsonl"


class Standing(NamedTuple):
    """How a run stands after a step, saved with each checkpoint.

    best_loss, best_step: Of the lowest validation loss so far; None and 0 before.
    waiting: Evaluations since then. finished: Whether nothing is left to do.
    """

    best_loss: float | None = None
    best_step: int = 0
    waiting: int = 0
    finished: bool = False


class Report(NamedTuple):
    """One step of a run: what the step came to, how the run stands, whether it was saved."""

    progress: Progress
    standing: Standing
    saved: bool


def run(
    model: keras.Model,
    loss_fn: LossFn,
    config: TrainConfig,
    data: Splits,
    folder: Path,
    *,
    judge: LossFn | None = None,
    score: Callable[[], float] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Report]:
    """Trains in `folder`, from its newest valid checkpoint if there is one.

    Every evaluation is followed by a checkpoint; so is the step during which `stop` turned
    true, after which the iteration ends. Training also ends early when `config.patience`
    evaluations in a row brought no new best; `judge` is what they take the mean of, and `score`
    what they are instead, see `train`.
    Each step is a line of metrics.jsonl. The caller holds the folder's lock.

    Raises:
        DataError: If all checkpoints of the folder are corrupt, or of another model.
        DivergedError: See `train`.
        StorageError: If a checkpoint cannot be written; the earlier ones are whole.
    """
    optimizer = make_optimizer(model, config)
    average = make_average(model, config)
    named = variables(model, optimizer, average)
    start, standing = _restore(folder, named)
    if standing.finished or start >= config.steps:
        return
    with MetricsLog(folder / METRICS, start or None) as log:
        steps = train(
            model, loss_fn, config, data,
            judge=judge, score=score, optimizer=optimizer, average=average, start=start,
        )  # fmt: skip
        for progress in steps:
            if progress.valid_loss is not None:
                standing = _judge(standing, progress, config)
            log.append(progress.step, _values(progress))
            stopping = stop()
            due = progress.valid_loss is not None or stopping
            if due:
                log.sync()
                arrays = {name: np.asarray(v) for name, v in named.items()}
                checkpoint.save(folder, progress.step, arrays, standing._asdict())
                checkpoint.prune(folder, keep=config.keep, best=standing.best_step or None)
            yield Report(progress, standing, due)
            if stopping or standing.finished:
                return


def load_weights(model: keras.Model, point: checkpoint.Checkpoint) -> None:
    """Puts the weights of a checkpoint into a built model, optimizer and seeds aside.

    Where the run kept an average of them, that is what it was judged by and what is loaded.

    Raises:
        DataError: If the checkpoint is of a model with other weights.
    """
    _assign(named_weights(model), point._replace(arrays=checkpoint.model_weights(point)))


def _restore(folder, named):
    point = checkpoint.restore(folder)
    if point is None:
        _check_fresh(folder)
        return 0, Standing()
    _assign(named, point)
    return point.step, Standing(**point.meta)


def _check_fresh(folder):
    """Refuses to start anew where the metrics say that there was a checkpoint.

    A step is logged before it is saved, so only one that follows an evaluation proves it: the log
    of a run killed in its first save ends with that evaluation.
    """
    path = folder / METRICS
    lines = path.read_bytes().splitlines() if path.exists() else []
    evaluated = next((i for i, line in enumerate(lines, 1) if b'"valid_loss"' in line), len(lines))
    if evaluated < len(lines):
        raise DataError(
            f"{folder} has no checkpoint, but {path.name} line {evaluated} says that one was "
            "saved. Put it back from a copy, or choose another --out to start afresh."
        )


def _assign(named, point):
    for name, variable in named.items():
        found = point.arrays.get(name)
        if found is None or found.shape != tuple(variable.shape):
            there = "none" if found is None else f"shape {found.shape}"
            raise DataError(
                f"{point.path}: {name} must have shape {tuple(variable.shape)}, got {there}: it "
                "was saved by a model of other sizes."
            )
    for name, variable in named.items():
        variable.assign(point.arrays[name])


def _judge(standing: Standing, progress: Progress, config: TrainConfig) -> Standing:
    best = float("inf") if standing.best_loss is None else standing.best_loss
    if progress.valid_loss < best:  # never where it is not a number
        standing = Standing(best_loss=progress.valid_loss, best_step=progress.step)
    else:
        standing = standing._replace(waiting=standing.waiting + 1)
    tired = bool(config.patience) and standing.waiting >= config.patience
    return standing._replace(finished=tired or progress.step >= config.steps)


def _values(progress):
    values = progress._asdict()
    return {k: v for k, v in values.items() if k != "step" and v not in (None, ())}

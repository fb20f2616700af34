"""The training loop, in the open: no Trainer class, no callbacks, no hooks."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.data.batch import Batch, Splits
from tfrnn.errors import DivergedError
from tfrnn.training.average import WeightAverage
from tfrnn.training.config import TrainConfig
from tfrnn.training.gradients import LossFn, are_seeds
from tfrnn.training.schedules import Schedule
from tfrnn.training.update import LARGEST, make_update


class Progress(NamedTuple):
    """What one step came to.

    step: How many are done. targets: That counted in its batch. loss: Weighted mean over the
    batch, before the update. grad_norm: Before clipping. skipped: Whether the update was left
    out, because loss or gradient were not finite, or the loss beyond LARGEST. ill_rows: Then, the
    rows of the batch, from 0, whose own loss is so: where to look for a NaN in the data.
    valid_loss: On a step with an evaluation, else None.
    """

    step: int
    targets: int
    loss: float
    grad_norm: float
    skipped: bool
    ill_rows: tuple[int, ...]
    valid_loss: float | None


def make_optimizer(model: keras.Model, config: TrainConfig) -> keras.Optimizer:
    """Returns Adam on the config's schedule, built for the variables of a built `model`."""
    optimizer = keras.optimizers.Adam(Schedule(config))
    optimizer.build(model.trainable_variables)
    return optimizer


def make_average(model: keras.Model, config: TrainConfig) -> WeightAverage | None:
    """Returns the running average of the weights of a built `model`, where the config wants one."""
    return WeightAverage(model, config.average) if config.average else None


def train(
    model: keras.Model,
    loss_fn: LossFn,
    config: TrainConfig,
    data: Splits,
    *,
    judge: LossFn | None = None,
    score: Callable[[], float] | None = None,
    optimizer: keras.Optimizer | None = None,
    average: WeightAverage | None = None,
    start: int = 0,
) -> Iterator[Progress]:
    """Trains a built `model` in place and yields a `Progress` after each step.

    The caller logs, saves or stops as it likes between two of them. What it must save to go on
    exactly is `variables(model, optimizer, average)` and the step.

    Args:
        model: Built; its precision is its dtype policy.
        loss_fn: See `tfrnn.training.losses`.
        config: Its `precision`, `compile` and `shards` must be decided, not "auto" or 0.
        data: Where the batches come from.
        judge: (outputs, batch) -> a number for each target, whose mean over the validation split
            is `valid_loss`, such as whether the target was missed; the loss by default.
        score: What `valid_loss` is instead, where it is no such mean; the less, the better.
        optimizer: From `make_optimizer`; a fresh one by default.
        average: From `make_average`; what is scored, where there is one.
        start: Steps already done; the stream goes on there.

    Raises:
        DivergedError: After `config.bad_steps` skipped steps in a row.
    """
    optimizer = optimizer or make_optimizer(model, config)
    average = average or make_average(model, config)
    update = make_update(model, loss_fn, config, optimizer, average)
    mean = make_score(model, judge or loss_fn)
    score = score or (lambda: mean(data.valid))
    bad_steps = 0
    stream = iter(data.train(start * config.accumulate))
    together = zip(*[stream] * config.accumulate)  # so many batches at a time
    for step, batches in zip(range(start + 1, config.steps + 1), together):
        loss, norm, sound = (value.numpy().item() for value in update(batches))
        ill_rows = () if sound else _ill_rows(model, loss_fn, batches)
        bad_steps = 0 if sound else bad_steps + 1
        if bad_steps >= config.bad_steps:
            raise DivergedError(
                f"step {step:,}: loss {loss:.3g}, gradient norm {norm:.3g}: beyond use for "
                f"{bad_steps} steps in a row; a smaller --train.learning-rate may help"
            )
        due = step % config.evaluate_every == 0 or step == config.steps
        with average.in_place() if due and average else contextlib.nullcontext():
            valid = score() if due else None
        targets = sum(int(batch.weights.numpy().sum()) for batch in batches)
        yield Progress(step, targets, loss, norm, not sound, ill_rows, valid)


def make_score(model: keras.Model, loss_fn: LossFn) -> Callable[[Iterable[Batch]], float]:
    """Returns batches -> the mean of the loss over all that the batches' weights count."""

    @tf.function(autograph=False)
    def totals(batch):
        losses = loss_fn(model(batch.inputs, training=False), batch)
        return tf.reduce_sum(losses * batch.weights), tf.reduce_sum(batch.weights)

    def score(batches: Iterable[Batch]) -> float:
        sums = [totals(batch) for batch in batches]
        return float(sum(total for total, _ in sums) / sum(count for _, count in sums))

    return score


def _ill_rows(model, loss_fn, batches):
    """The rows whose own loss is beyond use, counted through; the others were lost in the mean."""
    found = []
    for batch in batches:
        losses = loss_fn(model(batch.inputs, training=False), batch) * batch.weights
        found.append(tf.reduce_sum(losses, tf.range(1, tf.rank(losses))))
    return tuple(tf.where(~(tf.abs(tf.concat(found, 0)) < LARGEST))[:, 0].numpy().tolist())


def variables(
    model: keras.Model, optimizer: keras.Optimizer, average: WeightAverage | None = None
) -> dict[str, keras.Variable]:
    """Names everything that a step reads and changes: weights, seeds, optimizer, average.

    Seeds go by their order: Keras numbers them by how many the process has made before.
    """
    seeds = itertools.compress(model.non_trainable_variables, are_seeds(model))
    return (
        named_weights(model)
        | {f"seed/{i:03d}": v for i, v in enumerate(seeds)}
        | {f"optimizer/{i:03d}": v for i, v in enumerate(optimizer.variables)}
        | {f"average/{name}": v for name, v in (average.named() if average else {}).items()}
    )


def named_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """Names the weights by their path below the model, the same in every process.

    Raises:
        ValueError: If two have the same path.
    """
    named = {f"model/{v.path.partition('/')[2]}": v for v in model.weights}
    if len(named) != len(model.weights):
        raise ValueError("Two weights of the model have the same path; name its layers.")
    return named

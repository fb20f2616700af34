"""One update of several batches, as if they were one: where a large batch would not fit."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import keras
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.training.config import TrainConfig
from tfrnn.training.gradients import LossFn, make_gradients
from tfrnn.training.traced import traced

Result = TypeVar("Result")
UseFn = Callable[[list, tf.Tensor, tf.Tensor], Result]  # (gradients, loss, norm) -> result


def make_step(
    model: keras.Model, loss_fn: LossFn, config: TrainConfig, use: UseFn
) -> Callable[[Sequence[Batch]], Result]:
    """Returns batches -> use(gradients, loss, global norm of the gradients).

    What a step changes besides the weights, such as the seeds of dropout, it changes. Of
    `config.accumulate` batches it gives what one batch of all their rows would: means over all
    that their weights count.

    Args:
        model: Built.
        loss_fn: See `tfrnn.training.losses`.
        config: Its `compile` and `shards` are decided.
        use: Is traced into the graph that has the gradients: to call one more costs half a
            millisecond, a tenth of a small model's step (ours, measured).
    """
    gradients = make_gradients(model, loss_fn, compile=config.compile, shards=config.shards)

    # From outside a graph each variable that is read or set costs a call: a millisecond or two.
    def of_one(batch):
        values = [tf.convert_to_tensor(v) for v in model.trainable_variables]
        others = [tf.convert_to_tensor(v) for v in model.non_trainable_variables]
        grads, others, loss, norm = gradients(values, others, batch)
        for variable, value in zip(model.non_trainable_variables, others, strict=True):
            variable.assign(value)
        return grads, loss, norm

    alone = traced(lambda batch: use(*of_one(batch)))
    of_part = traced(of_one)

    @tf.function(autograph=False)
    def add(total, grads, share):
        scaled = [None if g is None else share * g for g in grads]
        if total is None:
            return scaled
        return [t if t is None else t + g for t, g in zip(total, scaled)]

    @tf.function(autograph=False)
    def end(total, loss):
        return use(total, loss, tf.linalg.global_norm(total))

    def of_several(batches):
        counted = [tf.maximum(tf.reduce_sum(batch.weights), 1.0) for batch in batches]
        total, loss = None, 0.0
        for batch, count in zip(batches, counted, strict=True):
            share = count / tf.add_n(counted)
            grads, part, _ = of_part(batch)
            total, loss = add(total, grads, share), loss + share * part
        return end(total, loss)

    return of_several if config.accumulate > 1 else lambda batches: alone(*batches)

"""A whole training step: batches in, variables changed."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.training.accumulate import make_step
from tfrnn.training.average import WeightAverage
from tfrnn.training.config import TrainConfig
from tfrnn.training.gradients import LossFn

# float32 counts a loss beyond this in steps of 64, so it says nothing of a target any more. An
# LSTM gets there without one number that is not finite: its gates saturate.
LARGEST = 1e9


class Update(NamedTuple):
    """What a step came to, as tensors without axes.

    loss: Weighted mean over the batches, before the update. norm: Of the gradient, before
    clipping. sound: Whether both were of use; if not, no weight was changed.
    """

    loss: tf.Tensor
    norm: tf.Tensor
    sound: tf.Tensor


def make_update(
    model: keras.Model,
    loss_fn: LossFn,
    config: TrainConfig,
    optimizer: keras.Optimizer,
    average: WeightAverage | None = None,
) -> Callable[[Sequence[Batch]], Update]:
    """Compiles a step of training, for as many batches as `config.accumulate` says.

    Args:
        model: Built.
        loss_fn: See `tfrnn.training.losses`.
        config: Its `compile` and `shards` are decided.
        optimizer: Built for the trainable variables of `model`.
        average: Follows the weights, where there is one.
    """

    @tf.function(jit_compile=True, autograph=False)
    def apply(grads, norm):
        # Clipped here, XLA scales each number where it reads it; outside, all are written anew.
        scale = config.clip_norm / tf.maximum(norm, config.clip_norm)
        scaled = [g if g is None else scale * g for g in grads]
        optimizer.apply(scaled, model.trainable_variables)
        if average:
            average.update(optimizer.iterations)

    def use(grads, loss, norm):
        sound = tf.math.is_finite(norm) & (loss < LARGEST)
        tf.cond(sound, lambda: apply(grads, norm), lambda: None)
        return Update(loss, norm, sound)

    return make_step(model, loss_fn, config, use)

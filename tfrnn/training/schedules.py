"""Learning rates as functions of the step."""

import keras
import tensorflow as tf

from tfrnn.training.config import TrainConfig


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A warm-up to the top, then the fall that `TrainConfig.schedule` names.

    With t the share of the steps after the warm-up that has passed, and r the share of the
    learning rate that is left at the end:

        constant      1
        exponential   r ** t
        cosine        r + (1 - r) (1 + cos(pi t)) / 2      Loshchilov and Hutter 2017,
                                                           https://arxiv.org/abs/1608.03983

    Args:
        config: Names the fall and gives its numbers.

    Call arguments:
        step: Number of updates made so far, an integer scalar.

    Returns:
        The learning rate of the next update, a float32 scalar.
    """

    def __init__(self, config: TrainConfig):
        self.config = config

    def __call__(self, step):
        config = self.config
        step = tf.cast(step, tf.float32)
        warm = tf.minimum(1.0, (step + 1) / max(1, config.warmup))
        span = max(1, config.steps - config.warmup)
        passed = tf.clip_by_value((step - config.warmup) / span, 0.0, 1.0)
        left = config.final_rate
        match config.schedule:
            case "constant":
                fall = 1.0
            case "exponential":
                fall = left**passed
            case "cosine":
                fall = left + (1 - left) * (1 + tf.cos(tf.constant(3.14159265) * passed)) / 2
        return config.learning_rate * warm * fall

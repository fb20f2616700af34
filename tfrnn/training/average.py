"""A running average of the weights: what a noisy descent circles around."""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf


class WeightAverage:
    """The exponential average of the trainable weights of a model.

    Reference: Polyak and Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging",
    https://doi.org/10.1137/0330046; the exponential form and its warm-up are TensorFlow's:

        m_t = min(decay, (1 + t) / (10 + t))
        a_t = m_t a_{t-1} + (1 - m_t) w_t            t: updates so far, a_0 = w_0

    Args:
        model: Built.
        decay: Share of the average that one update keeps, in (0, 1); 0.999 remembers about a
            thousand updates.
    """

    def __init__(self, model: keras.Model, decay: float):
        self.decay = decay
        self._weights = list(model.trainable_variables)
        # Copies: a Keras variable made of another's value would be that variable.
        self.values = [
            keras.Variable(tf.identity(w.value), trainable=False, dtype=w.dtype)
            for w in self._weights
        ]

    def update(self, updates: tf.Tensor) -> None:
        """Moves on after the weights have changed; `updates` is how often they have, a scalar."""
        count = tf.cast(updates, tf.float32)
        keep = tf.minimum(self.decay, (1 + count) / (10 + count))
        for value, weight in zip(self.values, self._weights):
            value.assign(keep * value + (1 - keep) * weight)

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it the model has the averaged weights, after it its own again, bit by bit."""
        own = [tf.identity(weight.value) for weight in self._weights]
        for weight, value in zip(self._weights, self.values):
            weight.assign(value)
        try:
            yield
        finally:
            for weight, value in zip(self._weights, own):
                weight.assign(value)

    def named(self) -> dict[str, keras.Variable]:
        """Names the averages as the weights are named, by their path below the model."""
        return {w.path.partition("/")[2]: v for w, v in zip(self._weights, self.values)}

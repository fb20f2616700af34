"""Hard attention: a decoder looks at one place, drawn by chance while it learns."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.layers.attention import BahdanauAttention, Memory


class Glimpse(NamedTuple):
    """A place that was looked at.

    context: (batch, features), its value. place: (batch, source), 1 there and 0 elsewhere, variable
    dtype. shares: (batch, source), the probabilities that it was drawn by.
    """

    context: tf.Tensor
    place: tf.Tensor
    shares: tf.Tensor


@keras.saving.register_keras_serializable("tfrnn")
class HardAttention(BahdanauAttention):
    """Additive attention that picks one position instead of mixing all.

    Reference: Xu et al. 2015, "Show, Attend and Tell", section 4.1, https://arxiv.org/abs/1502.03044:

        a = softmax(e over real positions)                       e as in Bahdanau et al. 2015
        s ~ a while learning, argmax a in use
        context = h_s

    Drawing has no derivative, so `reinforce` adds the loss whose gradient estimates that of the
    expected reward R of what was drawn (Williams 1992, https://doi.org/10.1007/BF00992696), less
    the moving mean b of rewards, with an entropy that keeps it from settling too early:

        loss = mean of -weight (R - b) log a_s - entropy H(a)
        b <- momentum b + (1 - momentum) mean R

    Args:
        units: Width of the network that scores, a positive int.
        weight: Of the rewards' gradient, above 0.
        entropy: Weight of the entropy in nats, 0 or more (ours).
        momentum: Of the baseline, in [0, 1).

    Weights:
        Those of `BahdanauAttention`, and baseline b: (), not trained.

    Call arguments:
        query, values, mask: See `Attention`.
        training: Whether the place is drawn; it is the likeliest otherwise.

    Returns:
        context: The value of the place. weights: 1 at the place and 0 elsewhere.

    Raises:
        ValueError: If a number is out of range.

    Example:
    >>> context, weights = HardAttention(4)(tf.ones([2, 3]), tf.ones([2, 5, 8]))
    >>> context.shape, weights.numpy().sum(-1).tolist()
    (TensorShape([2, 8]), [1.0, 1.0])
    """

    def __init__(
        self,
        units: int,
        *,
        weight: float = 1.0,
        entropy: float = 0.01,
        momentum: float = 0.9,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(units, **kwargs)
        if weight <= 0 or entropy < 0 or not 0 <= momentum < 1:
            raise ValueError(
                f"HardAttention needs weight above 0, entropy 0 or more and momentum in [0, 1), "
                f"got {weight}, {entropy} and {momentum}."
            )
        self.weight, self.entropy, self.momentum, self.seed = weight, entropy, momentum, seed
        self.draws = keras.random.SeedGenerator(seed)

    def build(self, query_shape, values_shape):
        super().build(query_shape, values_shape)
        self.baseline = self.add_weight((), "zeros", trainable=False, name="baseline")

    def call(self, query, values, mask=None, training=False):
        memory = self.remember(values, mask)
        if not training:
            return self.attend(query, memory)
        several = query.shape.rank == 3
        count = [tf.shape(query)[1]] if several else []
        noise = self.noise([tf.shape(query)[0], *count, tf.shape(values)[1]])
        context, place, _ = self.glimpse(query, memory, noise)
        return context, place

    def attend(self, query: tf.Tensor, memory: Memory) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the value and the place of the likeliest position for one or several queries."""
        context, place, _ = self.glimpse(query, memory, 0.0)
        return context, place

    def noise(self, shape) -> tf.Tensor:
        """Returns what makes a draw of the likeliest, Gumbel noise of a shape."""
        even = keras.random.uniform(shape, 1e-7, 1.0, dtype=self.variable_dtype, seed=self.draws)
        return -tf.math.log(-tf.math.log(even))

    def glimpse(self, query: tf.Tensor, memory: Memory, noise: tf.Tensor | float) -> Glimpse:
        """Looks at the position whose log-probability and noise together are the largest.

        Args:
            query: (batch, features) or (batch, steps, features).
            memory: What `remember` returned.
            noise: From `noise`, with the leading axes of the query and (source,); 0 for none.
        """
        _, shares = super().attend(query, memory)
        keys = tf.math.log(tf.maximum(shares, 1e-7)) + noise
        mask = memory.mask if query.shape.rank == 2 else memory.mask[:, None]
        keys = tf.where(mask, keys, keys.dtype.min)
        place = tf.one_hot(tf.argmax(keys, -1), tf.shape(keys)[-1], dtype=shares.dtype)
        place = tf.stop_gradient(tf.where(mask, place, 0))
        mixed = tf.cast(place, self.compute_dtype)
        mixed = mixed if query.shape.rank == 3 else mixed[:, None]
        context = tf.matmul(mixed, memory.values)
        return Glimpse(context if query.shape.rank == 3 else context[:, 0], place, shares)

    def reinforce(
        self, reward: tf.Tensor, place: tf.Tensor, shares: tf.Tensor, counts: tf.Tensor
    ) -> None:
        """Adds the loss of places that were drawn, by what came of them, and moves the baseline.

        Args:
            reward: (batch, steps) float32, the larger the better; no gradient goes through it.
            place: (batch, steps, source), of the glimpses.
            shares: Likewise.
            counts: (batch, steps) float32, 1 where a step counts.
        """
        total = tf.maximum(tf.reduce_sum(counts), 1.0)
        reward = tf.stop_gradient(tf.cast(reward, shares.dtype))
        surprise = tf.math.log(tf.maximum(shares, 1e-7))
        drawn = tf.reduce_sum(place * surprise, -1)
        spread = -tf.reduce_sum(shares * surprise, -1)
        gain = self.weight * (reward - self.baseline) * drawn + self.entropy * spread
        self.add_loss(-tf.reduce_sum(gain * counts) / total)
        mean = tf.reduce_sum(reward * counts) / total
        self.baseline.assign(self.momentum * self.baseline + (1 - self.momentum) * mean)

    def get_config(self):
        names = ("weight", "entropy", "momentum", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}

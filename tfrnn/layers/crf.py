"""Scores of tag sequences: a linear-chain conditional random field, and each word by itself."""

from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.layers.forward_backward import log_partition
from tfrnn.layers.recurrent import check_features, scan


class Chain(NamedTuple):
    """A distribution over the tag sequences of each row, with ties between neighbours.

    The score of the tags y of a row of n words, and their probability:

        s(y) = start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_t, y_{t+1}] + end[y_n]
        p(y) = exp(s(y)) / Z,   Z = the sum of exp(s(y)) over all y

    emissions: (batch, time, tags). mask: (batch, time) bool, True on words; padding comes after
    them. transitions: (tags, tags), from the row's tag to the column's. start, end: (tags,).

    A row without a word has one sequence, the empty one: its scores, log p and gradients are 0.
    """

    emissions: tf.Tensor
    mask: tf.Tensor
    transitions: tf.Tensor
    start: tf.Tensor
    end: tf.Tensor

    def log_likelihood(self, tags: tf.Tensor) -> tf.Tensor:
        """Returns log p of `tags`, (batch, time) int32, as (batch,); padding may hold any tag."""
        return self.score(tags) - self.log_partition()

    def score(self, tags: tf.Tensor) -> tf.Tensor:
        """Returns s of `tags`, (batch, time) int32, as (batch,)."""
        # By products, not by look-ups: XLA on a CPU adds up the gradient of rows one by one.
        hot = _one_hot(tags, self.mask, self.emissions)
        last = hot * _is_last(self.mask, hot.dtype)[..., None]
        arriving = tf.tensordot(hot[:, :-1], self.transitions, 1)
        parts = (
            hot[:, :1] * self.start,
            hot * self.emissions,
            hot[:, 1:] * arriving,
            last * self.end,
        )
        return tf.add_n([tf.reduce_sum(part, [1, 2]) for part in parts])

    def log_partition(self) -> tf.Tensor:
        """Returns log Z, (batch,): see `tfrnn.layers.forward_backward`."""
        return _where_words(self.mask, log_partition(*self._of_two_steps()))

    def decode(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the best tags, (batch, time) int32, 0 on padding, and their score, (batch,).

        Viterbi's algorithm. Of tags that score the same it takes the lowest, from the end.
        """
        chain = self._of_two_steps()

        def ahead(emission, before):  # before: (batch, tags), the best score of a way there
            arriving = before[:, :, None] + chain.transitions
            return tf.argmax(arriving, 1, tf.int32), tf.reduce_max(arriving, 1) + emission

        def back(came_from, tag):
            return tag, tf.gather(came_from, tag, axis=1, batch_dims=1)

        first, later = chain.start + chain.emissions[:, 0], chain.mask[:, 1:]
        came_from, best = scan(ahead, chain.emissions[:, 1:], first, later)
        last = tf.argmax(best + chain.end, -1, tf.int32)
        # Padding comes first now; it leaves the state, the last word's tag, as it is.
        tags, first = scan(back, tf.reverse(came_from, [1]), last, tf.reverse(later, [1]))
        tags = tf.concat([first[:, None], tf.reverse(tags, [1])], 1)
        score = _where_words(chain.mask, tf.reduce_max(best + chain.end, -1))
        return _on_words(self.mask, tags[:, : _time(self.mask)]), score

    def marginals(self) -> tf.Tensor:
        """Returns the probability of each tag of each word, (batch, time, tags), 0 on padding.

        It is the gradient of log Z by the emissions.
        """
        with tf.GradientTape() as tape:
            tape.watch(self.emissions)
            log_partition = self.log_partition()
        return tape.gradient(log_partition, self.emissions)

    def _of_two_steps(self):
        """Itself, padded where time is less: one step to begin with, one for the loops.

        XLA does not compile the gradient of a loop of no steps.
        """
        if (self.emissions.shape[1] or 0) >= 2:
            return self
        spare = tf.maximum(2 - _time(self.mask), 0)
        emissions = tf.pad(self.emissions, [[0, 0], [0, spare], [0, 0]])
        return self._replace(emissions=emissions, mask=tf.pad(self.mask, [[0, 0], [0, spare]]))


class Independent(NamedTuple):
    """A distribution over the tag sequences of each row in which words know nothing of each other.

    What `Chain` is without transitions, start and end, with the same methods: a softmax a word.

    emissions: (batch, time, tags). mask: (batch, time) bool, True on words.
    """

    emissions: tf.Tensor
    mask: tf.Tensor

    def log_likelihood(self, tags: tf.Tensor) -> tf.Tensor:
        """Returns log p of `tags`, (batch, time) int32, as (batch,); padding may hold any tag."""
        hot = _one_hot(tags, self.mask, self.emissions)
        return tf.reduce_sum(hot * tf.nn.log_softmax(self.emissions), [1, 2])

    def decode(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the best tags, (batch, time) int32, 0 on padding, and their score, (batch,)."""
        best = _on_words(self.mask, tf.reduce_max(self.emissions, -1))
        tags = tf.argmax(self.emissions, -1, tf.int32)
        return _on_words(self.mask, tags), tf.reduce_sum(best, 1)

    def marginals(self) -> tf.Tensor:
        """Returns the probability of each tag of each word, (batch, time, tags), 0 on padding."""
        return _on_words(self.mask[..., None], tf.nn.softmax(self.emissions))


@keras.saving.register_keras_serializable("tfrnn")
class CRF(keras.layers.Layer):
    """A linear-chain conditional random field: ties the tags of neighbours to each other.

    Reference: Lafferty, McCallum and Pereira 2001, "Conditional Random Fields",
    https://repository.upenn.edu/handle/20.500.14332/6188; over a network's scores Collobert et
    al. 2011, https://arxiv.org/abs/1103.0398, section 3.3.2, and Huang, Xu and Yu 2015,
    "Bidirectional LSTM-CRF Models for Sequence Tagging", https://arxiv.org/abs/1508.01991. The
    equations are those of `Chain`.

    Weights, 0 at first:
        transitions: (tags, tags), from the row's tag to the column's.
        start: (tags,). end: (tags,).

    Call arguments:
        inputs: (batch, time, tags), the emissions; time may be 0.
        mask: (batch, time) bool, True on words, which come before the padding; None for words
            alone.

    Returns:
        `Chain`, with the weights as they are in this call. All of it is of the variable dtype:
        under a mixed policy the sums stay in float32.

    Raises:
        ValueError: If the number of tags is not known when the layer is built.

    Example:
    >>> chain = CRF()(tf.constant([[[0.0, 1.0], [2.0, 0.0]]]))
    >>> tags, score = chain.decode()
    >>> tags.numpy().tolist(), score.numpy().tolist()
    ([[1, 0]], [3.0])
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        tags = check_features(self, input_shape)
        for name, shape in (("transitions", (tags, tags)), ("start", (tags,)), ("end", (tags,))):
            setattr(self, name, self.add_weight(shape, "zeros", name=name, autocast=False))

    def call(self, inputs, mask=None) -> Chain:
        emissions = tf.cast(inputs, self.variable_dtype)
        mask = tf.ones(tf.shape(inputs)[:2], tf.bool) if mask is None else mask
        weights = (self.transitions, self.start, self.end)
        return Chain(emissions, mask, *map(tf.convert_to_tensor, weights))


def _one_hot(tags, mask, like):
    hot = tf.one_hot(tags, like.shape[-1], dtype=like.dtype)
    return _on_words(mask[..., None], hot)


def _is_last(mask, dtype):
    """1 on the last word of each row, else 0: (batch, time)."""
    after = tf.pad(mask, [[0, 0], [0, 1]])[:, 1:]
    return tf.cast(mask & ~after, dtype)


def _on_words(mask, x):
    return tf.where(mask, x, tf.zeros([], x.dtype))


def _where_words(mask, x):
    """Keeps (batch,) where the row has a word, else 0."""
    return _on_words(tf.reduce_any(mask, 1), x)


def _time(mask):
    return tf.shape(mask)[1] if mask.shape[1] is None else mask.shape[1]

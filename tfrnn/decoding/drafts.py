"""Constrained texts as the model itself would have them: of several drafts one is kept.

A constraint that takes away what is not legal, id by id, makes a model go on where it meant to
stop: it proposed an end that it may not write, and what it writes instead is what it finds
absurd. Such drafts are too common, by the share of the probability that the constraint took
away at each of their ids. Keeping one of several drafts, each with a chance in proportion to what
the constraint left of it, draws from the model given that the text is legal, the nearer the
more drafts there are: sampling importance resampling (Rubin 1987,
https://doi.org/10.1080/01621459.1987.10478461), for language models as in Lew et al. 2023,
https://arxiv.org/abs/2306.03081.
"""

import tensorflow as tf

from tfrnn.decoding.sampling import BLOCK, Prime, Sampling, gumbel

_APART = 0x3C6EF372  # between the seeds of one text's drafts: far from any small number


def repeat(prime: Prime, sampling: Sampling, drafts: int) -> tuple[Prime, Sampling]:
    """Returns what `drafts` drafts of each row take, those of a row one after the other.

    The first draft of a row has the row's own seed.
    """
    if drafts == 1:
        return prime, sampling
    prime, sampling = (
        type(given)(*(tf.repeat(field, drafts, axis=0) for field in given))
        for given in (prime, sampling)
    )
    moves = tf.tile(tf.range(drafts) * _APART, tf.shape(prime.lengths) // drafts)
    return prime, sampling._replace(seed=tf.bitwise.bitwise_xor(sampling.seed, moves))


def keep_one(legality: tf.Tensor, seed: tf.Tensor, drafts: int) -> tf.Tensor:
    """Draws the draft that is kept of each row, in proportion to its legality.

    Args:
        legality: (batch * drafts,) float32, see `tfrnn.decoding.sampling.Carry`.
        seed: (batch,) int32, of the rows.
        drafts: How many each has.

    Returns:
        (batch,) int32, indices into the drafts of all rows.
    """
    batch = tf.shape(seed)[0]
    if drafts == 1:
        return tf.range(batch)
    noise = gumbel(seed, tf.constant(-BLOCK), BLOCK, drafts)[0]  # of a position no text has
    best = tf.argmax(tf.reshape(legality, [batch, drafts]) + noise, -1, tf.int32)
    return tf.range(batch) * drafts + best

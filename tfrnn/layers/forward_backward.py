"""The sum over all tag sequences of a chain, with its own gradient.

The forward and backward algorithms of Rabiner 1989, "A Tutorial on Hidden Markov Models",
https://doi.org/10.1109/5.18626, in logarithms. TensorFlow's own gradient of the forward loop
would keep (batch, tags, tags) numbers of each step; here the gradient is what the backward
algorithm makes of (batch, tags) numbers: the marginals.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from tfrnn.layers.recurrent import scan

NEAR = 40.0  # nats; exp(-40) and its inverse are far from the ends of float32
NEVER = -1e30  # the log of what a way through padding counts


class _Sums(NamedTuple):
    """How sums over a tag before and a tag after are made.

    arrive: before (batch, tags) -> log sum over i of exp(before_i + transitions_ij).
    leave: later (batch, tags) -> log sum over j of exp(transitions_ij + later_j).
    meet: before, later (batch, time, tags), weights (batch,) -> the sums over rows and steps of
        weights * exp(before_i + transitions_ij + later_j), (tags, tags).
    """

    arrive: Callable
    leave: Callable
    meet: Callable


def log_partition(
    emissions: tf.Tensor, mask: tf.Tensor, transitions: tf.Tensor, start: tf.Tensor, end: tf.Tensor
) -> tf.Tensor:
    """Returns log Z of `tfrnn.layers.Chain`, (batch,), of rows with at least one word.

    A step is a product with exp(transitions), several times as fast as batch * tags * tags
    exponentials. Those are left to transitions that lie further apart, such as ones of -10,000
    for what shall never occur: of these a sum could be 0.

    Args:
        emissions: (batch, time, tags); time is at least 2.
        mask: (batch, time) bool, True on words; padding comes after them.
        transitions: (tags, tags), from the row's tag to the column's.
        start: (tags,), of the first word's tag.
        end: (tags,), of the last word's.
    """

    @tf.custom_gradient
    def run(emissions, transitions, start, end):
        highest = tf.reduce_max(transitions, 0)
        near = tf.reduce_min(transitions - highest) > -NEAR
        ways = _by_products(transitions, highest), _by_exponentials(transitions)

        def choose(what):
            return tf.cond(near, lambda: what(ways[0]), lambda: what(ways[1]))

        first = start + emissions[:, 0]
        before, last = choose(lambda sums: _ahead(sums, first, emissions, mask))
        total = tf.reduce_logsumexp(last + end, -1)

        def gradient(upstream):
            after = choose(lambda sums: _behind(sums, end, emissions, mask))
            marginals = tf.exp(before + after - total[:, None, None])
            d_emissions = tf.where(mask[..., None], marginals, 0.0) * upstream[:, None, None]
            later = emissions[:, 1:] + after[:, 1:] - total[:, None, None]
            later = tf.where(mask[:, 1:, None], later, NEVER)
            d_transitions = choose(lambda sums: sums.meet(before[:, :-1], later, upstream))
            d_end = upstream[:, None] * tf.exp(last + end - total[:, None])
            d_start = d_emissions[:, 0]
            return d_emissions, d_transitions, *(tf.reduce_sum(d, 0) for d in (d_start, d_end))

        return total, gradient

    return run(emissions, transitions, start, end)


def _ahead(sums, first, emissions, mask):
    """The log sums of the ways to each tag of each word, and to those of each row's last word."""

    def step(emission, before):
        new = sums.arrive(before) + emission
        return new, new

    later, last = scan(step, emissions[:, 1:], first, mask[:, 1:])
    return tf.concat([first[:, None], later], 1), last


def _behind(sums, end, emissions, mask):
    """The log sums of the ways from each tag of each word to the end of its row."""

    def step(emission, after):
        new = sums.leave(after + emission)
        return new, new

    begin = tf.broadcast_to(end, tf.shape(emissions[:, 0]))
    turned = tf.reverse(emissions[:, 1:], [1])
    found, _ = scan(step, turned, begin, tf.reverse(mask[:, 1:], [1]))
    # Padding comes first there, and what the scan gives for it is 0.
    found = tf.where(mask[:, 1:, None], tf.reverse(found, [1]), end)
    return tf.concat([found, begin[:, None]], 1)


def _by_products(transitions, highest):
    """Sums by products with exponentials of at most 1, and of at least exp(-NEAR) if near.

    highest: (tags,), the largest transition into each tag.
    """
    ways = tf.exp(transitions - highest)

    def arrive(before):
        top = tf.reduce_max(before, -1, keepdims=True)
        return tf.math.log(tf.matmul(tf.exp(before - top), ways)) + top + highest

    def leave(later):
        later += highest
        top = tf.reduce_max(later, -1, keepdims=True)
        return tf.math.log(tf.matmul(tf.exp(later - top), ways, transpose_b=True)) + top

    def meet(before, later, weights):
        later += highest
        tops = [tf.reduce_max(x, -1, keepdims=True) for x in (before, later)]
        left = tf.exp(before - tops[0])
        right = tf.exp(later - tops[1]) * tf.exp(tops[0] + tops[1]) * weights[:, None, None]
        return ways * tf.einsum("bti,btj->ij", left, right)

    return _Sums(arrive, leave, meet)


def _by_exponentials(transitions):
    """The same for any transitions."""

    def arrive(before):
        return tf.reduce_logsumexp(before[:, :, None] + transitions, 1)

    def leave(later):
        return tf.reduce_logsumexp(later[:, None, :] + transitions, 2)

    def meet(before, later, weights):
        def add(total, at):
            before, later = at
            pairs = tf.exp(before[:, :, None] + transitions + later[:, None, :])
            return total + tf.reduce_sum(pairs * weights[:, None, None], 0)

        by_time = [tf.transpose(x, [1, 0, 2]) for x in (before, later)]
        return tf.foldl(add, by_time, tf.zeros_like(transitions), parallel_iterations=1)

    return _Sums(arrive, leave, meet)

"""The sampling half of the decoding engine: one loop for every model that generates.

A model gives `step(ids, state) -> (logits, state)`, the engine gives ids. It runs in one graph,
eagerly, under XLA and inside a SavedModel, and a seed draws the same ids in each: randomness
comes from full-range counter-based bits, the only ones that TensorFlow makes alike with and
without XLA, and a draw is the argmax of logits plus Gumbel noise made from them
(Gumbel 1954; Maddison et al. 2014, https://arxiv.org/abs/1411.0030).
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import tensorflow as tf

BLOCK = 32  # positions that share one call of the generator; chunks of a stream are multiples

StepFn = Callable[[tf.Tensor, Any], tuple[tf.Tensor, Any]]


class Sampling(NamedTuple):
    """How each row is drawn, all (batch,), so that requests of different wishes share a batch.

    temperature: float32, 0 is always the likeliest. top_k: int32, at least 1. top_p: float32 in
    (0, 1]: the smallest set of ids that holds this much probability (Holtzman et al. 2020,
    https://arxiv.org/abs/1904.09751). seed: int32.
    """

    temperature: tf.Tensor
    top_k: tf.Tensor
    top_p: tf.Tensor
    seed: tf.Tensor


class Constraint(Protocol):
    """What may come next, for instance `tfrnn.music.grammar.AbcGrammar`."""

    def start(self, batch: int | tf.Tensor) -> Any:
        """Returns the state before the first id, a nest of int32 tensors with the batch first."""

    def allowed(self, state: Any, remaining: tf.Tensor) -> tf.Tensor:
        """Returns (batch, vocab) bool; `remaining` (batch,) ids may come, this one included."""

    def advance(self, state: Any, ids: tf.Tensor) -> Any:
        """Returns the state after `ids` (batch,)."""


class Prime(NamedTuple):
    """What each row begins with: ids (batch, longest) int32, lengths (batch,) int32."""

    ids: tf.Tensor
    lengths: tf.Tensor


class Carry(NamedTuple):
    """Where a generation stands, between two chunks of a stream.

    position: scalar int32, ids made so far. last: (batch,) int32. done: (batch,) bool, whether
    the end was drawn. state: the model's. legal: the constraint's state, or (). legality: (batch,)
    float32, the logarithm of the probability that all draws so far would have been legal had the
    constraint not looked; at temperature 1 where that is 0, before top-k and top-p.
    """

    position: tf.Tensor
    last: tf.Tensor
    done: tf.Tensor
    state: Any
    legal: Any
    legality: tf.Tensor


def begin(state: Any, batch: int | tf.Tensor, *, end: int, constraint: Constraint | None) -> Carry:
    """Returns the carry before the first id: the model is about to read the boundary `end`."""
    return Carry(
        position=tf.constant(0),
        last=tf.fill([batch], end),
        done=tf.fill([batch], False),
        state=state,
        legal=constraint.start(batch) if constraint else (),
        legality=tf.zeros([batch]),
    )


def extend(
    step: StepFn,
    carry: Carry,
    prime: Prime,
    sampling: Sampling,
    *,
    steps: int | tf.Tensor,
    limit: int | tf.Tensor,
    end: int,
    constraint: Constraint | None = None,
) -> tuple[tf.Tensor, tf.Tensor, Carry]:
    """Makes the next `steps` ids of each row: those of the prime, then drawn ones.

    Args:
        step: (ids (batch,), state) -> (logits (batch, vocab), state).
        carry: From `begin` or from the `extend` before.
        prime: Row b begins with its first `lengths[b]` ids.
        sampling: How the other ids are drawn.
        steps: A multiple of BLOCK.
        limit: Ids a row may have in all; a constraint closes the document before it.
        end: The boundary id; after it a row holds nothing but `end`.
        constraint: What may come next; without it every id may.

    Returns:
        ids (batch, steps) int32, their log-probabilities (batch, steps) float32 under the model
        as it is (0 after the end; those of the prime too; not finite where the logits are not),
        and the new carry.

    Raises:
        ValueError: If `steps` is no multiple of BLOCK.
    """
    if isinstance(steps, int) and steps % BLOCK:
        raise ValueError(f"steps must be a multiple of {BLOCK}, got {steps}.")
    batch, vocab = tf.shape(carry.last)[0], step(carry.last, carry.state)[0].shape[-1]
    noise = gumbel(sampling.seed, carry.position, steps, vocab)
    room = tf.shape(prime.ids)[1]
    primed = tf.pad(prime.ids, [[0, 0], [0, 1]])  # so that there is a column to read without one

    def choose(now, logits, t):
        remaining = tf.zeros_like(now.last) + limit - now.position  # of a batch as static as that
        legal = constraint and constraint.allowed(now.legal, remaining)
        drawn = draw(logits, noise[t], sampling, legal)
        given = tf.gather(primed, tf.minimum(now.position, room), axis=1)
        is_given = now.position < prime.lengths
        chosen = tf.where(now.done, end, tf.where(is_given, given, drawn))
        if not constraint:
            return chosen, now.legality
        free = tf.where(now.done | is_given, 0.0, _log_share(logits, legal, sampling.temperature))
        return chosen, now.legality + free

    def body(t, now, ids, scores):
        logits, state = step(now.last, now.state)
        logits = tf.cast(logits, tf.float32)
        chosen, legality = choose(now, logits, t)
        score = tf.gather(tf.nn.log_softmax(logits), chosen, batch_dims=1)
        ids = tf.tensor_scatter_nd_update(ids, [[t]], chosen[None])
        scores = tf.tensor_scatter_nd_update(scores, [[t]], tf.where(now.done, 0.0, score)[None])
        after = Carry(
            position=now.position + 1,
            last=chosen,
            done=now.done | (chosen == end) | (now.position + 1 >= limit),
            state=state,
            legal=constraint.advance(now.legal, chosen) if constraint else (),
            legality=legality,
        )
        return t + 1, after, ids, scores

    _, carry, ids, scores = tf.while_loop(
        lambda t, now, *_: (t < steps) & ~tf.reduce_all(now.done),
        body,
        (0, carry, tf.fill([steps, batch], end), tf.zeros([steps, batch])),
        maximum_iterations=steps,
        parallel_iterations=1,
    )
    return tf.transpose(ids), tf.transpose(scores), carry


def draw(
    logits: tf.Tensor, noise: tf.Tensor, sampling: Sampling, legal: tf.Tensor | None = None
) -> tf.Tensor:
    """Draws an id a row.

    The order is the usual one: what is illegal goes, then temperature, top-k, top-p.

    Args:
        logits: (batch, vocab) float32; a NaN counts as impossible.
        noise: (batch, vocab) float32, standard Gumbel.
        sampling: See `Sampling`.
        legal: (batch, vocab) bool or None.

    Returns:
        (batch,) int32, always below vocab; 0 where nothing is possible.
    """
    possible = tf.math.is_finite(logits)
    if legal is not None:
        possible &= legal
    logits = tf.where(possible, logits, -float("inf"))
    greedy = sampling.temperature <= 0
    # Within these bounds nothing finite overflows; beyond them nothing would change.
    scaled = logits / tf.clip_by_value(sampling.temperature, 1e-30, 1e30)[:, None]
    vocab = logits.shape[-1]
    narrow = tf.reduce_any(sampling.top_k < vocab) | tf.reduce_any(sampling.top_p < 1)
    scaled = tf.cond(narrow, lambda: _nucleus(scaled, sampling), lambda: scaled)
    noisy = scaled + tf.where(greedy, 0.0, 1.0)[:, None] * noise
    return tf.argmax(noisy, -1, tf.int32)


def gumbel(seed: tf.Tensor, position: tf.Tensor, steps: int | tf.Tensor, vocab: int) -> tf.Tensor:
    """Makes the noise of positions `position` to `position + steps` of each row.

    A row's noise depends on its own seed and the position alone, not on the rows beside it nor
    on how a stream is cut into chunks. `position` and `steps` are multiples of BLOCK.

    Args:
        seed: (batch,) int32.
        position: Scalar int32.
        steps: How many positions.
        vocab: Numbers a position.

    Returns:
        (steps, batch, vocab) float32, standard Gumbel.
    """
    blocks = position // BLOCK + tf.range(steps // BLOCK)
    batch = tf.shape(seed)[0]
    keys = tf.stack(
        [tf.tile(seed, [steps // BLOCK]), tf.repeat(blocks, batch)], axis=-1
    )  # (blocks x batch, 2)

    def block(key):
        bits = tf.random.stateless_uniform(
            [BLOCK, vocab], key, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
        )
        return tf.cast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), tf.float32)

    whole = tf.map_fn(block, keys, fn_output_signature=tf.TensorSpec([BLOCK, vocab], tf.float32))
    whole = tf.reshape(whole, [steps // BLOCK, batch, BLOCK, vocab])
    uniform = (tf.reshape(tf.transpose(whole, [0, 2, 1, 3]), [steps, batch, vocab]) + 0.5) / 2.0**23
    return -tf.math.log(-tf.math.log(uniform))


def _log_share(logits, legal, temperature):
    """(batch,) logarithm of the probability that a free draw is legal."""
    scaled = logits / tf.where(temperature > 0, temperature, 1.0)[:, None]
    scaled = tf.where(tf.math.is_finite(scaled), scaled, -float("inf"))
    kept = tf.reduce_logsumexp(tf.where(legal, scaled, -float("inf")), -1)
    return kept - tf.reduce_logsumexp(scaled, -1)


def _nucleus(logits, sampling):
    """Leaves the top_k likeliest ids, and of them the fewest that hold top_p; others get -inf."""
    ranked = tf.sort(logits, direction="DESCENDING")
    place = tf.minimum(sampling.top_k, logits.shape[-1]) - 1
    kth = tf.gather(ranked, place, batch_dims=1)[:, None]
    ranked = tf.where(ranked >= kth, ranked, -float("inf"))
    probability = tf.nn.softmax(ranked)
    before = tf.cumsum(probability, axis=-1, exclusive=True)
    last = tf.reduce_sum(tf.cast(before < sampling.top_p[:, None], tf.int32), -1) - 1
    least = tf.gather(ranked, last, batch_dims=1)[:, None]
    # A sum of probabilities may reach 1 by rounding before the last of them.
    least = tf.where(sampling.top_p[:, None] < 1, least, -float("inf"))
    return tf.where(logits >= tf.maximum(kth, least), logits, -float("inf"))

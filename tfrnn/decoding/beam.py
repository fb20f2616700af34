"""The searching half of the decoding engine: beam search for every model that generates.

As for drawing, a model gives `step(ids, state) -> (logits, state)`. The search runs in one graph,
eagerly, under XLA and inside a SavedModel. What a row comes to depends on no other row.

A hypothesis of n ids with the log-probability p that gave source position s the weights a_ts scores

    p / ((5 + n) / 6) ** alpha + beta * sum over s of log(min(sum over t of a_ts, 1))

as in Wu et al. 2016, "Google's Neural Machine Translation System", section 7,
https://arxiv.org/abs/1609.08144.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from tfrnn.decoding.hypotheses import NEVER, Followed, Hypotheses
from tfrnn.decoding.lexical import FIRST_STATE, FREE, Lexical
from tfrnn.decoding.sampling import StepFn
from tfrnn.decoding.search import Search
from tfrnn.decoding.worded import candidates, fair, met, moved, progress, turns, worded

SEARCH = Search()
LOOKED = 1e-6  # least that a position is counted to have been looked at


class Looked(NamedTuple):
    """Where a model looks.

    at: State after a step -> (rows, source) float32, its weights in that step. mask: (batch,
    source) bool, the positions that there are.
    """

    at: Callable[[Any], tf.Tensor]
    mask: tf.Tensor


def search(
    step: StepFn,
    state: Any,
    limits: tf.Tensor,
    *,
    start: int,
    end: int,
    wish: Search = SEARCH,
    looked: Looked | None = None,
    forbidden: tuple[int, ...] = (),
    words: Lexical = FREE,
) -> Hypotheses:
    """Looks for the likeliest sequences of each row.

    Args:
        step: (ids (rows,), state) -> (logits (rows, vocab), state). Its rows are `wish.beam` for
            each row of the batch, those of one row side by side: what it closes over must be
            repeated so.
        state: Before the first step, with the batch first; the search repeats it.
        limits: (batch,) int32, ids that a row may have, the end included; 1 at least.
        start: The id before the first.
        end: The id after the last.
        wish: See `Search`.
        looked: Where the model looks, if it does and that is of interest.
        forbidden: Ids that never come, such as those that stand for nothing.
        words: What results must and must not read like. Where a word that must occur does not
            fit within the limit, the best that was found has not ended.
    """
    batch, beam = tf.shape(limits)[0], wish.beam
    if wish.max_length:
        limits = tf.minimum(limits, wish.max_length)
    steps = tf.reduce_max(limits)
    mask = looked.mask if looked else tf.zeros([batch, 0], tf.bool)
    source = tf.shape(mask)[1]
    alone = tf.repeat(tf.constant([[0.0] + [NEVER] * (beam - 1)]), batch, 0)
    live = _empty(alone, steps, source, end, words)
    done = _empty(tf.fill([batch, beam], NEVER), steps, source, end, words)

    def body(t, last, state, live, done, closed, seen):
        logits, state = step(last, state)
        logp = _log_probabilities(logits, live, t, wish, end, forbidden)
        logp = worded(logp, live, t, limits, words, end)
        weights = looked.at(state) if looked else tf.zeros([batch * beam, 0])
        weights = tf.reshape(tf.cast(weights, tf.float32), [batch, beam, source])
        grown = _grow(live, logp, weights, t, wish, mask, words)
        moved = _parted(grown, done, t, end, beam, words)
        # A row that is closed stays as it was, however long the others take.
        live, done = (
            Followed(*(_where(closed, old, new) for old, new in zip(*pair)))
            for pair in zip((live, done), moved)
        )
        state = _follow(state, live.path[:, :, t])
        hope = tf.reduce_max(live.logp, 1) / _length_penalty(limits, wish)
        closed |= (t + 1 >= limits) | (done.score[:, wish.nbest - 1] >= hope)
        if beam == 1:  # greedy does not wonder what comes after the end
            closed |= done.score[:, 0] > NEVER
        last = tf.reshape(live.ids[:, :, t], [-1])
        return t + 1, last, state, live, done, closed, seen.write(t, weights)

    state = tf.nest.map_structure(lambda s: tf.repeat(s, beam, 0), state)
    seen = tf.TensorArray(tf.float32, steps, element_shape=[None, beam, None])
    open_ = tf.fill([batch], False)
    t, _, _, live, done, _, seen = tf.while_loop(
        lambda t, last, state, live, done, closed, seen: (t < steps) & ~tf.reduce_all(closed),
        body,
        (0, tf.fill([batch * beam], start), state, live, done, open_, seen),
        parallel_iterations=1,
    )
    return _ranked(live, done, seen.gather(tf.range(t)), wish)


def _empty(logp, steps, source, end, words):
    """Hypotheses without an id, of given log-probabilities."""
    grid = tf.shape(logp)
    ids = tf.fill(tf.concat([grid, [steps]], 0), end)
    cover = tf.zeros(tf.concat([grid, [source]], 0))
    never = tf.fill(grid, NEVER)
    met = tf.fill(tf.concat([grid, [len(words.musts)]], 0), False)
    parts = tf.zeros_like(met, tf.int32)
    places = tf.fill(tf.concat([grid, [len(words.nexts)]], 0), FIRST_STATE)
    length = tf.zeros(grid, tf.int32)
    return Followed(ids, tf.zeros_like(ids), logp, cover, never, length, met, parts, places)


def _log_probabilities(logits, live, t, wish, end, forbidden):
    """(batch, beam, vocab) of the next id, NEVER for what may not come."""
    ids = tf.reshape(live.ids, [-1, tf.shape(live.ids)[2]])
    logits = tf.cast(logits, tf.float32)
    logits = tf.where(tf.math.is_finite(logits), logits, NEVER)
    vocab = logits.shape[-1]
    before = tf.sequence_mask(tf.fill(tf.shape(ids)[:1], t), tf.shape(ids)[1])
    if wish.repetition_penalty > 1:
        weaker = tf.where(logits > 0, 1 / wish.repetition_penalty, wish.repetition_penalty)
        logits = tf.where(_among(ids, before, vocab), logits * weaker, logits)
    logp = tf.nn.log_softmax(logits)
    barred = tf.reduce_any(tf.range(vocab)[None] == tf.constant(forbidden, tf.int32)[:, None], 0)
    barred |= (tf.range(vocab) == end) & (t < wish.min_length)
    barred = barred[None]
    if wish.block_ngrams:
        barred |= _among(*_ngram_ends(ids, t, wish.block_ngrams), vocab)
    logp = tf.maximum(tf.where(barred, NEVER, logp), NEVER)
    return tf.reshape(logp, tf.concat([tf.shape(live.logp), [vocab]], 0))


def _ngram_ends(ids, t, n):
    """The ids that would make an n-gram of the ids so far come twice, and which of them count."""
    steps = tf.shape(ids)[1]
    longer = tf.pad(ids, [[0, 0], [0, n]], constant_values=-1)
    last = tf.gather(longer, tf.maximum(t - n + 1 + tf.range(n - 1), 0), axis=1)
    same = tf.fill(tf.shape(ids), True)
    for j in range(n - 1):
        same &= longer[:, j : steps + j] == last[:, j : j + 1]
    return longer[:, n - 1 : steps + n - 1], same & (tf.range(steps) + n <= t)[None]


def _among(ids, counts, vocab):
    """(rows, vocab) bool: which ids are among those of a row that count."""
    rows = tf.repeat(tf.range(tf.shape(ids)[0])[:, None], tf.shape(ids)[1], 1)
    places = tf.boolean_mask(tf.stack([rows, ids], -1), counts)
    found = tf.scatter_nd(places, tf.ones(tf.shape(places)[:1]), [tf.shape(ids)[0], vocab])
    return found > 0


def _grow(live, logp, weights, t, wish, mask, words):
    """The best hypotheses with one id more, so many that enough of them do not end."""
    totals = tf.maximum(live.logp[:, :, None] + logp, NEVER)
    best, parents, ids = candidates(totals, live, wish.beam, words)
    kept = live.take(parents)
    now = tf.range(tf.shape(live.ids)[2]) == t
    longer = tf.where(now, ids[:, :, None], kept.ids)
    parts = progress(longer, t + 1, words)
    cover = kept.cover + tf.gather(weights, parents, batch_dims=1)
    missed = tf.math.log(tf.clip_by_value(cover, LOOKED, 1.0)) * tf.cast(mask, tf.float32)[:, None]
    length = tf.fill(tf.shape(ids), t + 1)
    score = best / _length_penalty(length, wish)
    score += wish.coverage_penalty * tf.reduce_sum(missed, -1)
    return Followed(
        ids=longer,
        path=tf.where(now, parents[:, :, None], kept.path),
        logp=best,
        cover=cover,
        score=tf.where(best > NEVER / 2, score, NEVER),
        length=length,
        met=met(kept, parts, words),
        parts=parts,
        places=moved(kept.places, ids, words),
    )


def _parted(grown, done, t, end, beam, words):
    """The best that go on, and the best of those that have ended, now and before."""
    ends = grown.ids[:, :, t] == end
    counted = ends & (turns(grown, words) < beam)  # not what is no candidate to go on either
    keys = tf.concat([done.score, tf.where(counted, grown.score, NEVER)], 1)
    ended = grown._replace(score=keys[:, beam:])
    both = Followed(*(tf.concat(pair, 1) for pair in zip(done, ended)))
    going = grown._replace(logp=tf.where(ends, NEVER, grown.logp))
    return fair(going, beam, words), both.best(keys, beam)


def _length_penalty(length, wish):
    return ((5 + tf.cast(length, tf.float32)) / 6) ** wish.length_penalty


def _follow(state, parents):
    """Brings the state of each hypothesis's parent to its place; parents are (batch, beam)."""
    batch, beam = tf.shape(parents)[0], tf.shape(parents)[1]
    rows = tf.reshape(parents + tf.range(batch)[:, None] * beam, [-1])
    return tf.nest.map_structure(lambda s: tf.gather(s, rows), state)


def _ranked(live, done, seen, wish):
    """Those that ended before those that did not, each by score."""
    both = Followed(*(tf.concat(pair, 1) for pair in zip(done, live)))
    ended = tf.concat([tf.fill(tf.shape(part.score), part is done) for part in (done, live)], 1)
    keys = tf.where(ended | (both.score <= NEVER), both.score, both.score + NEVER / 1e10)
    places = tf.math.top_k(keys, wish.nbest).indices
    best, ended = both.take(places), tf.gather(ended, places, batch_dims=1)
    steps = tf.shape(seen)[0]
    ids, path = best.ids[:, :, :steps], best.path[:, :, :steps]
    by_row = tf.transpose(seen, [1, 0, 2, 3])  # (batch, steps, beam, source)
    weights = tf.gather(by_row, tf.transpose(path, [0, 2, 1]), batch_dims=2)
    weights = tf.transpose(weights, [0, 2, 1, 3])
    written = tf.sequence_mask(best.length, steps, tf.float32)[..., None]
    found = best.score > NEVER
    weights *= written
    return Hypotheses(ids, best.score, best.logp, best.length, ended & found, weights, best.met)


def _where(closed, old, new):
    chosen = tf.where(tf.reshape(closed, [-1] + [1] * (old.shape.rank - 1)), old, new)
    return tf.ensure_shape(chosen, old.shape)  # a loop in a graph wants it to stay as static

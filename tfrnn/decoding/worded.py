"""Lexical constraints within a beam search: what is barred, what is needed, how the beam is shared.

Hokamp and Liu 2017, "Lexically Constrained Decoding for Sequence Generation Using Grid Beam
Search", https://arxiv.org/abs/1704.07138; Post and Vilar 2018, "Fast Lexically Constrained
Decoding with Dynamic Beam Allocation for Neural Machine Translation",
https://aclanthology.org/N18-1119. All cost nothing where there are no constraints.
"""

import tensorflow as tf

from tfrnn.decoding.hypotheses import NEVER
from tfrnn.decoding.lexical import BARRED


def worded(logp, live, t, limits, words, end):
    """Bars what the words that were asked for do not allow."""
    vocab = logp.shape[-1]
    barred = tf.fill(tf.shape(logp), False)
    if len(words.nexts):
        nexts = _after(live.places, words)  # (batch, beam, nevers, vocab)
        last = (t + 1 >= limits)[:, None, None, None]
        full = last & (nexts == tf.constant(words.full)[:, None])
        barred |= tf.reduce_any((nexts == BARRED) | full, 2)
    if words.musts:
        unmet = ~tf.reduce_all(live.met, -1)
        barred |= unmet[..., None] & (tf.range(vocab) == end)
        whole = tf.reduce_any(live.parts == _lengths(words), -1)
        barred |= whole[..., None] & tf.constant(words.inner)
    if words.prefix:
        given = tf.gather(tf.constant(words.prefix), tf.minimum(t, len(words.prefix) - 1))
        barred = tf.where(t < len(words.prefix), tf.range(vocab) != given, barred)
    return tf.where(barred, NEVER, logp)


def _after(places, words):
    """(batch, size, nevers, vocab): the state of each automaton after each id."""
    nexts = tf.constant(words.nexts)
    return tf.stack([tf.gather(nexts[n], places[:, :, n]) for n in range(len(words.nexts))], 2)


def progress(ids, t, words):
    """How many ids of each word that must occur the first t ids end with: (batch, size, musts)."""
    found = [tf.zeros([*tf.unstack(tf.shape(ids)[:2]), 0], tf.int32)]
    for must in words.musts:
        most = tf.zeros(tf.shape(ids)[:2], tf.int32)
        for length in range(1, len(must) + 1):
            tail = tf.gather(ids, tf.maximum(t - length + tf.range(length), 0), axis=2)
            same = tf.reduce_all(tail == tf.constant(must[:length]), -1) & (t >= length)
            most = tf.where(same, length, most)
        found.append(most[..., None])
    return tf.concat(found, -1)


def met(kept, parts, words):
    """Which words that must occur do, now that the last ids are so much of them."""
    return kept.met | (parts == _lengths(words))


def _lengths(words):
    return tf.constant([len(must) for must in words.musts], tf.int32)


def _bank(grown, words):
    """How many ids of the words that must occur a hypothesis has: (batch, size)."""
    return tf.reduce_sum(tf.where(grown.met, _lengths(words), grown.parts), -1)


def turns(grown, words):
    """The place of each hypothesis among those with as much of the words: (batch, size) int32.

    They are ordered by probability already.
    """
    size = tf.shape(grown.logp)[1]
    if not words.musts:
        return tf.repeat(tf.range(size)[None], tf.shape(grown.logp)[0], 0)
    bank = _bank(grown, words)
    before = tf.range(size)[None, :] < tf.range(size)[:, None]
    alike = (bank[:, None, :] == bank[:, :, None]) & (grown.logp > NEVER / 2)[:, None, :]
    return tf.reduce_sum(tf.cast(alike & before, tf.int32), -1)


def fair(going, beam, words):
    """The hypotheses that go on: the likeliest; with words that must occur, in turns.

    First the likeliest of each number of ids of the words, then the second of each, and so on, as
    Post and Vilar 2018, https://aclanthology.org/N18-1119, share out the beam.
    """
    if not words.musts:
        return going.best(going.logp, beam)
    wanted = sum(len(must) for must in words.musts) + 1
    order = turns(going, words) * wanted - _bank(going, words)
    order = tf.where(going.logp > NEVER / 2, order, tf.int32.max // 2)
    return going.best(-order, beam)


def candidates(totals, live, beam, words):
    """The log-probability, parent and id of each hypothesis that is looked at, the best first."""
    vocab = totals.shape[-1]
    if not words.musts:  # the best of all; with 2 * beam of them, a beam that does not end is left
        best, places = tf.math.top_k(tf.reshape(totals, [-1, beam * vocab]), 2 * beam)
        return best, places // vocab, places % vocab
    # The best of each parent, and what each parent needs next of each word.
    first = tf.zeros(tf.shape(totals), tf.bool)
    for c, must in enumerate(words.musts):
        needed = tf.gather(tf.constant(must), tf.minimum(live.parts[:, :, c], len(must) - 1))
        first |= (tf.range(vocab) == needed[..., None]) & ~live.met[:, :, c : c + 1]
    many = min(2 * beam, vocab)
    others, ids = tf.math.top_k(tf.where(first, NEVER, totals), many)
    few = min(len(words.musts), vocab)
    forced, forced_ids = tf.math.top_k(tf.where(first, totals, NEVER), few)
    best, ids = tf.concat([others, forced], 2), tf.concat([ids, forced_ids], 2)
    size = beam * (many + few)
    parents = tf.broadcast_to(tf.range(beam)[:, None], tf.shape(best))
    best, order = tf.math.top_k(tf.reshape(best, [-1, size]), size)
    flat = (tf.gather(tf.reshape(x, [-1, size]), order, batch_dims=1) for x in (parents, ids))
    return best, *flat


def moved(places, ids, words):
    """The states of the automata after an id more."""
    if not len(words.nexts):
        return places
    nexts = tf.constant(words.nexts)
    after = [
        tf.gather_nd(nexts[n], tf.stack([places[:, :, n], ids], -1))
        for n in range(len(words.nexts))
    ]
    return tf.maximum(tf.stack(after, -1), 0)  # of a barred one it does not matter

"""Of several drafts the one that a free draw would have made."""

import numpy as np
import pytest
import tensorflow as tf

from tests.decoding.toys import (
    END,
    VOCAB,
    Balanced,
    generate,
    log_softmax,
    logits_of,
    prime,
    sampling,
    step,
)
from tfrnn.decoding.drafts import keep_one, repeat
from tfrnn.decoding.sampling import begin, extend

GOOD, LURE, TRAP = 1, 2, 3
# After LURE the model finds nearly only TRAP, which is never legal; after GOOD it ends.
CHANCES = {END: {GOOD: 0.1, LURE: 0.9}, GOOD: {END: 1.0}, LURE: {TRAP: 0.99, END: 0.01}}


def lured(ids, state):
    table = np.full([VOCAB, VOCAB], -40.0, np.float32)
    for last, chances in CHANCES.items():
        for i, chance in chances.items():
            table[last, i] = np.log(chance)
    return tf.gather(tf.constant(table), ids), state


class NoTrap:
    def start(self, batch):
        return tf.zeros([batch], tf.int32)

    def allowed(self, state, remaining):
        return tf.tile(tf.constant([[i != TRAP for i in range(VOCAB)]]), [tf.size(state), 1])

    def advance(self, state, ids):
        return state


def run(wish, given, *, model=step, constraint=None, steps=64, limit=64):
    """Returns the ids and the carry after them."""
    batch = wish.seed.shape[0]
    carry = begin(tf.zeros([batch], tf.int32), batch, end=END, constraint=constraint)
    ids, _, carry = extend(
        model, carry, given, wish, steps=steps, limit=limit, end=END, constraint=constraint
    )
    return ids, carry


@pytest.mark.parametrize(("drafts", "least", "most"), [(1, 0.86, 0.94), (32, 0.04, 0.20)])
def test_drafts_undo_what_a_constraint_does_to_chances(drafts, least, most):
    """Of legal texts the model begins 0.009 of 0.109 with LURE; id by id it would be 0.9."""
    seeds = list(range(600))

    @tf.function(autograph=False)
    def write():
        given, wish = repeat(prime(*[[]] * len(seeds)), sampling(seeds), drafts)
        ids, carry = run(wish, given, model=lured, constraint=NoTrap(), steps=32, limit=32)
        return tf.gather(ids, keep_one(carry.legality, tf.constant(seeds), drafts))

    kept = write().numpy()
    assert least < np.mean(kept[:, 0] == LURE) < most
    assert not np.any(kept == TRAP)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 0.0])
def test_legality_is_the_chance_of_free_draws(temperature):
    """What is given, and what follows the end, was not drawn."""
    rule, given = Balanced(), prime([3, 1, 4], [], [4], [])
    ids, carry = run(sampling([5, 6, 7, 8], temperature=temperature), given, constraint=rule)
    for row, start, found in zip(ids.numpy(), given.lengths.numpy(), carry.legality.numpy()):
        path = row[: np.argmax(row == END) + 1]
        chances = np.exp(log_softmax(logits_of(path) / (temperature or 1.0)))
        depth, expected = tf.zeros([1], tf.int32), 0.0
        for t, i in enumerate(path):
            allowed = rule.allowed(depth, tf.constant([64 - t])).numpy()[0]
            expected += np.log(chances[t, allowed].sum()) if t >= start else 0.0
            depth = rule.advance(depth, tf.constant([i]))
        assert found == pytest.approx(expected, abs=1e-4)
        assert expected < -0.1 or len(path) < 9


def test_what_is_free_is_all_legal():
    _, carry = run(sampling([1, 2]), prime([], []))
    assert carry.legality.numpy().tolist() == [0, 0]


def test_drafts_of_a_row_are_its_own():
    """The first has the row's seed, so one draft is what it always was."""
    seeds = [3, -9, 2**31 - 1]
    given, wish = repeat(prime([1], [], [3, 2]), sampling(seeds, temperature=[1, 2, 3]), 4)
    assert wish.seed.numpy()[::4].tolist() == seeds
    assert len(set(wish.seed.numpy().tolist())) == 12
    assert wish.temperature.numpy().tolist() == [1] * 4 + [2] * 4 + [3] * 4
    assert given.lengths.numpy().tolist() == [1] * 4 + [0] * 4 + [2] * 4
    _, alone = repeat(prime([]), sampling([-9]), 4)
    np.testing.assert_array_equal(alone.seed, wish.seed[4:8])
    assert repeat(given, wish, 1) == (given, wish)


def test_one_draft_is_kept_as_it_is():
    assert keep_one(tf.constant([-3.0, -90.0]), tf.constant([1, 2]), 1).numpy().tolist() == [0, 1]


@pytest.mark.parametrize("jit", [False, True])
def test_the_draft_is_drawn_in_proportion(jit):
    chances, seeds = np.array([0.6, 0.3, 0.1]), tf.range(4000)
    legality = tf.tile(tf.constant(np.log(chances) - 7, tf.float32), [4000])
    kept = tf.function(keep_one, jit_compile=jit)(legality, seeds, 3).numpy() - 3 * seeds.numpy()
    np.testing.assert_allclose(np.bincount(kept) / 4000, chances, atol=0.03)


def test_a_draft_that_is_not_legal_at_all_is_not_kept():
    legality = tf.constant([-np.inf, -50.0] * 20, tf.float32)
    kept = keep_one(legality, tf.range(20), 2)
    np.testing.assert_array_equal(kept, 2 * np.arange(20) + 1)


def test_the_choice_is_not_made_of_the_texts_own_noise():
    """Else the draft that is kept would go with what it says."""
    ids, _ = generate(sampling(range(50)), steps=32, limit=32)
    kept = keep_one(tf.zeros([50 * VOCAB]), tf.range(50), VOCAB).numpy() % VOCAB
    assert np.mean(kept == ids.numpy()[:, 0]) < 0.5

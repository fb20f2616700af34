"""The loop: one seed, one text, however it is compiled, cut into chunks or batched."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tests.decoding.toys import (
    CLOSE,
    END,
    OPEN,
    VOCAB,
    Balanced,
    generate,
    log_softmax,
    logits_of,
    prime,
    sampling,
    step,
)
from tfrnn.decoding.sampling import BLOCK, extend

SEEDS = [3, 14, 15, 14, 59, -26]


def never_end(ids, state):
    logits, state = step(ids, state)
    return logits - 1e4 * tf.one_hot(END, VOCAB), state


def equal(found, expected):
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], atol=1e-5)


@functools.cache
def expected():
    """What the seeds write eagerly."""
    return generate(sampling(SEEDS))


def until_end(row):
    row = row.numpy().tolist()
    return row[: row.index(END) + 1] if END in row else row


def test_a_seed_says_what_is_written():
    ids = expected()[0].numpy()
    equal(generate(sampling(SEEDS)), expected())
    np.testing.assert_array_equal(ids[1], ids[3])
    assert len({row.tobytes() for row in ids}) == len(set(SEEDS))
    assert {i for row in ids for i in row} == set(range(VOCAB))


@pytest.mark.parametrize("jit", [False, True])
def test_compiled_or_not_the_ids_are_the_same(jit):
    compiled = tf.function(generate, jit_compile=jit)
    equal(compiled(sampling(SEEDS)), expected())


@pytest.mark.parametrize("chunk", [BLOCK, 2 * BLOCK])
def test_a_stream_in_chunks_is_the_whole(chunk):
    wish, steps = sampling(SEEDS), 4 * BLOCK
    whole = generate(wish, steps=steps, limit=steps, model=never_end)
    equal(generate(wish, steps=steps, limit=steps, model=never_end, chunk=chunk), whole)
    assert (whole[0].numpy() != END).all()


def test_chunks_must_fit_the_noise():
    with pytest.raises(ValueError, match=r"^steps must be a multiple of 32, got 33\.$"):
        extend(step, None, None, None, steps=33, limit=64, end=END)


def test_a_row_does_not_see_the_rows_beside_it():
    for row, seed in enumerate(SEEDS):
        equal(generate(sampling([seed])), [part[row : row + 1] for part in expected()])
    beside = sampling(
        [*SEEDS, 5, 6, 7],
        temperature=[1] * 6 + [0, 3, 1],
        top_k=[VOCAB] * 6 + [VOCAB, 1, 2],
        top_p=[1] * 6 + [1, 1, 0.2],
    )
    primes = prime(*[[]] * 6, [3, 4], [OPEN] * 40, [])
    equal([part[:6] for part in generate(beside, primes)], expected())


def test_no_temperature_takes_the_likeliest_at_each_step():
    ids, _ = generate(sampling([1, 2], temperature=0), limit=20, model=never_end)
    np.testing.assert_array_equal(ids[0], ids[1])
    path = ids[0, :20].numpy()
    np.testing.assert_array_equal(path, logits_of(path)[:, 1:].argmax(-1) + 1)


def test_a_prime_is_forced_and_then_left():
    given = [[3, 4, 3], [], [1] * 35]
    ids = generate(sampling([1, 2, 3]), prime(*given), model=never_end)[0].numpy()
    for row, start in zip(ids, given):
        assert row[: len(start)].tolist() == start
    free = generate(sampling([1, 2, 3]), model=never_end)[0].numpy()
    np.testing.assert_array_equal(ids[1], free[1])
    # a later position draws with the same noise, whatever came before
    assert (ids[2, 35:] != 1).any()


def test_nothing_follows_the_end():
    ids, scores = (part.numpy() for part in expected())
    ended = np.cumsum(ids == END, axis=1) - (ids == END) > 0
    assert ended.any()
    assert (ids[ended] == END).all()
    assert (scores[ended] == 0).all()
    assert (scores[~ended] < 0).all()


@pytest.mark.parametrize("limit", [1, 5, 32, 40])
def test_no_row_is_longer_than_the_limit(limit):
    ids, scores = generate(sampling(SEEDS), limit=limit, model=never_end)
    assert ids.shape == (6, 64)
    assert (ids[:, :limit].numpy() != END).all()
    assert (ids[:, limit:].numpy() == END).all()
    assert (scores[:, limit:].numpy() == 0).all()
    assert (scores[:, :limit].numpy() != 0).all()


def test_a_prime_beyond_the_limit_is_cut():
    ids, _ = generate(sampling([1]), prime([1] * 20), limit=10)
    assert ids[0].numpy().tolist() == [1] * 10 + [END] * 54


@pytest.mark.parametrize("wish", [{}, {"temperature": 0.5}, {"top_k": 2}, {"top_p": 0.4}])
def test_scores_are_those_of_the_model_as_it_is(wish):
    """However an id was chosen: primed, cooled, or out of a few."""
    ids, scores = generate(sampling([1, 2], **wish), prime([], [4, 3, 1]))
    for row, score in zip(ids, scores.numpy()):
        path = until_end(row)
        wanted = log_softmax(logits_of(path))[np.arange(len(path)), path]
        np.testing.assert_allclose(score[: len(path)], wanted, atol=1e-5)


def test_logits_that_are_no_numbers_show_in_the_scores():
    def broken(ids, state):
        logits, state = step(ids, state)
        return tf.where(state[:, None] > 3, float("nan"), logits), state

    ids, scores = generate(sampling([1, 2]), prime([1] * 3, [2] * 3), model=broken)
    assert np.isfinite(scores[:, :3]).all()
    assert np.isnan(scores[:, 3]).all()
    assert ((ids.numpy() >= 0) & (ids.numpy() < VOCAB)).all()


@pytest.mark.parametrize(
    ("limit", "wish"),
    [(1, {}), (2, {"temperature": 5}), (9, {"temperature": 0}), (31, {"top_k": 1}), (64, {})],
)
def test_a_constraint_is_kept_and_its_documents_end_in_time(limit, wish):
    def keen(ids, state):  # opens as long as it may, and never closes of itself
        logits, state = step(ids, state)
        return logits + tf.constant([-8.0, 4.0, -8.0, 0.0, 0.0]), state

    ids, scores = generate(sampling(SEEDS, **wish), limit=limit, constraint=Balanced(), model=keen)
    assert np.isfinite(scores).all()
    for row in ids.numpy():
        path = row[: list(row).index(END) + 1] if END in row else row
        assert len(path) <= limit
        assert path[-1] == END
        depth = np.cumsum((path == OPEN).astype(int) - (path == CLOSE))
        assert depth.min() >= 0
        assert depth[-1] == 0
    assert limit < 9 or (ids.numpy() == OPEN).sum() >= len(SEEDS)


def test_a_constraint_reads_the_prime():
    ids, _ = generate(sampling(SEEDS), prime(*[[OPEN] * 20] * 6), limit=42, constraint=Balanced())
    for row in ids:
        path = np.array(until_end(row))
        assert (path == OPEN).sum() == (path == CLOSE).sum() >= 20
        assert len(path) <= 42


@pytest.mark.parametrize("jit", [False, True])
def test_a_constrained_stream_is_the_constrained_whole(jit):
    whole = generate(sampling(SEEDS), constraint=Balanced())
    compiled = tf.function(generate, jit_compile=jit)
    equal(compiled(sampling(SEEDS), constraint=Balanced(), chunk=BLOCK), whole)

"""Beam search against the search of everything, and what each wish promises."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.decoding.beam import Looked, search
from tfrnn.decoding.search import Search
from tfrnn.errors import UsageError

START, END, VOCAB, SOURCE = 2, 3, 5, 4
LIMIT = 4


def model(seed, rows=3, vocab=VOCAB):
    """A model whose logits depend on the row and on all ids so far, by a random table."""
    rng = np.random.default_rng(seed)
    table = tf.constant(rng.normal(size=[rows, 64, vocab]) * 2, tf.float32)
    looks = tf.constant(rng.dirichlet(np.ones(SOURCE), size=[rows, 64]), tf.float32)

    def step(ids, state):
        code = (state["code"] * 7 + ids + 1) % 64
        at = tf.stack([state["row"], code], 1)
        weights = tf.gather_nd(looks, at)
        return tf.gather_nd(table, at), {"row": state["row"], "code": code, "weights": weights}

    def begin(rows):
        rows = tf.constant(rows, tf.int32)
        return {
            "row": rows,
            "code": tf.zeros_like(rows),
            "weights": tf.zeros([tf.shape(rows)[0], SOURCE]),
        }

    return step, begin


def looked(rows):
    return Looked(lambda state: state["weights"], tf.ones([rows, SOURCE], tf.bool))


def find(step, begin, rows, limits=None, **options):
    wish = {k: options.pop(k) for k in list(options) if k in Search.__dataclass_fields__}
    limits = tf.constant(limits or [LIMIT] * len(rows))
    return search(
        step, begin(rows), limits, start=START, end=END, wish=Search(**wish),
        looked=looked(len(rows)), **options,
    )  # fmt: skip


def everything(step, begin, row, *, limit=LIMIT, alpha=1.0, beta=0.0):
    """Scores every sequence that ends within the limit, the best first."""
    found = []
    for length in range(1, limit + 1):
        for body in itertools.product([i for i in range(VOCAB) if i != END], repeat=length - 1):
            state, last, logp, weights = begin([row]), START, 0.0, []
            for i in (*body, END):
                logits, state = step(tf.constant([last]), state)
                logp += float(tf.nn.log_softmax(tf.cast(logits, tf.float64))[0, i])
                weights.append(state["weights"].numpy()[0])
                last = i
            cover = np.log(np.minimum(np.sum(weights, 0), 1.0)).sum()
            score = logp / ((5 + length) / 6) ** alpha + beta * cover
            found.append((score, logp, (*body, END), np.array(weights)))
    return sorted(found, key=lambda item: -item[0])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (1.0, 0.0), (0.6, 0.3)])
def test_a_wide_beam_finds_the_best_of_all(seed, alpha, beta):
    step, begin = model(seed)
    found = find(
        step, begin, [0, 1, 2], beam=4**LIMIT, nbest=3, length_penalty=alpha, coverage_penalty=beta
    )
    for row in range(3):
        best = everything(step, begin, row, alpha=alpha, beta=beta)
        for rank in range(3):
            score, logp, ids, weights = best[rank]
            count = len(ids)
            assert tuple(found.ids[row, rank, :count].numpy()) == ids
            assert int(found.lengths[row, rank]) == count and bool(found.ended[row, rank])
            np.testing.assert_allclose(found.scores[row, rank], score, atol=1e-4)
            np.testing.assert_allclose(found.log_probabilities[row, rank], logp, atol=1e-4)
            np.testing.assert_allclose(found.weights[row, rank, :count], weights, atol=1e-6)
            assert not np.any(found.weights[row, rank, count:])


def greedy(step, begin, row, limit):
    state, last, ids = begin([row]), START, []
    while len(ids) < limit and last != END:
        logits, state = step(tf.constant([last]), state)
        last = int(tf.argmax(logits[0]))
        ids.append(last)
    return ids


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_of_one_is_greedy(seed):
    step, begin = model(seed)
    found = find(step, begin, [0, 1, 2], limits=[9, 9, 9], beam=1)
    for row in range(3):
        wanted = greedy(step, begin, row, 9)
        assert found.ids[row, 0, : len(wanted)].numpy().tolist() == wanted
        assert bool(found.ended[row, 0]) == (wanted[-1] == END)


@pytest.mark.parametrize("seed", range(5))
def test_a_row_depends_on_no_other(seed):
    step, begin = model(seed)
    wish = {"beam": 3, "nbest": 3, "coverage_penalty": 0.2}
    together = find(step, begin, [0, 1, 2], limits=[3, 12, 7], **wish)
    for row, limit in enumerate([3, 12, 7]):
        alone = find(step, begin, [row], limits=[limit], **wish)
        steps = alone.ids.shape[2]
        np.testing.assert_array_equal(together.ids[row, :, :steps], alone.ids[0])
        assert np.all(together.ids[row, :, steps:] == END)
        np.testing.assert_array_equal(together.lengths[row], alone.lengths[0])
        np.testing.assert_allclose(together.scores[row], alone.scores[0], atol=1e-6)


def test_compiled_equals_eager():
    step, begin = model(0)
    eager = find(step, begin, [0, 1, 2], beam=3, nbest=2)
    graph = tf.function(lambda: find(step, begin, [0, 1, 2], beam=3, nbest=2), autograph=False)()
    for a, b in zip(graph, eager, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def endless(ids, state):
    """A model that never finds an end likely, nor possible."""
    logits = tf.tile(tf.constant([[0.0, 1.0, 0.5, -np.inf, np.nan]]), [tf.shape(ids)[0], 1])
    return logits, state


def test_there_is_a_result_even_when_nothing_ends():
    found = search(
        endless, tf.zeros([2, 1]), tf.constant([3, 5]), start=START, end=END, wish=Search(beam=2)
    )
    assert not np.any(found.ended)
    assert found.lengths[:, 0].numpy().tolist() == [3, 5]
    assert found.ids[:, 0].numpy().tolist() == [[1, 1, 1, END, END], [1, 1, 1, 1, 1]]
    assert np.all(np.isfinite(found.scores))
    assert found.weights.shape == (2, 1, 5, 0)


@pytest.mark.parametrize("seed", range(3))
def test_no_ngram_comes_twice(seed):
    step, begin = model(seed)
    for n in (1, 2, 3):
        found = find(step, begin, [0, 1, 2], limits=[20] * 3, beam=3, block_ngrams=n, min_length=6)
        for row in range(3):
            ids = found.ids[row, 0, : int(found.lengths[row, 0])].numpy().tolist()
            runs = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
            possible = found.scores[row, 0] > -1e20
            assert not possible or len(set(runs)) == len(runs)


@pytest.mark.parametrize("seed", range(3))
def test_no_end_before_the_least_length_and_nothing_forbidden(seed):
    step, begin = model(seed)
    found = find(
        step, begin, [0, 1, 2], limits=[9] * 3, beam=3, nbest=3, min_length=5, forbidden=(0, 2)
    )
    assert np.all(found.lengths.numpy() > 5)
    for row in range(3):
        written = found.ids[row, 0, : int(found.lengths[row, 0])].numpy()
        assert not {0, 2} & set(written.tolist())


def test_a_penalty_makes_repetition_rarer():
    def written(penalty):
        wish = Search(beam=1, repetition_penalty=penalty)
        found = search(endless, tf.zeros([1, 1]), tf.constant([4]), start=START, end=END, wish=wish)
        return found.ids[0, 0].numpy().tolist()

    assert written(1.0) == [1, 1, 1, 1]
    assert written(3.0) == [1, 2, 1, 1]  # 1/3 and 0.5, then 1/3 and 0.5/3


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"beam": 0}, "--beam must be 1 or more, got 0"),
        ({"beam": 3, "nbest": 4}, r"--nbest must be 1 to --beam \(3\), got 4"),
        ({"length_penalty": -1.0}, "--length-penalty must be 0 or more"),
        ({"coverage_penalty": float("nan")}, "--coverage-penalty must be 0 or more"),
        ({"min_length": -1}, "--min-length must be 0 or more"),
        ({"block_ngrams": -1}, "--block-ngrams must be 0 or more"),
        ({"repetition_penalty": 0.5}, "--repetition-penalty must be 1 or more"),
    ],
)
def test_wishes_that_cannot_be(option, message):
    with pytest.raises(UsageError, match=message):
        Search(**option)

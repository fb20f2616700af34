"""Whole sequences drawn: by their probabilities, within their limits, each row by itself."""

import numpy as np
import pytest
import tensorflow as tf

from tests.decoding.test_beam import END, START, VOCAB, greedy, model
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.drawing import draw_sequences, sampling_of


def draw(seed, rows, *, seeds=None, limit=6, choice=Choice(), **options):
    step, begin = model(seed)
    return draw_sequences(
        step, begin(rows), tf.constant(np.broadcast_to(limit, len(rows)), tf.int32),
        sampling_of(seeds or range(len(rows)), choice, VOCAB),
        longest=40, start=START, end=END, **options,
    )  # fmt: skip


@pytest.mark.parametrize("choice", [Choice(temperature=0), Choice(top_k=1), Choice(top_p=1e-6)])
def test_without_chance_it_is_greedy(choice):
    step, begin = model(1)
    found = draw(1, [0, 1, 2], limit=9, choice=choice)
    for row in range(3):
        wanted = greedy(step, begin, row, 9)
        assert found.ids[row, : len(wanted)].numpy().tolist() == wanted
        assert int(found.lengths[row]) == len(wanted)
        assert bool(found.ended[row]) == (wanted[-1] == END)


def test_ids_come_as_often_as_the_model_says():
    step, begin = model(2)
    count = 2000
    found = draw(2, [1] * count, limit=2, forbidden=(0,))
    logits = step(tf.constant([START]), begin([1]))[0][0].numpy()
    wanted = np.exp(logits) * (np.arange(VOCAB) != 0)
    wanted /= wanted.sum()
    shares = np.bincount(found.ids[:, 0], minlength=VOCAB) / count
    np.testing.assert_allclose(shares, wanted, atol=4 * 0.5 / count**0.5)
    assert shares[0] == 0


def test_log_probabilities_are_those_of_the_ids():
    step, begin = model(3)
    found = draw(3, [0, 1, 2], limit=7, prefix=(1, 4))
    for row in range(3):
        state, last, logp = begin([row]), START, 0.0
        for i in found.ids[row, : int(found.lengths[row])].numpy():
            logits, state = step(tf.constant([last]), state)
            logp += float(tf.nn.log_softmax(logits)[0, i])
            last = int(i)
        np.testing.assert_allclose(found.log_probabilities[row], logp, atol=1e-4)
        assert found.ids[row, :2].numpy().tolist() == [1, 4]


def test_each_row_has_its_limit_and_depends_on_no_other():
    limits = [1, 33, 5]
    together = draw(4, [0, 1, 2], seeds=[7, 8, 9], limit=limits, forbidden=(END,))
    assert together.lengths.numpy().tolist() == limits and not np.any(together.ended)
    for row, limit in enumerate(limits):
        alone = draw(4, [row], seeds=[7 + row], limit=limit, forbidden=(END,))
        np.testing.assert_array_equal(alone.ids[0, :limit], together.ids[row, :limit])


def test_a_seed_draws_the_same_again():
    again = [draw(0, [1], seeds=[s], limit=20, forbidden=(END,)).ids.numpy() for s in (1, 1, 2)]
    np.testing.assert_array_equal(again[0], again[1])
    assert not np.array_equal(again[0], again[2])

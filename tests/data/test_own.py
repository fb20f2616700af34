"""Scheduled sampling: how the share grows, and which places a batch gives to the model."""

import numpy as np
import pytest
import tensorflow as tf

from tests.scripts.runs import pairs
from tfrnn.data.options import PairsOptions
from tfrnn.data.own import share, with_own
from tfrnn.data.pairs import Pair, PairSplits
from tfrnn.data.subwords import PAD, START
from tfrnn.data.translations import learn_pieces, read_translations
from tfrnn.errors import UsageError


def shares(curve, numbers, most=0.5, batches=200):
    return [float(share(curve, most, batches, tf.constant(n))) for n in numbers]


def test_curves_by_hand():
    assert shares("none", [0, 500]) == [0, 0]
    assert shares("constant", [0, 500]) == [0.5, 0.5]
    assert shares("linear", [0, 100, 200, 900]) == [0, 0.25, 0.5, 0.5]
    np.testing.assert_allclose(shares("exponential", [0, 100, 200]), [0, 0.45, 0.495], atol=1e-6)
    found = shares("sigmoid", [0, 100, 200])
    np.testing.assert_allclose(found, [0.5 / (1 + np.e**6), 0.25, 0.5 / (1 + np.e**-6)], atol=1e-6)


@pytest.mark.parametrize("curve", ["linear", "exponential", "sigmoid"])
def test_curves_only_grow(curve):
    found = shares(curve, range(0, 500, 7))
    assert found == sorted(found) and found[-1] == pytest.approx(0.5, 0.01)


def splits(**options):
    rows = [Pair(*pair) for pair in pairs(90)]
    chosen = PairsOptions(source="-", pieces=70, batch_size=8, **options)
    data = learn_pieces(PairSplits(rows[:80], rows[80:85], rows[85:], ""), chosen)
    return data.splits(chosen, seed=4)


def test_a_batch_gives_places_to_the_model():
    found = splits(sampling="linear", sampled=0.6, sampled_after=50)
    counts = []
    for batch in found.train(0).take(60):
        own, shifted = (batch.inputs[name].numpy() for name in ("own", "shifted"))
        assert own.shape == shifted.shape
        assert not own[(shifted == PAD) | (shifted == START)].any()
        counts.append((own.sum(), ((shifted != PAD) & (shifted != START)).sum()))
    counts = np.array(counts)
    assert counts[0, 0] == 0
    for part, wanted in ((slice(20, 30), 0.3), (slice(50, 60), 0.6)):
        given, all_ = counts[part].sum(0)
        assert given / all_ == pytest.approx(wanted, abs=0.06)
    assert all("own" not in batch.inputs for batch in found.valid)
    assert "own" not in next(iter(splits().train(0))).inputs


def test_a_stream_goes_on_where_it_stood():
    found = splits(sampling="constant", sampled=0.5)
    whole = list(found.train(0).take(30))
    for batch, wanted in zip(found.train(13).take(17), whole[13:]):
        np.testing.assert_array_equal(batch.inputs["own"], wanted.inputs["own"])
        np.testing.assert_array_equal(batch.inputs["shifted"], wanted.inputs["shifted"])


def test_two_batches_have_different_places():
    blank = tf.data.Dataset.from_tensors(next(iter(splits().train(0)))).repeat(2)
    first, second = with_own(lambda start: blank, "constant", most=0.5, batches=1, seed=1)(0)
    assert (first.inputs["own"].numpy() != second.inputs["own"].numpy()).any()


@pytest.mark.parametrize("wrong", [{"sampled": 1.5}, {"sampled": -0.1}, {"sampled_after": 0}])
def test_numbers_that_cannot_be(wrong):
    flag = f"--data.{next(iter(wrong)).replace('_', '-')} must be"
    with pytest.raises(UsageError, match=flag):
        read_translations(PairsOptions(source="nowhere", **wrong), seed=0)

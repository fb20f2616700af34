"""The choice of units: planted ones are found, and the numbers are numpy's."""

import math

import numpy as np
import pytest

from tfrnn.probe.units import LEAST, Pick, choose, correlations, describe, features

TUNE = 'K:D\n"A"d[e|f\n(g]) a|'


def test_features_of_a_tune():
    found = features(TUNE)
    by_hand = {
        "place in the line": [1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7],
        "place in the bar": [1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 0, 1, 0, 1, 2, 3, 4, 5, 6, 0],
        "place in the word": [1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 0, 1, 2],
        "inside quotes": [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        "depth of brackets": [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 1, 0, 0, 0, 0],
        "place in the text": list(range(20)),
    }
    assert {name: values.tolist() for name, values in found.items()} == by_hand


def test_what_does_not_vary_is_no_feature():
    assert set(features("a b c")) == {"place in the text", "place in the line", "place in the word"}


def test_correlations_are_numpys():
    rng = np.random.default_rng(0)
    values, feature = rng.normal(size=(50, 7)), rng.normal(size=50)
    values[:, 3] = 0.25  # of a unit that never changes numpy says NaN
    found = correlations(values, feature)
    for unit in (0, 1, 2, 4, 5, 6):
        expected = np.corrcoef(values[:, unit], feature)[0, 1]
        assert found[unit] == pytest.approx(expected, abs=1e-12)
    assert found[3] == 0


def test_planted_units_are_found():
    """Either sign; the strongest first; no unit twice; the rest by variance."""
    rng = np.random.default_rng(0)
    text = "ab cde\nfg (hi) jk\n" * 8
    follows = features(text)
    values = rng.normal(size=(len(text), 40))
    values[:, 11] *= 9
    values[:, 5] = 0.01 * follows["place in the line"]
    values[:, 23] = 0.1 * (-follows["depth of brackets"] + 0.1 * rng.normal(size=len(text)))
    picks = choose(values, follows, 4)
    assert [pick[:2] for pick in picks] == [
        (5, "place in the line"),
        (23, "depth of brackets"),
        (11, ""),
        picks[3][:2],
    ]
    assert picks[0].correlation == pytest.approx(1)
    assert -1 < picks[1].correlation < -0.9
    assert math.isnan(picks[2].correlation)
    everything = choose(values, follows, 100)
    assert sorted(pick.unit for pick in everything) == list(range(40))
    assert all(abs(pick.correlation) >= LEAST for pick in everything if pick.feature)


def test_a_unit_is_shown_by_the_feature_that_it_follows_best():
    values = np.arange(8.0)[:, None]
    follows = {"weak": np.array([0, 2, 1, 3, 4, 6, 5, 9.0]), "strong": np.arange(8.0)}
    for order in (follows, dict(reversed(follows.items()))):
        (pick,) = choose(values, order, 3)
        assert pick.feature == "strong"


def test_a_chosen_unit_is_described_however_weakly_it_follows():
    values = np.stack([np.zeros(60), np.random.default_rng(0).normal(size=60)], 1)
    follows = {"one": np.arange(60.0), "other": np.arange(60.0) ** 2 % 5}
    found = {name: np.corrcoef(values[:, 1], feature)[0, 1] for name, feature in follows.items()}
    strongest = max(found, key=lambda name: abs(found[name]))
    assert abs(found[strongest]) < LEAST
    unit, feature, correlation = describe(values, follows, 1)
    assert (unit, feature, correlation) == (1, strongest, pytest.approx(found[strongest]))
    assert describe(values, {}, 1)[:2] == (1, "")
    assert describe(values, follows, 0).correlation == 0


def test_how_a_pick_is_written():
    named, plain = Pick(7, "place in the bar", -0.876), Pick(8, "", math.nan)
    assert (str(named), str(plain)) == ("unit 7: place in the bar (-0.88)", "unit 8")
    assert (named.row(), plain.row()) == (("7", "place in the bar", "-0.88"), ("8", "-", "-"))

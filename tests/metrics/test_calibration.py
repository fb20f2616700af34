"""Temperatures that are known, bins by a slow twin, and scores against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from tfrnn.metrics.calibration import (
    EXTREMES,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
    softmax,
)


def draw(examples, classes, seed=0):
    """Logits that are calibrated, and labels drawn from their probabilities."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(examples, classes))
    labels = (softmax(logits).cumsum(1) < rng.random((examples, 1))).sum(1)
    return logits, labels


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_a_known_temperature_is_found(factor):
    logits, labels = draw(40_000, 7)
    assert fit_temperature(factor * logits, labels) == pytest.approx(factor, rel=0.02)


def test_no_other_temperature_is_better():
    logits, labels = draw(500, 4, seed=1)
    found = fit_temperature(3 * logits, labels)
    others = found * np.linspace(0.9, 1.1, 41)
    nats = [negative_log_likelihood(3 * logits, labels, other) for other in others]
    assert abs(others[np.argmin(nats)] - found) < 0.01 * found


def test_the_minimum_is_that_of_the_docstring():
    """The slope of the smoothed nats in T, by finite differences, is 0 at what is found."""
    logits, labels = draw(60, 3, seed=2)
    found, rest = fit_temperature(logits, labels), 1 / 62

    def nats(temperature):
        scores = np.log(softmax(logits, temperature))
        targets = (1 - rest) * np.eye(3)[labels] + rest / 3
        return -np.mean(np.sum(targets * scores, 1))

    assert (nats(found + 1e-4) - nats(found - 1e-4)) / 2e-4 == pytest.approx(0, abs=1e-6)
    assert nats(found) < min(nats(found - 0.01), nats(found + 0.01))


@pytest.mark.parametrize("examples", [1, 30])
def test_a_faultless_validation_set_does_not_make_it_sure_of_everything(examples):
    """Of the 1 / (n + 2) that is spread over two classes, the wrong one gets half."""
    logits = np.tile([[3.0, 0.0]], (examples, 1))
    temperature = fit_temperature(logits, [0] * examples)
    wanted = 1 - 1 / (2 * (examples + 2))
    assert softmax(logits, temperature)[0, 0] == pytest.approx(wanted, abs=1e-5)


def test_what_is_always_wrong_becomes_unsure():
    assert fit_temperature([[5.0, 0.0]] * 10, [1] * 10) == pytest.approx(EXTREMES[1], rel=1e-4)


def test_equal_logits_stay_as_they_are():
    assert fit_temperature(np.zeros((4, 3)), [0, 1, 2, 0]) == 1
    assert fit_temperature(np.ones((2, 1)), [0, 0]) == 1


def test_a_shift_of_logits_changes_nothing():
    logits, labels = draw(50, 3)
    assert fit_temperature(logits + 1e4, labels) == pytest.approx(
        fit_temperature(logits, labels), rel=1e-5
    )
    assert np.isfinite(negative_log_likelihood(1e5 * logits, labels))


@pytest.mark.parametrize("logits", [np.zeros((0, 3)), [[0.0, np.inf]], [[np.nan, 0.0]]])
def test_logits_that_say_nothing_are_refused(logits):
    with pytest.raises(ValueError, match="finite logits of at least one example"):
        fit_temperature(logits, np.zeros(len(logits), int))


def test_scikit_learn_agrees():
    logits, labels = draw(300, 5, seed=3)
    for temperature in (0.5, 1.0, 2.0):
        probabilities = softmax(logits, temperature)
        wanted = log_loss(labels, probabilities)
        found = negative_log_likelihood(logits, labels, temperature)
        assert found == pytest.approx(wanted, rel=1e-12)
        wanted = brier_score_loss(labels, probabilities, labels=range(5), scale_by_half=False)
        assert brier_score(probabilities, labels) == pytest.approx(wanted, rel=1e-12)


PREDICTIONS = st.lists(
    st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=30
)  # in sixtieths, so that edges of bins come up


@settings(deadline=None)
@given(PREDICTIONS, st.sampled_from([1, 2, 4, 15]))
def test_a_slow_twin_sorts_alike(predictions, bins):
    confidence, right = np.array([c / 60 for c, _ in predictions]), [r for _, r in predictions]
    table = reliability(confidence, right, bins)
    total = 0.0
    for i in range(bins):
        low, high = table.edges[i : i + 2]
        own = [(c, r) for c, r in zip(confidence, right) if low < c <= high or c == low == 0]
        assert table.counts[i] == len(own)
        if own:
            means = np.mean(own, axis=0)
            np.testing.assert_allclose([table.confidence[i], table.accuracy[i]], means, rtol=1e-12)
            total += len(own) * abs(means[1] - means[0])
    assert table.error == pytest.approx(total / len(predictions), abs=1e-12)
    np.testing.assert_allclose(table.edges, np.arange(bins + 1) / bins, rtol=1e-12)


def test_an_edge_belongs_to_the_bin_below():
    assert reliability([0.0, 0.5, 0.5000001, 1.0], [True] * 4, bins=2).counts.tolist() == [2, 2]


def test_a_calibrated_classifier_has_hardly_an_error_and_a_sure_one_has():
    """What 20,000 draws leave of an error that is 0 in truth is about 0.006."""
    logits, labels = draw(20_000, 5, seed=4)
    assert expected_calibration_error(softmax(logits), labels) < 0.01
    right = np.arange(10) % 2
    assert expected_calibration_error(np.eye(2)[[0] * 10], right) == 0.5
    assert expected_calibration_error(softmax(logits, 0.25), labels) > 0.1


def test_rounding_above_one_is_one():
    probabilities = np.nextafter(np.ones((1, 1)), 2)
    assert expected_calibration_error(probabilities, [0]) == 0


@pytest.mark.parametrize("confidence", [[], [1.1], [-0.1], [np.nan]])
def test_confidences_out_of_range_are_refused(confidence):
    with pytest.raises(ValueError, match="at least one prediction, confidences in"):
        reliability(confidence, [True] * len(confidence))

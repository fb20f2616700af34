"""Learning rates against their formulas, and what config refuses."""

import numpy as np
import pytest
import tensorflow as tf

from tests.training.toys import bigram, config
from tfrnn.errors import UsageError
from tfrnn.training.loop import make_optimizer
from tfrnn.training.schedules import Schedule

STEPS, WARMUP, TOP, FINAL = 50, 10, 0.3, 0.1


def rates(kind, *, warmup=WARMUP, steps=STEPS, upto=STEPS + 5, final=FINAL):
    schedule = Schedule(
        config(
            steps=steps, warmup=warmup, learning_rate=TOP, final_rate=final, schedule=kind
        )
    )  # fmt: skip
    return np.array([schedule(tf.constant(k, tf.int64)) for k in range(upto)])


def formula(kind, step, warmup):
    t = np.clip((step - warmup) / (STEPS - warmup), 0, 1)
    cosine = FINAL + (1 - FINAL) * (1 + np.cos(np.pi * t)) / 2
    fall = {"constant": np.ones_like(t), "exponential": FINAL**t, "cosine": cosine}[kind]
    return TOP * fall * (np.minimum(1, (step + 1) / warmup) if warmup else 1)


@pytest.mark.parametrize("kind", ["constant", "exponential", "cosine"])
@pytest.mark.parametrize("warmup", [0, 1, WARMUP])
def test_rates_are_those_of_the_formula(kind, warmup):
    expected = formula(kind, np.arange(STEPS + 5), warmup)
    np.testing.assert_allclose(rates(kind, warmup=warmup), expected, rtol=1e-5)


@pytest.mark.parametrize("kind", ["exponential", "cosine"])
def test_rates_rise_to_the_top_then_fall_to_the_share_that_is_left(kind):
    found = rates(kind)
    assert (np.diff(found[: WARMUP - 1]) > 0).all()
    assert (np.diff(found[WARMUP:STEPS]) < 0).all()
    assert found[WARMUP - 1] == found[WARMUP] == found.max() == np.float32(TOP)
    np.testing.assert_allclose(found[STEPS:], TOP * FINAL, rtol=1e-5)


@pytest.mark.parametrize("kind", ["constant", "exponential", "cosine"])
def test_a_warmup_longer_than_the_run_only_rises(kind):
    found = rates(kind, warmup=20, steps=8, upto=8)
    np.testing.assert_allclose(found, TOP * np.arange(1, 9) / 20, rtol=1e-5)


def test_nothing_may_be_left():
    assert rates("exponential", final=0.0)[-1] == 0
    assert rates("cosine", final=0.0)[-1] == pytest.approx(0, abs=1e-7)


def test_the_optimizer_follows_the_schedule():
    model = bigram()
    optimizer = make_optimizer(model, config(steps=STEPS, warmup=WARMUP, learning_rate=TOP))
    for step in range(3):
        assert float(optimizer.learning_rate) == pytest.approx(TOP * (step + 1) / WARMUP)
        optimizer.apply([tf.ones_like(v) for v in model.trainable_variables])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"steps": 0}, r"--train\.steps must be 1 or more, got 0\."),
        ({"evaluate_every": -1}, r"--train\.evaluate-every must be 0 or more, got -1\."),
        ({"keep": 0}, r"--train\.keep must be 1 or more"),
        ({"bad_steps": 0}, r"--train\.bad-steps must be 1 or more"),
        ({"warmup": -1}, r"--train\.warmup must be 0 or more"),
        ({"patience": -1}, r"--train\.patience must be 0 or more"),
        ({"learning_rate": 0.0}, r"--train\.learning-rate must be above 0"),
        ({"learning_rate": float("nan")}, r"--train\.learning-rate must be above 0, got nan"),
        ({"learning_rate": float("inf")}, r"--train\.learning-rate must be above 0, got inf"),
        ({"clip_norm": 0.0}, r"--train\.clip-norm must be above 0"),
        ({"final_rate": 1.5}, r"--train\.final-rate must be 0 to 1"),
    ],
)
def test_numbers_that_cannot_be(option, message):
    with pytest.raises(UsageError, match=f"^{message}"):
        config(**option)

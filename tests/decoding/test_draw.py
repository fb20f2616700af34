"""One draw: what may be drawn, how often, and what no logits can break."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tests.decoding.toys import sampling
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.sampling import BLOCK, draw, gumbel
from tfrnn.errors import UsageError

LOGITS = np.array([0.3, -1.2, 2.0, 0.9, -0.4, 1.1, -2.5], np.float32)
VOCAB = len(LOGITS)


def draw_one(logits, noise=None, legal=None, **wish):
    """Draws for one row, or as many rows as there is noise for."""
    noise = np.zeros([1, len(logits)]) if noise is None else noise
    rows = tf.tile(tf.constant(logits, tf.float32)[None], [len(noise), 1])
    wish = sampling(range(len(noise)), **{"top_k": len(logits)} | wish)
    return draw(rows, tf.constant(noise, tf.float32), wish, legal).numpy()


def possible(logits, **wish):
    """Which ids can be drawn: those that win when the noise is all on their side."""
    noise = 1e9 * np.eye(len(logits))
    return set(np.flatnonzero(draw_one(logits, noise, **wish) == np.arange(len(logits))))


def softmax(logits):
    e = np.exp(np.asarray(logits, np.float64) - np.max(logits))
    return e / e.sum()


def slow_nucleus(logits, temperature, top_k, top_p):
    """Top-k, then top-p, by the words of their definition; the sums of what is kept, too."""
    order = sorted(range(len(logits)), key=lambda i: -logits[i])[:top_k]
    shares = softmax([logits[i] / temperature for i in order])
    kept, sums = [], []
    for i, share in zip(order, shares):
        kept.append(i)
        sums.append(share + (sums[-1] if sums else 0))
        if sums[-1] >= top_p:
            break
    return set(kept), sums


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"temperature": -0.1}, r"^--temperature must be 0 .* or more, got -0\.1\.$"),
        ({"temperature": float("nan")}, r"^--temperature .* got nan\.$"),
        ({"temperature": float("inf")}, r"^--temperature .* got inf\.$"),
        ({"top_k": 0}, r"^--top-k must be 1 or more, got 0\.$"),
        ({"top_p": 0.0}, r"^--top-p must be above 0 and at most 1, got 0\.0\.$"),
        ({"top_p": 2.0}, r"^--top-p .* got 2\.0\.$"),
        ({"top_p": float("nan")}, r"^--top-p .* got nan\.$"),
    ],
)
def test_what_cannot_be_sampled_with_is_refused(option, message):
    with pytest.raises(UsageError, match=message) as caught:
        Choice(**option)
    assert caught.value.code == 64


def test_the_edges_of_the_options_are_allowed():
    for option in ({"temperature": 0, "top_k": 1}, {"temperature": 1e39, "top_p": 1e-9}):
        assert vars(Choice(**option)).items() >= option.items()


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("wish", [{}, {"top_k": 2}, {"top_p": 0.5}, {"temperature": 0}])
@pytest.mark.parametrize("bad", [float("nan"), -float("inf"), float("inf")])
def test_logits_that_say_nothing_still_give_an_id(bad, wish, jit):
    """F25: `tf.random.categorical` gives an id equal to the vocabulary's size here."""
    wish = sampling([1], **{"top_k": VOCAB} | wish)
    compiled = tf.function(draw, jit_compile=jit)
    assert compiled(tf.fill([1, VOCAB], bad), gumbel(wish.seed, 0, BLOCK, VOCAB)[3], wish)[0] == 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_an_impossible_logit_is_never_drawn(bad):
    logits = LOGITS.copy()
    logits[[2, 5]] = bad
    assert possible(logits) == {0, 1, 3, 4, 6}
    assert draw_one(logits, temperature=0) == [3]


@pytest.mark.parametrize("temperature", [0, 1e-45, 1e-38, 2e-38, 1e-30, 1e-6])
@pytest.mark.parametrize("wish", [{}, {"top_k": 3}, {"top_p": 0.9}])
def test_no_temperature_is_the_likeliest(temperature, wish):
    noise = gumbel(tf.range(50), 0, BLOCK, VOCAB)[0].numpy()
    for logits in (LOGITS, LOGITS - 50):
        drawn = draw_one(logits, noise, temperature=temperature, **wish)
        assert set(drawn) == {int(np.argmax(LOGITS))}


@pytest.mark.parametrize("temperature", [1e10, 1e30, float("inf")])
def test_an_endless_temperature_draws_all_that_is_legal(temperature):
    legal = tf.constant([[True] * 5 + [False] * 2])
    assert possible(LOGITS, temperature=temperature, legal=legal) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_many_draws_are_as_frequent_as_the_softmax_says(temperature):
    noise = gumbel(tf.range(200), 0, 2 * BLOCK, VOCAB).numpy().reshape(-1, VOCAB)
    counts = np.bincount(draw_one(LOGITS, noise, temperature=temperature), minlength=VOCAB)
    expected = len(noise) * softmax(LOGITS / temperature)
    assert expected.min() > 0.5
    # 99.9% of the chi-square distribution with 6 degrees of freedom; the draws are fixed
    assert np.sum((counts - expected) ** 2 / expected) < 22.46


@given(
    st.lists(st.integers(-4000, 4000), min_size=8, max_size=8, unique=True),
    st.sampled_from([0.3, 1.0, 2.5]),
    st.integers(1, 9),
    st.floats(0.01, 1.0),
)
def test_top_k_and_top_p_keep_what_their_definition_keeps(thousandths, temperature, top_k, top_p):
    logits = np.array(thousandths) / 1000
    wanted, sums = slow_nucleus(logits, temperature, top_k, top_p)
    if top_p < 1 and any(abs(total - top_p) < 1e-5 for total in sums):
        return  # too near to call in float32
    assert possible(logits, temperature=temperature, top_k=top_k, top_p=top_p) == wanted


def test_equals_of_the_last_that_is_kept_are_kept_too():
    assert possible([1, 3, 3, 3, 0], top_k=2) == {1, 2, 3}
    assert possible([0, 3, 3, 0, 0], top_p=0.3) == {1, 2}


def test_top_k_counts_what_is_legal():
    legal = tf.constant([[False, False, True, False, True, True, True]])
    assert possible(LOGITS, top_k=2, legal=legal) == {2, 5}
    assert possible(LOGITS, top_p=1e-6, legal=~legal) == {3}


def test_each_row_has_its_own_wish():
    logits = tf.constant([[0.0, -1.0, -40.0]] * 4)
    wish = sampling(range(4), temperature=[0, 1, 1, 1], top_k=[3, 3, 2, 3], top_p=[1, 1, 1, 0.5])
    for favoured, drawn in ((1, [0, 1, 1, 0]), (2, [0, 2, 0, 0])):
        noise = tf.one_hot([favoured] * 4, 3, on_value=1e9)
        assert draw(logits, noise, wish).numpy().tolist() == drawn


def test_noise_is_standard_gumbel():
    noise = np.sort(gumbel(tf.range(20), 0, 10 * BLOCK, 3).numpy().ravel())
    n = len(noise)
    assert np.isfinite(noise).all()
    # Kolmogorov and Smirnov at 99.9%
    assert np.abs(np.exp(-np.exp(-noise)) - np.arange(n) / n).max() < 1.95 / np.sqrt(n)
    assert noise.mean() == pytest.approx(np.euler_gamma, abs=4 * np.sqrt(np.pi**2 / 6 / n))


def test_noise_is_a_function_of_seed_and_position():
    seeds = tf.constant([7, 8, 7, -1, 2**31 - 1])
    noise = gumbel(seeds, 0, 4 * BLOCK, 3).numpy()
    np.testing.assert_array_equal(noise[:, 0], noise[:, 2])
    for a, b in [(0, 1), (0, 3), (3, 4)]:
        assert np.abs(noise[:, a] - noise[:, b]).min() > 0
    for row in range(5):
        np.testing.assert_array_equal(gumbel(seeds[row : row + 1], 0, 128, 3)[:, 0], noise[:, row])
    for first in (BLOCK, 3 * BLOCK):
        np.testing.assert_array_equal(gumbel(seeds, first, BLOCK, 3), noise[first : first + BLOCK])
    assert len(np.unique(noise[:, [0, 1, 3, 4]])) > 0.999 * 4 * 4 * BLOCK * 3

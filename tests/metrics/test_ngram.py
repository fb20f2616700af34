"""Kneser-Ney against a page of arithmetic, a slow twin, and the laws of probability."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfrnn.metrics.ngram import NGram, bits_per_character, choose_order


def test_a_page_of_arithmetic():
    """Order 2 on the documents "ab" and "a", with a = 1, b = 2 and the boundary 0.

    Before a comes 0; before b, a; before 0, b and a: the continuations are 1, 1, 2 of 4. Two are 1
    and one is 2, so D(1) = 1 - 2 * 2/4 * 1/2 = 0.5; no 3 is there, so D(2) falls back to 1. What
    is left over is (0.5 + 0.5 + 1) / 4 = 0.5, a third of it for each.
    Of the pairs, 0a comes twice, ab, b0 and a0 once: D(1) = 1 - 2 * 3/5 * 1/3 = 0.6, D(2) = 1.
    """
    a = b = 0.5 / 4 + 0.5 / 3
    end = 1 / 4 + 0.5 / 3
    model = NGram.fit([[1, 2], [1]], vocab=3, order=2)
    np.testing.assert_allclose(model.probabilities([]), [end, a, b], rtol=1e-12)
    after_start = [0.5 * end, 1 / 2 + 0.5 * a, 0.5 * b]
    np.testing.assert_allclose(model.probabilities([0]), after_start, rtol=1e-12)
    after_a = [0.4 / 2 + 0.6 * end, 0.6 * a, 0.4 / 2 + 0.6 * b]
    np.testing.assert_allclose(model.probabilities([1]), after_a, rtol=1e-12)
    whole = [1 / 2 + 0.5 * a, 0.4 / 2 + 0.6 * b, 0.4 / 1 + 0.6 * end]
    np.testing.assert_allclose(model.bits([1, 2]), -np.log2(whole), rtol=1e-12)


class SlowTwin:
    """The formulas of the module's docstring by recursion over tuples."""

    def __init__(self, documents, vocab, order):
        self.vocab, self.order = vocab, order
        self.counts = [Counter() for _ in range(order)]
        before = [defaultdict(set) for _ in range(order)]
        for ids in documents:
            text = (0, *ids, 0)
            for end in range(2, len(text) + 1):
                for start in range(max(0, end - order), end):
                    length = end - start - 1
                    self.counts[length][text[start:end]] += 1
                    if start:
                        before[length][text[start:end]].add(text[start - 1])
        for length in range(order - 1):
            for gram, symbols in before[length].items():
                self.counts[length][gram] = len(symbols)

    def discount(self, length, count):
        n = Counter(self.counts[length].values())
        k = min(count, 3)
        if not (n[1] and n[k] and n[k + 1]):
            return k / 2
        y = n[1] / (n[1] + 2 * n[2])
        estimate = k - (k + 1) * y * n[k + 1] / n[k]
        return estimate if estimate > 0 else k / 2

    def probability(self, symbol, history):
        history = tuple(history[len(history) - min(len(history), self.order - 1) :])
        counts = self.counts[len(history)]
        followers = [(*history, w) for w in range(self.vocab) if counts[(*history, w)]]
        lower = self.probability(symbol, history[1:]) if history else 1 / self.vocab
        if not followers:
            return lower
        total = sum(counts[gram] for gram in followers)
        rest = sum(self.discount(len(history), counts[gram]) for gram in followers) / total
        count = counts[(*history, symbol)]
        share = (count - self.discount(len(history), count)) / total if count else 0
        return share + rest * lower


VOCAB = 5
DOCUMENTS = st.lists(
    st.lists(st.integers(1, VOCAB - 1), max_size=12), min_size=1, max_size=8
)  # four characters, so that all counts up to 4 occur


@settings(deadline=None)
@given(DOCUMENTS, st.lists(st.integers(1, VOCAB - 1), max_size=8), st.integers(1, 5))
def test_the_slow_twin_agrees(documents, scored, order):
    twin, model = SlowTwin(documents, VOCAB, order), NGram.fit(documents, VOCAB, order)
    text = [0, *scored, 0]
    expected = [twin.probability(text[i], text[:i]) for i in range(1, len(text))]
    np.testing.assert_allclose(model.bits(scored), -np.log2(expected), rtol=1e-9)


def test_the_slow_twin_agrees_on_many_counts():
    rng = np.random.default_rng(0)
    documents = [rng.choice(4, size=80, p=[0.5, 0.3, 0.15, 0.05]) + 1 for _ in range(20)]
    twin, model = SlowTwin(documents, VOCAB, 4), NGram.fit(documents, VOCAB, 4)
    text = [0, 3, 1, 4, 4, 1, 2, 1, 0]
    expected = [twin.probability(text[i], text[:i]) for i in range(1, len(text))]
    np.testing.assert_allclose(model.bits(text[1:-1]), -np.log2(expected), rtol=1e-9)


@settings(deadline=None)
@given(DOCUMENTS, st.lists(st.integers(0, VOCAB - 1), max_size=6), st.integers(1, 6))
def test_probabilities_sum_to_one_after_any_history(documents, history, order):
    probabilities = NGram.fit(documents, VOCAB, order).probabilities(history)
    assert probabilities.min() > 0
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)


def test_bits_agree_with_probabilities():
    model = NGram.fit([[1, 2, 1, 3], [2, 1]], VOCAB, order=3)
    steps = [model.probabilities([0, 1, 2][: i + 1])[w] for i, w in enumerate([1, 2, 0])]
    np.testing.assert_allclose(model.bits([1, 2]), -np.log2(steps), rtol=1e-12)


def test_nothing_is_remembered_from_one_document_to_the_next():
    model = NGram.fit([[1, 2], [3, 4]] * 5, VOCAB, order=4)
    assert model.bits([3])[0] == model.bits([3, 4])[0]
    joined = NGram.fit([[1, 2], [3, 4]] * 5, VOCAB, order=9)
    np.testing.assert_allclose(joined.bits([1, 2]), model.bits([1, 2]), rtol=1e-12)


def test_a_repeating_text_is_cheap_and_noise_costs_its_entropy():
    rng = np.random.default_rng(0)
    repeating = [[1, 2, 3, 4] * 50]
    assert NGram.fit(repeating, VOCAB, 4).bits(repeating[0]).sum() < 16
    noise = [rng.integers(1, VOCAB, 20_000), rng.integers(1, VOCAB, 5_000)]
    assert NGram.fit(noise[:1], VOCAB, 3).bits(noise[1])[:-1].mean() == pytest.approx(2, abs=0.01)


def test_bits_per_character_weighs_symbols_and_counts_ends():
    model = NGram.fit([[1, 2, 1], [2]], VOCAB, 2)
    bits = [*model.bits([1, 2, 1]), *model.bits([])]
    assert len(bits) == 5
    assert bits_per_character(model, [[1, 2, 1], []]) == pytest.approx(sum(bits) / 5)


def test_the_order_is_that_of_the_process():
    """Symbol i repeats symbol i - 3 nine times in ten: two of context see nothing, three all."""
    rng = np.random.default_rng(1)

    def draw(length):
        ids = list(rng.integers(1, VOCAB, 3))
        for _ in range(length - 3):
            ids.append(ids[-3] if rng.random() < 0.9 else int(rng.integers(1, VOCAB)))
        return ids

    train, valid = [draw(4000)], [draw(1000)]
    assert choose_order(train, valid, VOCAB, range(2, 8)) == 4
    refit = [bits_per_character(NGram.fit(train, VOCAB, order), valid) for order in (3, 4, 5)]
    assert np.argmin(refit) == 1


@pytest.mark.parametrize("documents", [[[1, 5]], [[-1]]])
def test_ids_out_of_range_are_refused(documents):
    with pytest.raises(ValueError, match=r"Ids must be in \[0, 5\)"):
        NGram.fit(documents, VOCAB, 2)


def test_an_order_below_one_is_refused():
    with pytest.raises(ValueError, match="order >= 1, got order=0"):
        NGram.fit([[1]], VOCAB, 0)

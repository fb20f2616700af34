"""Areas by counting pairs and by scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from tfrnn.metrics.roc import auroc, roc

BOTH = st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=2, max_size=30).filter(
    lambda examples: len({positive for _, positive in examples}) == 2
)  # few scores, so that ties come up


@settings(deadline=None)
@given(BOTH)
def test_the_area_is_the_share_of_pairs_in_order(examples):
    high = [score for score, positive in examples if positive]
    low = [score for score, positive in examples if not positive]
    pairs = [(h > n) + (h == n) / 2 for h in high for n in low]
    scores, positive = zip(*examples)
    assert auroc(scores, positive) == pytest.approx(np.mean(pairs), abs=1e-12)
    assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)


@settings(deadline=None)
@given(BOTH)
def test_the_curve_is_that_of_scikit_learn(examples):
    scores, positive = zip(*examples)
    wanted = roc_curve(positive, scores, drop_intermediate=False)[:2]
    np.testing.assert_allclose(roc(scores, positive), wanted, atol=1e-12)


def test_infinite_scores_are_scores():
    assert auroc([-np.inf, 0, np.inf], [False, False, True]) == 1


@pytest.mark.parametrize("positive", [[], [True, True], [False]])
def test_one_kind_alone_is_refused(positive):
    with pytest.raises(ValueError, match="both kinds"):
        auroc(np.arange(len(positive)), positive)


def test_a_score_that_is_none_is_refused():
    with pytest.raises(ValueError, match="got NaN at 1"):
        auroc([0.0, np.nan], [True, False])

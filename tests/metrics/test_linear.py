"""What n-grams can learn and cannot, the minimum by another solver, and odd texts."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tfrnn.metrics.frequency import MajorityClass
from tfrnn.metrics.linear import C, fit_linear

VERBS = ["play", "stop", "find", "buy"]
THINGS = ["song", "timer", "flight", "book", "ticket", "lamp", "movie", "report"]


def draw(count, seed):
    """Texts whose label is their verb, or 1 for one in eight of them whatever it is."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    things = rng.choice(THINGS, (count, 2))
    texts = [f"please {VERBS[i]} the {a} and a {b}" for i, (a, b) in zip(labels, things)]
    return texts, np.where(rng.random(count) < 1 / 8, 1, labels)


def predict(model, texts):
    return model.predict_proba(texts).argmax(1).tolist()


def test_it_is_the_minimum_of_logistic_regression():
    texts, labels = draw(150, seed=0)
    model = fit_linear(texts, labels, classes=4, seed=0)
    features = model.pipeline[:-1]
    twin = LogisticRegression(C=C, tol=1e-8, max_iter=10_000)  # by L-BFGS
    twin.fit(features.transform(texts), labels)
    unseen, _ = draw(50, seed=1)
    found, wanted = model.predict_proba(unseen), twin.predict_proba(features.transform(unseen))
    assert np.ptp(wanted) > 0.9
    np.testing.assert_allclose(found, wanted, atol=0.03)
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-12)


def test_unseen_texts_get_their_label():
    texts, labels = draw(200, seed=0)
    unseen = [f"{verb} one {thing}" for thing in THINGS for verb in VERBS]
    model = fit_linear(texts, labels, classes=4, seed=0)
    assert predict(model, unseen) == [0, 1, 2, 3] * len(THINGS)


def test_pairs_of_words_are_seen():
    texts = ["not bad but good", "not good but bad"] * 3
    assert predict(fit_linear(texts, [1, 0] * 3, classes=2, seed=0), texts[:2]) == [1, 0]


def test_pieces_of_words_are_seen():
    texts = ["unlock", "unpack", "unfold", "rebuild", "rewrite", "restart"]
    model = fit_linear(texts, [0, 0, 0, 1, 1, 1], classes=2, seed=0)
    assert predict(model, ["unwind", "reopen"]) == [0, 1]


def test_case_does_not_matter_and_punctuation_does():
    texts = ["Really", "really !", "Now", "now !"]
    model = fit_linear(texts, [0, 1, 0, 1], classes=2, seed=0)
    assert predict(model, ["REALLY", "NOW!", "other", "other !"]) == [0, 1, 0, 1]
    np.testing.assert_array_equal(*(model.predict_proba([text]) for text in ("now", "NOW")))


def test_the_same_seed_gives_the_same_figures():
    texts, labels = draw(60, seed=0)
    one, two, other = (fit_linear(texts, labels, classes=4, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.predict_proba(texts), two.predict_proba(texts))
    assert (one.predict_proba(texts) != other.predict_proba(texts)).any()


def test_labels_that_training_lacks_have_their_column():
    texts = ["a song", "a song", "the lamp"]
    found = fit_linear(texts, [3, 3, 1], classes=5, seed=0).predict_proba(["a song", "lamp"])
    assert found.shape == (2, 5)
    assert (found[:, [0, 2, 4]] == 0).all()
    assert found.argmax(1).tolist() == [3, 1]


@pytest.mark.parametrize(
    "texts",
    [
        ["", "word"],
        ["a", "b"],
        [":-)", ":-("],
        ["今天天气很好", "我要听音乐"],
        ["🙂", "🙁"],
        ["nul\0nul", "line\r\nline"],
        ["long " * 10_000, "x" * 10_000],
    ],
    ids=["empty", "letters", "punctuation", "Chinese", "emoji", "control", "long"],
)
def test_odd_texts_are_texts(texts):
    model = fit_linear(texts, [0, 1], classes=2, seed=0)
    assert predict(model, texts) == [0, 1]
    assert model.predict_proba(["", "\0", "never seen"]).shape == (3, 2)
    assert model.predict_proba([]).shape == (0, 2)


@pytest.mark.parametrize("texts, labels", [(["a song", "a lamp"], [2, 2]), (["", " \n"], [0, 2])])
def test_where_nothing_can_be_learnt_the_majority_answers(texts, labels):
    model = fit_linear(texts, labels, classes=3, seed=0)
    wanted = MajorityClass.fit(labels, 3).predict_proba(["x"])
    np.testing.assert_array_equal(model.predict_proba(["x"]), wanted)


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="Got 1 labels for 2 texts"):
        fit_linear(["a", "b"], [0], classes=2, seed=0)
    with pytest.raises(ValueError, match=r"all in \[0, 2\)"):
        fit_linear(["a", "b"], [0, 2], classes=2, seed=0)
    with pytest.raises(ValueError, match="at least one label"):
        fit_linear([], [], classes=2, seed=0)

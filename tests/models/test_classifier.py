"""The classifier of sentences: what it is only while training, its readings and its parts."""

import keras
import numpy as np

from models import load
from models.classifier import SentenceClassifier
from models.configs import ClassifierConfig
from tests.models.test_sentence_models import LABELS, OFF, WORDS, sentences


def test_dropout_of_every_kind_is_for_training_only():
    for kind in ("word_dropout", "ngram_dropout", "dropout"):
        config = ClassifierConfig(units=4, buckets=50, **OFF | {kind: 0.5, "wide": 3})
        model = SentenceClassifier(config, words=WORDS, labels=LABELS)
        calm = [model(sentences()).numpy() for _ in range(2)]
        np.testing.assert_array_equal(*calm)
        wild = [model(sentences(), training=True).numpy() for _ in range(2)]
        assert np.abs(wild[0] - wild[1]).max() > 1e-4, kind


def test_a_sentence_is_read_several_times_while_training():
    """Without dropout all readings are equal, with it none; in use there is one."""
    config = ClassifierConfig(units=4, buckets=50, **OFF | {"readings": 3})
    model = SentenceClassifier(config, words=WORDS, labels=LABELS)
    found, once = model(sentences(), training=True).numpy(), model(sentences()).numpy()
    assert found.shape == (4, 1, 3, LABELS)
    np.testing.assert_allclose(found[:, 0], np.repeat(once[:, None], 3, 1), atol=1e-6)
    config = ClassifierConfig(units=4, buckets=50, **OFF | {"readings": 2, "dropout": 0.5})
    model = SentenceClassifier(config, words=WORDS, labels=LABELS)
    found = model(sentences(), training=True).numpy()
    assert (np.abs(found[:3, 0, 0] - found[:3, 0, 1]).max(1) > 1e-4).all()


def test_each_part_names_the_label_and_in_use_their_logits_are_averaged():
    """The wide part says the same as by itself: what it learns is not what the other leaves."""
    keras.utils.set_random_seed(0)
    model = SentenceClassifier(
        ClassifierConfig(units=4, buckets=50, **OFF | {"wide": 3}), words=WORDS, labels=LABELS
    )
    parts = model(sentences(), training=True).numpy()
    assert parts.shape == (4, 2, 1, LABELS)
    np.testing.assert_allclose(parts[:, 1, 0], model.wide(sentences()), atol=1e-6)
    assert np.abs(parts[:3, 0] - parts[:3, 1]).max() > 1e-3
    np.testing.assert_allclose(model(sentences()), parts.mean((1, 2)), atol=1e-6)


def test_a_text_alone_has_the_numbers_that_it_has_among_others():
    texts = ["what time is it", "x y z", "", "word " * 40]
    labeller = load("intent")
    together = labeller.readings(texts)
    for i, text in enumerate(texts):
        alone = labeller.readings([text])
        np.testing.assert_allclose(alone.logits[0], together.logits[i], rtol=0, atol=1e-7)
        assert np.abs(alone.familiarity[0] - together.familiarity[i]) < 1e-7

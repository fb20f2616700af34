"""Each entry of the zoo in Keras' own `compile`, `fit` and `evaluate`."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import ZOO
from models.classifier import SentenceClassifier
from models.configs import ClassifierConfig
from tests.models.test_sentence_models import LABELS, OFF, WORDS, sentences
from tests.models.test_zoo import small
from tfrnn.training.loop import make_score
from tfrnn.training.own_loss import OwnLoss

LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
QUIETLY = {"verbose": 0, "shuffle": False}
TARGETS = np.array([0, 1, 2, 1])


@pytest.mark.parametrize("name", ZOO)
def test_learns_in_fit(name, tmp_path):
    entry = ZOO[name]
    sizes, splits = small(entry, tmp_path)
    model = entry.build(sizes, "float32", **splits.sizes)
    own = isinstance(model, OwnLoss)
    model.compile(keras.optimizers.Adam(0.02), loss=None if own else LOGITS)
    batches = list(itertools.islice(splits.train(0), 3))
    score = make_score(model, entry.loss(sizes))
    before = score(batches)
    stream = splits.train(0)
    if not isinstance(stream, tf.data.Dataset):
        stream = iter(stream)  # Keras takes a generator, but no other iterable
    losses = model.fit(stream, steps_per_epoch=30, epochs=2, **QUIETLY).history["loss"]
    assert len(losses) == 2 and np.isfinite(losses).all()
    assert score(batches) < 0.8 * before
    assert losses[1] < losses[0]


@pytest.mark.parametrize("name", ["intent", "tagger", "slots", "frames"])
def test_their_own_loss_in_keras_is_that_of_the_training_loop(name, tmp_path):
    entry = ZOO[name]
    sizes, splits = small(entry, tmp_path)
    model = entry.build(sizes, "float32", **splits.sizes)
    batch = next(iter(splits.train(0)))
    model.compile("sgd")
    found = model.evaluate(
        batch.inputs, batch.targets, sample_weight=batch.weights, batch_size=8, verbose=0
    )
    assert found == pytest.approx(make_score(model, entry.loss(sizes))([batch]), rel=1e-5)
    whole = batch.inputs, batch.targets
    unweighted = model.compute_loss(*whole, model(batch.inputs))
    even = batch._replace(weights=tf.ones(tf.shape(batch.targets)))
    wanted = tf.reduce_mean(entry.loss(sizes)(model(batch.inputs), even))
    np.testing.assert_allclose(unweighted, wanted, rtol=1e-5)


def test_a_loss_of_keras_sees_what_the_parts_say_together():
    config = ClassifierConfig(units=4, buckets=50, **OFF | {"readings": 2, "wide": 3})
    model = SentenceClassifier(config, words=WORDS, labels=LABELS)
    wanted = LOGITS(TARGETS, model(sentences()))
    model.compile(keras.optimizers.SGD(0.0), loss=LOGITS, metrics=["accuracy"])
    logs = model.fit(sentences(), TARGETS, **QUIETLY).history
    assert logs["loss"] == pytest.approx([float(wanted)], rel=1e-5)
    right = np.argmax(model(sentences()), -1) == TARGETS
    assert logs["accuracy"] == pytest.approx([right.mean()])

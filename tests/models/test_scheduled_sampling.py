"""A translator that reads its own pieces while it learns."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.configs import TranslatorConfig
from models.translator import Translator
from tests.models.test_translator import KINDS, batch, made
from tests.scripts.runs import pairs
from tfrnn.data.options import PairsOptions
from tfrnn.data.pairs import Pair, PairSplits
from tfrnn.data.translations import learn_pieces, sizes_of
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import train
from tfrnn.training.losses import cross_entropy


@pytest.mark.parametrize("kind", KINDS)
def test_it_reads_what_it_would_have_written(kind):
    model, inputs = made(kind, dropout=0.0), batch()
    given = model(inputs, training=True)
    own = np.random.default_rng(1).random(inputs["shifted"].shape) < 0.5
    own[:, 0] = False  # where the start stands
    none = model(inputs | {"own": tf.zeros_like(own)}, training=True)
    np.testing.assert_allclose(none, given, atol=1e-6)
    written = np.roll(np.argmax(given, -1), 1, axis=1)  # after the true pieces before
    mixed = inputs | {"shifted": tf.constant(np.where(own, written, inputs["shifted"]), tf.int32)}
    found = model(inputs | {"own": tf.constant(own)}, training=True)
    np.testing.assert_allclose(found, model(mixed, training=True), atol=1e-5)
    assert np.abs(found - given).max() > 1e-4
    used = model(inputs | {"own": tf.constant(own)}, training=False)
    np.testing.assert_allclose(used, given, atol=1e-5)


@pytest.mark.parametrize("compiled", ["graph", "xla"])
def test_it_learns_so(compiled):
    rows = [Pair(*pair) for pair in pairs(60)]
    options = PairsOptions(source="-", pieces=70, batch_size=16, sampling="linear", sampled=0.5,
                           sampled_after=30)  # fmt: skip
    data = learn_pieces(PairSplits(rows[:50], rows[50:55], rows[55:], ""), options)
    keras.utils.set_random_seed(1)
    config = TranslatorConfig(embed=16, units=16, attention_units=8, dropout=0.1)
    model = Translator(config, **sizes_of(data.source, data.target))
    model.build()
    settings = TrainConfig(
        steps=60, learning_rate=0.01, warmup=5, evaluate_every=60, precision="float32",
        compile=compiled, shards=2,
    )  # fmt: skip
    losses = [
        each.loss for each in train(model, cross_entropy, settings, data.splits(options, seed=0))
    ]
    assert np.isfinite(losses).all() and np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])

"""A short training in bfloat16 comes to the validation loss of one in float32."""

import dataclasses

import keras
import numpy as np
import pytest

from models import ZOO
from models.configs import CharRNNConfig, TaggerConfig
from tests.models.test_zoo import TAGGING, write_slots
from tfrnn.data.options import TaggedOptions, TextOptions
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import train

STEPS = 120


def prose(path):
    draw = np.random.default_rng(0)
    words = ["the", "rain", "falls", "on", "red", "roofs", "while", "lamps", "burn"]
    path.write_text(" ".join(draw.choice(words, 6000)))
    return str(path)


def text(tmp_path):
    options = TextOptions(source=prose(tmp_path / "text.txt"), window=32, batch_size=16)
    return ZOO["text"], options, CharRNNConfig(units=32, layers=2, embed=8, dropout=0.0)


def tags(tmp_path):
    options = TaggedOptions(source=write_slots(tmp_path / "slots"), least=1, batch_size=16)
    return ZOO["tagger"], options, TaggerConfig(**TAGGING, dropout=0.0, output="crf")


@pytest.mark.parametrize("make", [text, tags])
def test_the_same_validation_loss(make, tmp_path):
    entry, options, sizes = make(tmp_path)
    splits = entry.read(options, seed=0).splits(options, seed=0)
    found = {}
    for precision in ("float32", "mixed_bfloat16"):
        config = TrainConfig(
            steps=STEPS, learning_rate=0.01, warmup=5, evaluate_every=STEPS,
            precision=precision, compile="graph", shards=1,
        )  # fmt: skip
        keras.utils.set_random_seed(0)
        model = entry.build(dataclasses.replace(sizes), precision, **splits.sizes)
        losses = [*train(model, entry.loss(sizes), config, splits)]
        found[precision] = losses[0].loss, losses[-1].valid_loss
    (first, exact), (_, half) = found.values()
    assert exact < 0.7 * first  # something was learnt
    assert half == pytest.approx(exact, rel=0.02, abs=0.005)
    assert half != exact

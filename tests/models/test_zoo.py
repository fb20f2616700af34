"""Every entry of the zoo, in a tiny size: data, model, a few steps, and the loss falls."""

import dataclasses

import numpy as np
import pytest

from models import ZOO
from models.configs import CharRNNConfig
from tfrnn.data.options import TextOptions, TunesOptions
from tfrnn.training.loop import train

SMALL = {  # by the type of an entry's sizes
    CharRNNConfig: {"units": 24, "layers": 2, "embed": 8, "dropout": 0.1},
}


def tunes():
    draw = np.random.default_rng(0)
    bars = ["DFA d", "BGd g", "Ace a", "GBd B"]
    for number in range(1, 31):
        music = "|".join(draw.choice(bars, 8))
        yield f"X:{number}\nT:No. {number}\nM:4/4\nL:1/8\nK:D\n|:{music}:|\n"


CORPORA = {  # by the type of an entry's data
    TunesOptions: lambda: "\n".join(tunes()),
    TextOptions: lambda: "the rain on the roof and the rain in the road\n" * 60,
}


@pytest.fixture(params=ZOO)
def entry(request):
    return ZOO[request.param]


def test_learns(entry, tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(CORPORA[type(entry.data)]())
    options = dataclasses.replace(entry.data, source=str(path), window=24, batch_size=8)
    sizes = dataclasses.replace(entry.model, **SMALL[type(entry.model)])
    splits = entry.read(options, seed=0).splits(options, seed=0)
    config = dataclasses.replace(
        entry.train, steps=90, learning_rate=0.02, warmup=5, evaluate_every=30,
        precision="float32", compile="graph", shards=1,
    )  # fmt: skip
    model = entry.build(sizes, config.precision, **splits.sizes)
    steps = train(model, entry.loss(sizes), config, splits)
    found = [progress.valid_loss for progress in steps if progress.valid_loss]
    assert len(found) == 3
    untrained = np.log(splits.sizes["vocab"])
    assert found[-1] < found[0] < untrained
    assert found[-1] < 0.7 * untrained


def test_the_defaults_of_an_entry_fit_together(entry):
    assert entry.summary
    assert entry.source.startswith("https://")
    assert entry.train.evaluate_every < entry.train.steps
    assert type(entry.data) in CORPORA

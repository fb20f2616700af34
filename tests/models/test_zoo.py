"""Every entry of the zoo, in a tiny size: data, model, a few steps, and the loss falls."""

import dataclasses
import math

import numpy as np
import pytest

from models import ZOO
from models.configs import (
    CaptionerConfig,
    CharRNNConfig,
    ClassifierConfig,
    FramesConfig,
    IntentSlotsConfig,
    SkipThoughtConfig,
    TaggerConfig,
    TranslatorConfig,
)
from models.entry import bits
from tfrnn.data.options import (
    BookOptions,
    CaptionsOptions,
    ClipsOptions,
    DatesOptions,
    LabelledOptions,
    PairsOptions,
    TaggedOptions,
    TextOptions,
    TunesOptions,
)
from tfrnn.training.loop import make_score, train

TAGGING = {"word_embed": 8, "character_embed": 4, "character_features": 8, "units": 12}
SMALL = {  # by the type of an entry's sizes
    CharRNNConfig: {"units": 24, "layers": 2, "embed": 8, "dropout": 0.1},
    ClassifierConfig: {"word_embed": 8, "subword_embed": 8, "buckets": 300, "units": 12},
    TaggerConfig: TAGGING,
    IntentSlotsConfig: TAGGING | {"attention_units": 6},
    CaptionerConfig: {
        "embed": 12,
        "units": 24,
        "attention_units": 8,
        "widths": (6, 8, 10),
        "dropout": 0.1,
    },
    FramesConfig: {"widths": (6, 8, 10), "embed": 16, "units": 12},
    TranslatorConfig: {"embed": 12, "units": 16, "attention_units": 8, "dropout": 0.1},
    SkipThoughtConfig: {"embed": 12, "units": 16, "decoder_units": 16, "dropout": 0.1},
}


def tunes():
    draw = np.random.default_rng(0)
    bars = ["DFA d", "BGd g", "Ace a", "GBd B"]
    for number in range(1, 31):
        music = "|".join(draw.choice(bars, 8))
        yield f"X:{number}\nT:No. {number}\nM:4/4\nL:1/8\nK:D\n|:{music}:|\n"


def asked():
    """Sentences of which the second word says the label; numbers are a slot."""
    draw = np.random.default_rng(0)
    for number in range(120):
        label = str(draw.choice(["wake", "play", "call"]))
        yield label, f"please {label} me at {number} or later".split()


def write_one(path, text):
    path.write_text(text)
    return str(path)


def write_slots(path):
    rows = [*asked()]
    for part, chosen in (("train", rows[:80]), ("valid", rows[80:100]), ("test", rows[100:])):
        (path / part).mkdir(parents=True)
        tags = [["B-time" if word.isdecimal() else "O" for word in words] for _, words in chosen]
        files = {
            "seq.in": [" ".join(words) for _, words in chosen],
            "seq.out": [" ".join(row) for row in tags],
            "label": [label for label, _ in chosen],
        }
        for name, lines in files.items():
            (path / part / name).write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def write_clips(path):
    """Clips of flat frames, labelled by whether the next one is darker."""
    path.mkdir()
    draw, lines = np.random.default_rng(0), []
    for number in range(60):
        light = draw.integers(0, 256, 6)
        frames = np.broadcast_to(light[:, None, None, None], (6, 16, 16, 3)).astype(np.uint8)
        np.save(path / f"{number}.npy", frames)
        steps = np.diff(light)
        labels = np.where(np.append(steps, steps[-1]) < 0, "darker", "lighter")
        lines.append(f"{number}.npy\t{' '.join(labels)}\n")
    (path / "labels.tsv").write_text("".join(lines))
    return str(path)


CORPORA = {  # by the type of an entry's data: what is written, and what suits so little of it
    TunesOptions: (lambda path: write_one(path, "\n".join(tunes())), {"window": 24}),
    TextOptions: (
        lambda path: write_one(path, "the rain on the roof and the rain in the road\n" * 60),
        {"window": 24},
    ),
    LabelledOptions: (
        lambda path: write_one(
            path.with_suffix(".csv"),
            "text,label\n" + "".join(f"{' '.join(words)},{label}\n" for label, words in asked()),
        ),
        {"least": 1},
    ),
    TaggedOptions: (write_slots, {"least": 1}),
    PairsOptions: (
        lambda path: write_one(
            path.with_suffix(".tsv"),
            "".join(f"{' '.join(words)}\t{label} {words[4]}\n" for label, words in asked()),
        ),
        {"kind": "words"},
    ),
    DatesOptions: (lambda path: "", {"dates": 60, "longest": 16}),
    CaptionsOptions: (lambda path: "", {"scenes": 60, "least": 1}),
    ClipsOptions: (write_clips, {"size": 16}),
    BookOptions: (
        lambda path: write_one(path, "The rain fell. The road was wet. We went home.\n\n" * 40),
        {"pieces": 40},
    ),
}


@pytest.fixture(params=ZOO)
def entry(request):
    return ZOO[request.param]


def small(entry, folder):
    """Returns sizes and splits of an entry that is to learn within seconds."""
    write, suiting = CORPORA[type(entry.data)]
    source = write(folder / "corpus.txt")
    options = dataclasses.replace(entry.data, source=source, batch_size=8, **suiting)
    sizes = dataclasses.replace(entry.model, **SMALL[type(entry.model)])
    data = entry.prepare(entry.read(options, seed=0), sizes, options)
    return sizes, data.splits(options, seed=0)


def test_learns(entry, tmp_path):
    sizes, splits = small(entry, tmp_path)
    config = dataclasses.replace(
        entry.train, steps=90, learning_rate=0.02, warmup=5, evaluate_every=30,
        precision="float32", compile="graph", shards=1, average=0.0,
    )  # fmt: skip
    model = entry.build(sizes, config.precision, **splits.sizes)
    loss = entry.loss(sizes)
    untrained = make_score(model, loss)(splits.valid)
    judged = [make_score(model, entry.judge or loss)(splits.valid)]
    for progress in train(model, loss, config, splits, judge=entry.judge):
        judged += [] if progress.valid_loss is None else [progress.valid_loss]
    assert len(judged) == 4
    assert judged[-1] < judged[0]
    assert make_score(model, loss)(splits.valid) < 0.7 * untrained
    assert entry.tell_loss(progress.loss) and entry.tell_valid(judged[-1])


def test_the_defaults_of_an_entry_fit_together(entry):
    assert entry.summary
    assert entry.source.startswith("https://")
    settled = entry.train.settle(epoch=500)
    assert settled.evaluate_every < settled.steps
    assert type(entry.data) in CORPORA
    assert entry.counted


def test_what_a_loss_is_told_as():
    assert bits(math.log(2)) == "1.000 bits/char"
    assert ZOO["intent"].tell_valid(0.073) == "92.7%"

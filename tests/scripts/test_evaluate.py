"""evaluate.py: figures that another way of reckoning gives too, each beside its baseline."""

import json

import numpy as np
import pytest

import evaluate
from models import ZOO
from models.bundle import open_bundle
from models.composer import Composer
from tests.scripts import runs
from tfrnn.decoding.choice import Choice
from tfrnn.metrics.ngram import NGram, choose_order
from tfrnn.music.abc import validate


def reckoned(run):
    """(bits of the model, bits of the n-gram, its order), a character of the test documents."""
    bundle = open_bundle(run)
    data = ZOO[bundle.options.name].read(bundle.options.data, seed=bundle.options.seed)
    model = np.concatenate(bundle.writer(free=True).bits(data.test))
    train, valid, test = map(data.encode, (data.train, data.valid, data.test))
    vocab = len(bundle.vocabulary)
    order = choose_order(train, valid, vocab)
    ngram = np.concatenate([NGram.fit(train, vocab, order).bits(ids) for ids in test])
    assert len(model) == len(ngram) == sum(len(document) + 1 for document in data.test)
    return model.mean(), ngram.mean(), order


def check(done, run, scores):
    """The first two rows, in the table and in the file."""
    model, ngram, order = reckoned(run)
    bits, perplexity = scores["scores"][:2]
    assert bits["measure"] == "bits a character"
    assert float(bits["model"]) == pytest.approx(model, abs=6e-4)
    assert float(bits["baseline"]) == pytest.approx(ngram, abs=6e-4)
    assert bits["against"] == f"Kneser-Ney {order}-gram"
    assert float(perplexity["model"]) == pytest.approx(2**model, abs=6e-3)
    assert float(perplexity["baseline"]) == pytest.approx(2**ngram, abs=6e-3)
    header, first, *_ = done.out.splitlines()
    assert header.split() == ["measure", "model", "baseline", "against"]
    assert first.split()[-4:] == [bits["model"], bits["baseline"], "Kneser-Ney", f"{order}-gram"]


def test_music(call, music, tmp_path):
    argv = [music, "--count=3", "--length=120", "--seed=4", f"--out={tmp_path / 'scores'}"]
    done = call(evaluate.main, *argv)
    assert done.code == 0, done.err
    scores = json.loads((tmp_path / "scores" / "scores.json").read_text())
    check(done, music, scores)
    rows = {row["measure"]: row for row in scores["scores"]}
    assert len(done.out.splitlines()) == 1 + len(rows)
    tunes = (tmp_path / "scores" / "tunes.abc").read_text().removesuffix("\n").split("\n\n")
    assert len(tunes) == 3
    assert not any(map(validate, tunes))
    assert rows["valid ABC"]["model"] == "100.0%"
    free, human = rows["valid ABC"]["baseline"].split(" / ")
    assert (free, human) == ("0.0%", "100.0%")
    bundle = open_bundle(music)
    roomy = Composer(bundle.writer()).compose(
        count=3, seed=4, limit=240, choice=Choice(temperature=0.9)
    )
    ended = np.mean([len(draft.text) < 120 for draft in roomy])
    assert rows["ended by themselves in time"]["model"] == f"{ended:.1%}"
    assert scores["step"] == bundle.step


def test_text(call, text, refused, tmp_path):
    """Where the run is, unless told; the data may have moved, but must be the same."""
    run, moved = runs.copy(text, tmp_path), tmp_path / "moved.txt"
    moved.write_text(runs.sentences(), encoding="utf-8")
    done = call(evaluate.main, run, f"--source={moved}")
    assert done.code == 0, done.err
    scores = json.loads((run / "evaluation" / "scores.json").read_text())
    check(done, run, scores)
    assert len(scores["scores"]) == 2
    moved.write_text(runs.sentences(seed=1), encoding="utf-8")
    words = f"{moved} is not what {run} was trained on"
    refused(65, words, evaluate.main, run, f"--source={moved}")
    (run / "data.sha256").unlink()
    unverified = call(evaluate.main, run)
    assert unverified.out == done.out
    assert "whether these are the splits of the run is unknown" in unverified.err


def test_what_cannot_be_is_refused_before_it_scores(refused, music, monkeypatch, tmp_path):
    monkeypatch.setattr("models.scoring.held_out", None)
    argv = [music, "--count=1", f"--out={tmp_path}"]
    refused(64, "--temperature must be 0", evaluate.main, *argv, "--temperature=-1")
    refused(64, "legal tune of 9 characters", evaluate.main, *argv, "--length=9")

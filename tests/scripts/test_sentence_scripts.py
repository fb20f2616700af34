"""Classifiers and taggers through the scripts: train, resume, score, bad input."""

import dataclasses
import json

import numpy as np
import pytest

import evaluate
import train
from models import ZOO
from models.calibration import CALIBRATION, Calibration
from models.sentences import open_labeller, open_tagger, run_options
from tests.scripts import runs
from tfrnn.metrics.out_of_scope import at_threshold, choose_threshold
from tfrnn.metrics.roc import auroc

TEXTS = ["will it rain in oslo", "Play a SONG about Cork!", "", "日本 🎵 \x00?", "who founded riga"]
TAG = "what is the fare to ghent 12"


def data_of(run):
    options = run_options(run)
    return ZOO[options.name].read(options.data, seed=options.seed)


def test_what_a_run_leaves(intent, tagger, slots):
    common = {"config.yaml", "words.txt", "data.sha256", "metrics.jsonl", "curves.png"}
    for run, files in (
        (intent, {"labels.txt", CALIBRATION}),
        (tagger, {"tags.txt"}),
        (slots, {"labels.txt", "tags.txt"}),
    ):
        names = {path.name for path in run.iterdir()}
        assert common | files <= names
        assert not ({"labels.txt", "tags.txt", CALIBRATION} - files) & names
    labels = (intent / "labels.txt").read_text().split()
    assert labels == ["music", "travel", "weather", "oos"]


@pytest.mark.parametrize("name", ["intent", "slots"])
def test_stopped_and_resumed_it_is_the_run_left_alone(name, request, call, tmp_path, monkeypatch):
    whole = request.getfixturevalue(name)
    options = run_options(whole)
    words = runs.TINY_LABELS if name == "intent" else runs.TINY_TAGS
    argv = [name, f"--data.source={options.data.source}", f"--out={tmp_path / 'cut'}", *words]
    from tfrnn.training import run as running

    original = running.run

    def stopped(*args, stop, **kwargs):
        for now in original(*args, stop=lambda: seen[-1:] == [9], **kwargs):
            seen.append(now.progress.step)
            yield now
            if now.progress.step == 9:
                seen.append(9)

    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(running, "run", stopped)
        assert call(train.main, *argv).code == 75
    again = call(train.main, name, f"--out={tmp_path / 'cut'}", "--resume")
    assert again.code == 0, again.err
    for a, b in zip(*(sorted(run.glob("step-*24")) for run in (whole, tmp_path / "cut"))):
        with np.load(a / "arrays.npz") as wanted, np.load(b / "arrays.npz") as found:
            assert wanted.files == found.files
            assert any(key.startswith("average/") for key in wanted.files)
            for key in wanted.files:
                np.testing.assert_array_equal(wanted[key], found[key])
            break
    else:
        pytest.fail("no last checkpoint")


def test_calibration_is_fitted_on_validation_alone(intent):
    data, labeller = data_of(intent), open_labeller(intent, calibrated=False)
    texts = [text for text, _ in data.valid]
    logits, familiarity = labeller.readings(texts)
    true = [label for _, label in data.valid]
    outside = np.array([label == "oos" for label in true])
    right = np.array([labeller.labels[i] for i in logits.argmax(1)]) == true
    fitted = Calibration.load(intent)
    assert fitted.threshold == pytest.approx(choose_threshold(familiarity, right, outside))
    assert 0.01 <= fitted.temperature <= 100


def test_scores_of_labels(intent, call, tmp_path):
    done = call(evaluate.main, intent, f"--out={tmp_path / 'scores'}")
    assert done.code == 0, done.err
    names = {path.name for path in (tmp_path / "scores").iterdir()}
    pictures = {"confusion.png", "reliability.png", "rejection.png"}
    assert names == pictures | {"scores.json", "mistakes.txt", "labels.tsv"}
    scores = json.loads((tmp_path / "scores" / "scores.json").read_text())["scores"]
    model = {row["measure"]: row["model"] for row in scores}
    assert all(row["baseline"] for row in scores)
    data, labeller = data_of(intent), open_labeller(intent)
    inside = [example for example in data.test if example.label != "oos"]
    found = labeller.answer([text for text, _ in inside])
    right = np.mean([answer.label == label for answer, (_, label) in zip(found, inside)])
    assert model["accuracy"] == f"{right:.1%}"
    texts = [text for text, _ in data.test]
    outside = np.array([label == "oos" for _, label in data.test])
    logits, familiarity = labeller.readings(texts)
    assert model["out of scope, AUROC"] == f"{auroc(-familiarity, outside):.3f}"
    guesses = np.array([labeller.labels[i] for i in logits.argmax(1)])
    right = guesses == [label for _, label in data.test]
    threshold = labeller.calibration.threshold
    at = at_threshold(familiarity, right, outside, threshold)
    assert model["out of scope, recall at the threshold of validation"] == f"{at.recall:.1%}"
    mistakes = (tmp_path / "scores" / "mistakes.txt").read_text().splitlines()
    assert len(mistakes) == min(50, sum(guesses[~outside] != [label for _, label in inside]))


def test_scores_of_tags(slots, call, tmp_path):
    done = call(evaluate.main, slots, f"--out={tmp_path / 'scores'}")
    assert done.code == 0, done.err
    names = {path.name for path in (tmp_path / "scores").iterdir()}
    assert names == {"confusion.png", "mistakes.txt", "scores.json", "spans.tsv", "tags.tsv"}
    scores = json.loads((tmp_path / "scores" / "scores.json").read_text())["scores"]
    model = {row["measure"]: row["model"] for row in scores}
    data, tagger = data_of(slots), open_tagger(slots)
    found = tagger.tag_sentences([sentence.words for sentence in data.test])
    pairs = [
        tag == guess
        for sentence, answer in zip(data.test, found)
        for tag, guess in zip(sentence.tags, answer.tags, strict=True)
    ]
    assert model["tags, accuracy"] == f"{np.mean(pairs):.1%}"
    labels = [answer.label == sentence.label for sentence, answer in zip(data.test, found)]
    assert model["labels, accuracy"] == f"{np.mean(labels):.1%}"
    from seqeval.metrics import f1_score

    theirs = f1_score([[*s.tags] for s in data.test], [[*f.tags] for f in found], zero_division=0)
    assert model["spans, F1"] == f"{theirs:.1%}"


def test_other_labels_cannot_be_learnt_later(intent, refused, tmp_path):
    rows = [f"{ask} {where},{label}x\n" for label, ask, where in runs.requests()]
    (tmp_path / "other.csv").write_text("text,label\n" + "".join(rows))
    argv = ["intent", f"--data.source={tmp_path / 'other.csv'}", f"--out={tmp_path / 'run'}"]
    line = refused(65, "does not know the label", train.main, *argv, f"--init={intent}")
    assert "musicx" in line


def test_a_row_too_wide_names_its_line(refused, tmp_path):
    rows = [f"{ask} {where},{label}\n" for label, ask, where in runs.requests(30)]
    (tmp_path / "bad.csv").write_text("text,label\n" + "".join(rows) + "well, now, then\n")
    argv = ["intent", f"--data.source={tmp_path / 'bad.csv'}", f"--out={tmp_path / 'run'}"]
    refused(65, "bad.csv line 32", train.main, *argv)
    refused(64, "no data given", train.main, "tagger", f"--out={tmp_path / 'run'}")


def test_a_vocabulary_of_a_run_serves_a_further_one(intent, call, tmp_path):
    """--init: the words of the first run, whatever the second one's data has."""
    source = run_options(intent).data.source
    argv = ["intent", f"--data.source={source}", *runs.TINY_LABELS, "--train.steps=1"]
    done = call(train.main, *argv, f"--out={tmp_path / 'more'}", f"--init={intent}")
    assert done.code == 0, done.err
    assert (tmp_path / "more" / "words.txt").read_bytes() == (intent / "words.txt").read_bytes()


def test_a_classifier_without_texts_out_of_scope(call, tmp_path):
    rows = [f"{a} {w},{label}\n" for label, a, w in runs.requests() if label != "oos"]
    (tmp_path / "faq.csv").write_text("text,label\n" + "".join(rows))
    for name, flag in (("intent", "oos"), ("sentiment", "")):
        out = tmp_path / name
        argv = [name, f"--data.source={tmp_path / 'faq.csv'}", *runs.TINY_LABELS, f"--out={out}"]
        assert call(train.main, *argv).code == 0
        assert dataclasses.asdict(run_options(out).data)["oos_label"] == flag
        assert (Calibration.load(out).threshold is None) == (name == "sentiment")
    done = call(evaluate.main, tmp_path / "intent")
    assert done.code == 0, done.err
    assert "out of scope" not in done.out

"""Classifiers and taggers through the scripts: train, resume, use, score, export."""

import dataclasses
import io
import json
import subprocess
import sys

import numpy as np
import pytest

import evaluate
import export
import generate
import train
from models import ZOO, load
from models.labeller import CALIBRATION, Calibration
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


def test_labels_as_lines_and_as_objects(intent, call, tmp_path):
    done = call(generate.main, "intent", "--from", intent, *TEXTS)
    assert done.code == 0, done.err
    rows = [line.split("\t") for line in done.out.removesuffix("\n").split("\n")]
    assert [row[-1] for row in rows] == [" ".join(text.split()) for text in TEXTS]
    answers = load(intent).answer(TEXTS)
    for (label, confidence, others, _), answer in zip(rows, answers, strict=True):
        assert label == (answer.label if answer.familiar else "(out of scope)")
        assert confidence == f"{answer.confidence:.3f}"
        assert len(others.split(", ")) == 2
    (tmp_path / "texts.txt").write_bytes("\n".join(TEXTS).encode() + b"\r\n")
    objects = call(
        generate.main, "intent", "--from", intent, "--file", tmp_path / "texts.txt",
        "--format=json", "--explain",
    )  # fmt: skip
    found = [json.loads(line) for line in objects.out.splitlines()]
    assert [record["text"] for record in found] == TEXTS
    for record, answer in zip(found, answers, strict=True):
        assert record["label"] == answer.label and record["in_scope"] == answer.familiar
        shares = [share for _, share in record["attention"]]
        assert sum(shares) == pytest.approx(1 if shares else 0, abs=0.01)


def test_texts_from_the_standard_input(intent, call, monkeypatch):
    class Stdin:
        buffer = io.BytesIO("\n".join(TEXTS).encode() + b"\n\xff\n")

        def isatty(self):
            return False

    monkeypatch.setattr(sys, "stdin", Stdin())
    done = call(generate.main, "intent", "--from", intent)
    assert done.code == 0, done.err
    typed = call(generate.main, "intent", "--from", intent, *TEXTS, "\ufffd")
    assert done.out == typed.out


def test_pictures_of_attention(intent, call, tmp_path):
    done = call(generate.main, "intent", "--from", intent, "--pictures", tmp_path / "p", *TEXTS[:2])
    assert done.code == 0, done.err
    names = sorted(path.name for path in (tmp_path / "p").iterdir())
    assert names == ["attention-0001.png", "attention-0002.png"]


def test_no_text(intent, refused, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    refused(66, "no text given", generate.main, "intent", "--from", intent)
    gone = f"--file={tmp_path / 'gone'}"
    refused(66, "cannot be read", generate.main, "intent", "--from", intent, gone)
    refused(64, "not from both", generate.main, "intent", "--from", intent, gone, "a text")


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


@pytest.mark.parametrize("content", ["", "[]", '{"temperature": 0}', '{"other": 1}', "null"])
def test_a_damaged_calibration(intent, content, tmp_path, refused):
    run = runs.copy(intent, tmp_path)
    (run / CALIBRATION).write_text(content)
    refused(65, CALIBRATION, generate.main, "intent", "--from", run, "a text")
    (run / CALIBRATION).unlink()
    assert load(run).calibration == Calibration()


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


def test_tags_as_columns_and_as_objects(tagger, slots, call):
    done = call(generate.main, "tagger", "--from", tagger, "--explain", TAG, "")
    assert done.code == 0, done.err
    *lines, blank, end, _ = done.out.split("\n")
    assert (blank, end) == ("", "")
    rows = [line.split("\t") for line in lines]
    assert [row[0] for row in rows] == TAG.split()
    assert all(row[1] in ("NUM", "WORD") and 0 <= float(row[2]) <= 1 for row in rows)
    assert all(row[3].startswith(f"{row[1]} ") for row in rows)
    same = call(generate.main, "tagger", "--from", tagger, "--words", TAG)
    assert [line.split("\t")[:2] for line in same.out.splitlines()[:-1]] == [r[:2] for r in rows]
    joint = call(generate.main, "slots", "--from", slots, TAG)
    first, *rest = joint.out.splitlines()
    assert first.split("\t")[0] == "# label"
    assert first.split("\t")[1] in ("music", "travel", "weather")
    record = json.loads(call(generate.main, "slots", "--from", slots, TAG, "--format=json").out)
    assert record["words"] == TAG.split()
    assert record["tags"] == [line.split("\t")[1] for line in rest if line]
    assert record["label"] == first.split("\t")[1]


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


ALONE = """
import json, sys
import tensorflow as tf

folder, name, texts = json.load(sys.stdin)
served = tf.saved_model.load(folder).signatures
found = served[name](text=tf.constant(texts))
ours = [module for module in sys.modules if module.split(".")[0] in ("tfrnn", "models")]
said = {key: [[w.decode() for w in row] for row in x.numpy()] for key, x in found.items()
        if x.dtype == tf.string and x.shape.rank == 2}
json.dump([said, ours, sorted(served)], sys.stdout)
"""


@pytest.mark.parametrize("name", ["intent", "slots"])
def test_an_export_says_what_the_run_says(name, request, call, tmp_path):
    run, out = request.getfixturevalue(name), tmp_path / "exported"
    done = call(export.main, run, f"--out={out}")
    assert done.code == 0, done.err
    texts = TEXTS if name == "intent" else [TAG, "", *TEXTS]
    lines = [call(generate.main, name, "--from", source, *texts) for source in (run, out)]
    assert lines[0].code == lines[1].code == 0, lines[1].err
    assert lines[0].out == lines[1].out
    signature = "classify" if name == "intent" else "tag_text"
    asked = json.dumps([str(out), signature, texts])
    alone = subprocess.run(
        [sys.executable, "-I", "-c", ALONE], cwd=tmp_path, input=asked,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said, ours, served = json.loads(alone.stdout)
    assert ours == []
    if name == "intent":
        assert served == ["classify", "distribution", "serving_default"]
        answers = load(run).answer(texts)
        assert [row[0] for row in said["labels"]] == [answer.label for answer in answers]
        assert "no attention" in call(generate.main, name, "--from", out, "a", "--explain").err
    else:
        assert served == ["serving_default", "tag_text", "tag_words"]
        tags = [[tag for tag in row if tag] for row in said["tags"]]
        assert tags == [list(answer.tags) for answer in load(run).tag(texts)]
        words = call(generate.main, name, "--from", out, "--words", TAG)
        assert words.out == call(generate.main, name, "--from", run, "--words", TAG).out


def test_free_is_for_characters(intent, refused, tmp_path):
    words = "--free is for models of characters, not for intent"
    refused(64, words, export.main, intent, "--free", f"--out={tmp_path / 'x'}")


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

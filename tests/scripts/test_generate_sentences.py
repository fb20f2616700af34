"""Classifiers and taggers through generate.py: lines, objects, files and pictures."""

import io
import json
import sys

import pytest

import generate
from models import load
from models.calibration import CALIBRATION, Calibration
from tests.scripts import runs

TEXTS = ["will it rain in oslo", "Play a SONG about Cork!", "", "日本 🎵 \x00?", "who founded riga"]
TAG = "what is the fare to ghent 12"


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


@pytest.mark.parametrize("content", ["", "[]", '{"temperature": 0}', '{"other": 1}', "null"])
def test_a_damaged_calibration(intent, content, tmp_path, refused):
    run = runs.copy(intent, tmp_path)
    (run / CALIBRATION).write_text(content)
    refused(65, CALIBRATION, generate.main, "intent", "--from", run, "a text")
    (run / CALIBRATION).unlink()
    assert load(run).calibration == Calibration()

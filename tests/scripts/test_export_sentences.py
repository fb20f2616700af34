"""Exported classifiers and taggers: with TensorFlow alone they say what the runs say."""

import json
import subprocess
import sys

import pytest

import export
import generate
from models import load

TEXTS = ["will it rain in oslo", "Play a SONG about Cork!", "", "日本 🎵 \x00?", "who founded riga"]
TAG = "what is the fare to ghent 12"


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
    if name == "intent":  # once more: another version
        assert call(export.main, run, f"--out={out}").code == 0
    assert sorted(path.name for path in out.iterdir()) == ["1", "2"][: 1 + (name == "intent")]
    card = json.loads((out / "1" / "signature.json").read_text())
    assert card["model"] == name and card["step"] >= 1
    assert all(each["about"] and each["inputs"] for each in card["signatures"].values())
    signature = "classify" if name == "intent" else "tag_text"
    asked = json.dumps([str(out / "1"), signature, texts])
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

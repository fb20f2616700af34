"""R7: what cannot be done is one line on stderr and an exit code, before TensorFlow is loaded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import evaluate
import export
import generate
import train
from tests.scripts import runs
from tests.training.faults import permissions_that_bind
from tfrnn.training.run_lock import run_lock

ROOT = Path(__file__).parent.parent.parent

USAGE = [
    (train.main, [], "the name of a model comes first"),
    (train.main, ["musik"], "no model 'musik' in the zoo; did you mean music?"),
    (train.main, ["music", "--model.unit", "16"], "did you mean --model.units?"),
    (train.main, ["music", "--units", "16"], "did you mean --model.units?"),
    (train.main, ["music", "tunes.abc"], "'tunes.abc' belongs to no option"),
    (train.main, ["music", "--model.units", "many"], "--model.units must be a whole number"),
    (train.main, ["music", "--model.units", "0"], "--model.units must be 1 or more, got 0."),
    (train.main, ["music", "--model.dropout", "1"], "--model.dropout must be 0 or more, below 1"),
    (train.main, ["music", "--train.steps", "0"], "--train.steps must be 1 or more, got 0."),
    (train.main, ["music", "--train.learning-rate", "nan"], "--train.learning-rate must be"),
    (train.main, ["music", "--train.precision", "half"], "--train.precision must be"),
    (train.main, ["music", "--seed", "-1"], "--seed must be 0 to 4294967295, got -1."),
    (train.main, ["music", "--seed", str(2**32)], "--seed must be 0 to 4294967295"),
    (train.main, ["music", "--name", "text"], "the model is music, so --name cannot be text"),
    (generate.main, ["musik"], "no model 'musik' in the zoo; did you mean music?"),
    (generate.main, ["music", "--temprature", "1"], "did you mean --temperature?"),
    (generate.main, ["music", "--count", "0"], "--count must be 1 or more, got 0."),
    (generate.main, ["music", "--seed", str(2**63)], "--seed must be"),
    (generate.main, ["text", "--meter", "6/8"], "no option --meter"),
    (evaluate.main, [], "required"),
    (evaluate.main, ["RUN", "--count", "0"], "--count must be 1 or more, got 0."),
    (evaluate.main, ["RUN", "--seed", str(2**63)], "--seed must be"),
]


@pytest.mark.parametrize(("main", "argv", "words"), USAGE)
def test_usage(refused, monkeypatch, tmp_path, main, argv, words):
    monkeypatch.chdir(tmp_path)
    line = refused(64, words, main, *argv)
    assert "\n" not in line
    assert list(tmp_path.iterdir()) == []


def test_missing(refused, tmp_path):
    nowhere = tmp_path / "nowhere"
    out = f"--out={tmp_path / 'out'}"
    for name in ("music", "text"):
        words = f"{nowhere}: no such file or folder"
        refused(66, words, train.main, name, f"--data.source={nowhere}", out)
    refused(66, "there are", train.main, "music", "--data.source=music21:nothing", out)
    refused(66, "holds no run to resume", train.main, "music", out, "--resume")
    refused(66, str(nowhere), train.main, "--config", nowhere, out)
    refused(66, str(nowhere), generate.main, "music", "--from", nowhere)
    refused(66, str(nowhere), evaluate.main, nowhere)
    refused(66, str(nowhere), export.main, nowhere, out)


def test_data(refused, tmp_path):
    corpus = tmp_path / "corpus.abc"
    words = {
        "": "corpus.abc: empty",
        " \n\t\n": "corpus.abc: empty",
        "Dear reader,\nno music here.\n": 'a tune starts with a line "X:1"',
        "X:1\nK:D\nABc\n": "At least 3 distinct tunes are needed",
        "".join(runs.tunes(3)): "a window of 4,096 needs 4,097",
        "X:1\nK:D\nA\0B\n": "corpus.abc: line 3: byte 9 is NUL",
    }
    for content, wanted in words.items():
        corpus.write_text(content)
        argv = [f"--data.source={corpus}", f"--out={tmp_path / 'out'}", "--data.window=4096"]
        refused(65, wanted, train.main, "music", *argv)
    corpus.write_bytes(b"caf\xe9 au lait\n")
    refused(65, "byte 3 (0xe9) is not valid UTF-8", train.main, "text", *argv)
    corpus.write_text("short\n")
    refused(65, "a window of 4,096 needs 4,098", train.main, "text", *argv)
    refused(64, "no data given", train.main, "text", argv[1])


def test_out(refused, music, tmp_path):
    """F14, F15: nothing is written over, nothing is written to where somebody else writes."""
    source = f"--data.source={music.parent / 'music.abc'}"
    file = tmp_path / "file"
    file.write_text("mine")
    for out in (file, file / "below"):
        refused(73, str(out), train.main, "music", source, f"--out={out}")
        refused(73, str(out), export.main, music, f"--out={out}")
    assert file.read_text() == "mine"
    with run_lock(tmp_path / "used"):
        refused(73, "is in use by process", train.main, "music", f"--out={tmp_path / 'used'}")
    refused(73, "holds a run already: --resume", train.main, "music", f"--out={music}")
    words = "exists already and holds file; choose another --out"
    refused(73, words, export.main, music, f"--out={tmp_path}")


def test_read_only_folders(refused, music, tmp_path):
    """F15."""
    source = f"--data.source={music.parent / 'music.abc'}"
    closed = tmp_path / "closed"
    closed.mkdir()
    run = runs.copy(music, tmp_path)
    with permissions_that_bind(tmp_path):
        for folder in (closed, run):
            folder.chmod(0o555)
        refused(73, str(closed), train.main, "music", source, f"--out={closed / 'run'}")
        refused(73, "is read-only", train.main, "music", f"--out={run}", "--resume")
        refused(73, str(closed), export.main, run, f"--out={closed / 'export'}")
        refused(73, str(run), evaluate.main, run, "--count=1")
        for folder in (closed, run):
            folder.chmod(0o755)
    assert list(closed.iterdir()) == []


def test_a_wrong_model_for_the_script(refused, music):
    line = refused(64, "holds a music model", generate.main, "text", "--from", music)
    assert f"python generate.py music --from {music}" in line


CHILD = """
import json, sys, time
import evaluate, export, generate, train
from tfrnn.cli.exits import run

sys.stderr.write("[")
for name, *argv in json.loads(sys.argv[1]):
    began = time.monotonic()
    try:
        run(globals()[name].main, argv)
    except SystemExit as leaving:
        print(leaving.code, time.monotonic() - began < 1 or "slow", "tensorflow" in sys.modules)
"""


def test_what_is_wrong_is_said_before_tensorflow_is_loaded(music, tmp_path):
    """F14, F15: in a second, not after ten."""
    out = f"--out={tmp_path}"
    cases = {
        ("train", "music", "--model.unit=3", out): 64,
        ("train", "music", f"--out={music}"): 73,
        ("train", "music", "--resume", out): 66,
        ("train", "music", "--resume", f"--out={music}", "--model.units=7"): 65,
        ("generate", "music", f"--from={music}", "--count=0"): 64,
        ("generate", "text", f"--from={music}"): 64,
        ("evaluate", str(tmp_path)): 66,
        ("export", str(music), out): 73,
    }
    with run_lock(tmp_path / "used"):
        used = ("train", "music", f"--out={tmp_path / 'used'}")
        words = json.dumps([*cases, used])
        done = subprocess.run(
            [sys.executable, "-c", CHILD, words], cwd=ROOT, capture_output=True, text=True
        )
    wanted = [f"{code} True False" for code in [*cases.values(), 73]]
    assert done.stdout.splitlines() == wanted, done.stderr
    assert len(done.stderr.splitlines()) == len(wanted)
    assert done.returncode == 0

"""probe.py: its figures are those of another way, its files are there, its refusals one line."""

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import probe
from models import ZOO
from models.bundle import open_bundle
from tests.scripts import runs
from tfrnn.data.text import join
from tfrnn.probe import fresh

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "looking-inside.md"
PNG = b"\x89PNG\r\n"
TRAINED = ("trained", "inputs")


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def held_out(run):
    bundle = open_bundle(run)
    return bundle, ZOO[bundle.options.name].read(bundle.options.data, seed=0).test


def test_gradients_of_untrained_layers(call, monkeypatch, tmp_path):
    argv = ["gradients", "--units=6", "--steps=12", "--batch=5", f"--out={tmp_path / 'new/folder'}"]
    done = call(probe.main, *argv)
    assert done.code == 0, done.err
    header, *table = done.out.splitlines()
    assert re.split(" {2,}", header) == ["gradient", "of", "half-life", "at 1", "at 12"]
    assert len(table) == 2 * 5
    rows = read(tmp_path / "new/folder/gradients.csv")
    assert len(rows) == 2 * 5 * 13
    assert {float(row["median"]) for row in rows if row["distance"] == "0"} == {1.0}
    assert (tmp_path / "new/folder/gradients.png").read_bytes().startswith(PNG)
    monkeypatch.setattr(fresh, "KINDS", {"GRU": fresh.KINDS["GRU"]})
    first, again, other = (call(probe.main, *argv, f"--seed={seed}").out for seed in (0, 0, 1))
    assert first == again != other


def test_gradients_of_a_run(call, music, tmp_path):
    """Its own loss by its own embeddings, on its own held-out tunes."""
    done = call(probe.main, "gradients", music, "--steps=9", "--batch=4", f"--out={tmp_path}")
    assert done.code == 0, done.err
    assert [line.split()[:2] for line in done.out.splitlines()[1:]] == [
        [name, of] for of in ("state", "inputs") for name in ("trained", "untrained")
    ]
    rows = read(tmp_path / "gradients.csv")
    found = [float(row["median"]) for row in rows if (row["gradient"], row["of"]) == TRAINED]
    bundle, documents = held_out(music)
    stream, time = join([bundle.vocabulary.encode(text) for text in documents]), 60
    first = [round((len(stream) - time - 1) * k / 3 - 0.499) for k in range(4)]
    norms = []
    for start in first:
        window = tf.constant(stream[start : start + time + 1])
        with tf.GradientTape() as tape:
            embedded = tf.gather(bundle.model.embed.embeddings, window[None, :-1])
            tape.watch(embedded)
            hidden, _ = bundle.model.lstms(embedded)
            logits = bundle.model.logits(hidden)[0, -1]
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(window[-1], logits)
        gradient = tf.norm(tape.gradient(loss, embedded)[0], axis=-1).numpy()[::-1]
        norms.append(gradient[:10] / gradient[0])
    np.testing.assert_allclose(found, np.median(norms, axis=0), rtol=1e-3)


def test_gradients_over_a_file(call, refused, text, tmp_path):
    file = tmp_path / "some.txt"
    file.write_text(runs.sentences(4, seed=5), encoding="utf-8")
    argv = ["gradients", text, f"--file={file}", "--batch=2", f"--out={tmp_path}"]
    length = len(file.read_text("utf-8")) + 2
    assert call(probe.main, *argv, f"--steps={length - 52}").code == 0
    words = (
        f"has {length} characters, its ends among them; --steps {length - 51} needs {length + 1}"
    )
    refused(65, words, probe.main, *argv, f"--steps={length - 51}")


def test_gates_over_the_held_out_text_of_a_run(call, music, tmp_path):
    done = call(probe.main, "gates", music, "--units=5", "--length=130", f"--out={tmp_path}")
    assert done.code == 0, done.err
    header, *table = done.out.splitlines()
    assert header.split() == ["unit", "follows", "correlation", "least", "most"]
    units = [int(line.split()[0]) for line in table]
    assert len(set(units)) == 5
    bundle, documents = held_out(music)
    text = documents[0][:130]
    rows = read(tmp_path / "gates.csv")
    assert "".join(row["character"] for row in rows[::5]) == text
    assert [int(row["unit"]) for row in rows[:5]] == units
    ids = tf.constant([[0, *bundle.vocabulary.encode(text)]])
    states, table = bundle.model.initial_state(1), bundle.model.table()
    for place in range(ids.shape[1]):
        _, states = bundle.model.step(table, ids[:, place], states)
        for row, unit in zip(rows[5 * (place - 1) : 5 * place], units):
            assert float(row["h"]) == pytest.approx(float(states[0].hidden[0, unit]), abs=2e-5)
            assert float(row["c"]) == pytest.approx(float(states[0].cell[0, unit]), abs=2e-5)
    assert (tmp_path / "gates.png").read_bytes().startswith(PNG)
    page = (tmp_path / "cells.html").read_text("utf-8")
    assert [int(unit) for unit in re.findall(r"<h2>unit (\d+)", page)] == units


def test_gates_of_chosen_units_over_a_given_text(call, text, tmp_path):
    """Not even a character that no font has is too much."""
    file = tmp_path / "some.txt"
    file.write_text("red 𝄞\n", encoding="utf-8")
    argv = ["gates", text, "--unit", "7", "3", "7", f"--out={tmp_path}"]
    typed, filed = (call(probe.main, *argv, more) for more in ("--text=red 𝄞\n", f"--file={file}"))
    assert typed.code == 0, typed.err
    assert typed.out == filed.out
    lines = [line.split() for line in typed.out.splitlines()[1:]]
    assert [(line[0], line[1]) for line in lines] == [("7", "place"), ("3", "place")]
    assert len(read(tmp_path / "gates.csv")) == 12


USAGE = [
    ([], "the first word must be gradients or gates, got ''"),
    (["gatez"], "got 'gatez'; did you mean gates?"),
    (["gates"], "required"),
    (["gates", "RUN", "--length=1"], "--length must be 2 or more, got 1."),
    (["gates", "RUN", "--units=0"], "--units must be 1 or more, got 0."),
    (["gates", "RUN", "--layer=0"], "--layer must be 1 or more, got 0."),
    (["gates", "RUN", "--text=ab", "--file=F"], "--text and --file exclude each other."),
    (["gradients", "--steps=1"], "--steps must be 2 or more, got 1."),
    (["gradients", "--batch=0"], "--batch must be 1 or more, got 0."),
    (["gradients", "--seed=-1"], "--seed must be"),
    (["gradients", "--file=F"], "--file is for a run, and none is given"),
    (["gradients", "RUN", "--units=5"], "--units is of untrained layers; a run has its own."),
    (["gradients", "--step=5"], "did you mean --steps?"),
]


@pytest.mark.parametrize(("argv", "words"), USAGE)
def test_usage(refused, monkeypatch, tmp_path, argv, words):
    monkeypatch.chdir(tmp_path)
    refused(64, words, probe.main, *argv)
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_has_not(refused, monkeypatch, music, tmp_path):
    monkeypatch.chdir(tmp_path)
    refused(64, "--layer must be 1 to 1, got 2.", probe.main, "gates", music, "--layer=2")
    refused(64, "--unit must be 0 to 23, got 24.", probe.main, "gates", music, "--unit", "24")
    refused(64, "2 characters or more, got 'X'", probe.main, "gates", music, "--text=X")
    refused(65, "Character 'é' (U+00E9) at offset 1", probe.main, "gates", music, "--text=Xé")
    refused(66, "nowhere", probe.main, "gates", music, "--file=nowhere")
    refused(66, str(tmp_path), probe.main, "gradients", tmp_path)
    (tmp_path / "file").write_text("mine")
    refused(73, "file", probe.main, "gradients", music, "--out=file")
    monkeypatch.setattr(probe, "READ", ("text",))
    refused(64, "holds a music model; probe.py reads text.", probe.main, "gates", music)


def test_data_that_has_gone(refused, text, tmp_path):
    run = runs.copy(text, tmp_path)
    config = run / "config.yaml"
    config.write_text(config.read_text("utf-8").replace(str(text.parent), str(tmp_path / "gone")))
    for view in ("gradients", "gates"):
        words = "give --file; the data of the run is not here"
        refused(66, words, probe.main, view, run, f"--out={tmp_path}")


CHILD = """
import sys
import probe
from tfrnn.cli.exits import run
try:
    run(probe.main, sys.argv[1:])
except SystemExit as leaving:
    print(leaving.code, "tensorflow" in sys.modules or "matplotlib" in sys.modules)
"""


@pytest.mark.parametrize(
    ("argv", "code"),
    [(["--help"], 0), (["gates", "--help"], 0), (["gradients", "-h"], 0), (["gates", "no"], 66)],
)
def test_help_and_refusals_do_not_wait_for_tensorflow(argv, code):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *argv], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == f"{code} False", done.stderr
    assert code or "gates" in done.stdout or "--units" in done.stdout


def test_the_page_about_it(capsys):
    """Its commands parse, its example runs, and its pictures are there and small."""
    page = PAGE.read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    found = [shlex.split(line, comments=True)[1:] for line in lines if "probe.py" in line]
    assert len(found) >= 4
    for script, *words in found:
        assert script == "probe.py"
        probe.read_options(*probe.split(words))
    (example,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names = {}
    exec(example, names)
    assert names["update_gate"].shape == (16, 101, 32)
    assert 0 < float(capsys.readouterr().out) < 100
    pictures = [PAGE.parent / name for name in re.findall(r"!\[[^]]+\]\((.+?)\)", page)]
    assert len(pictures) == 2
    assert sum(picture.stat().st_size for picture in pictures) < 150_000

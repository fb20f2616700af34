"""The command: what it refuses, what it holds against the targets, how it ends."""

import dataclasses
import json
import subprocess
import sys

import pytest

from benchmarks import __main__ as command
from benchmarks import generate, pipeline, targets, train
from benchmarks.contenders import OURS
from tfrnn.errors import Failure, UsageError


def test_a_failed_check_ends_the_run_with_one_line(monkeypatch, tmp_path, capsys):
    row = train.Row(
        task="lstm A", contender="x", library="x", precision="float32", compile="graph", shards=1,
        loss=2.0, gap=0.5, wrong=True, note="invented",
    )  # fmt: skip
    monkeypatch.setattr(train, "measure", lambda stage, **options: [row])
    wanted = "train: lstm A: x has loss 2.00000 after 20 steps, 0.5 from that of keras"
    with pytest.raises(Failure, match=wanted):
        command.main(["train", "--out", str(tmp_path)])
    assert json.loads((tmp_path / "train.json").read_text())["rows"][0]["wrong"]
    assert "invented" in capsys.readouterr().out


def trained(task, precision, milliseconds, *, over_keras, over_torch):
    return train.Row(
        task=task, contender="", library=OURS, precision=precision, compile="graph", shards=1,
        seconds=[1e-3 * milliseconds], over_keras=over_keras, over_torch=over_torch,
    )  # fmt: skip


def test_targets_are_held_against_the_best_of_ours():
    rows = [
        trained("lstm A", "float32", 9, over_keras=1.0, over_torch=0.5),
        trained("lstm A", "float32", 5, over_keras=1.8, over_torch=0.9),
        trained("lstm A", "bfloat16", 4, over_keras=2.4, over_torch=None),
        trained("gru B", "float32", 4, over_keras=1.0, over_torch=1.0),
    ]
    found = list(targets.of_training(rows))
    assert {target.what: (target.wanted, target.found, target.met) for target in found} == {
        "lstm A, float32, x keras graph": (1.5, 1.8, True),
        "lstm A, float32, x torch": (1.0, 0.9, False),
        "lstm A, bfloat16, x keras graph": (2.5, 2.4, False),
        "gru B, float32, x keras graph": (1.0, 1.0, True),
        "gru B, float32, x torch": (1.0, 1.0, True),
    }
    verdicts = [line.split()[-1] for line in targets.as_text(found).splitlines()[1:]]
    assert verdicts == ["met", "missed", "missed", "met", "met"]


def test_writing_and_the_pipeline_have_targets():
    row = generate.Row(
        units=256, batch=1, way=generate.XLA, length=9, over_tutorial=21.0, over_torch=9.0
    )
    others = [dataclasses.replace(row, way=generate.GRAPH), dataclasses.replace(row, batch=64)]
    assert [target.met for target in targets.of_writing([row, *others])] == [True, False]
    stream = pipeline.Row(task="lstm A", way=pipeline.STREAM, over_step=11.0)
    step = dataclasses.replace(stream, way="tfrnn float32 graph", over_step=1.0)
    assert [target.found for target in targets.of_pipeline([stream, step])] == [11.0]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["speed"], "speed"),
        (["train", "--shapes", "E"], "--shapes"),
        (["train", "--repeats", "0"], "--repeats must be 1 or more, got 0."),
        (["generate", "--units", "8", "0"], "--units must be 1 or more"),
    ],
)
def test_what_cannot_be_measured_is_refused(words, line):
    with pytest.raises(UsageError, match=line):
        command.main(words)


def test_help_names_every_table_without_a_framework():
    code = "import sys; from benchmarks.__main__ import main\ntry: main(['--help'])\n"
    code += "finally: assert not {'tensorflow', 'torch', 'keras'} & {*sys.modules}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in command.BENCHMARKS)

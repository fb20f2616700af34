"""train.py: runs that are killed, stopped, resumed, repeated end as the one left alone."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import demo
import train
from models import ZOO
from models.bundle import open_bundle
from tests.scripts import runs
from tests.scripts.runs import EVERY, SMALL, STEPS
from tfrnn.training import checkpoint
from tfrnn.training.checkpoint_files import ARRAYS
from tfrnn.training.config import TrainConfig
from tfrnn.training.metrics_log import MetricsLog
from tfrnn.training.run import Standing

ROOT = Path(__file__).parent.parent.parent


def child(what, at, *argv):
    command = [sys.executable, "-m", "tests.scripts.child", what, at, *argv]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        list(map(str, command)), cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def flip(run, step):
    """Changes one bit of a checkpoint."""
    path = run / f"step-{step:08d}" / ARRAYS
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 8
    path.write_bytes(data)


def same_end(run, whole):
    """The newest checkpoints, with all that is in them, the metrics and the vocabulary."""
    wanted, found = runs.left(whole), runs.left(run)
    assert len(wanted) >= 4
    assert {name: found.get(name) for name in wanted} == wanted


def test_killed_damaged_stopped_and_resumed_it_is_the_run_left_alone(music, call, tmp_path):
    """F01, F07, F09, F14, F17, F19, in processes of their own, with dropout on."""
    run, source = tmp_path / "run", f"--data.source={music.parent / 'music.abc'}"
    killed = child("kill", 15, "music", source, f"--out={run}", *SMALL)
    killed.communicate(timeout=300)
    assert killed.returncode == -signal.SIGKILL
    assert (run / "metrics.jsonl").read_bytes().count(b"\n") == 15
    assert sorted(p.name for p in run.glob("step-*")) == ["step-00000006", "step-00000012"]

    flip(run, 12)
    stopped = child("wait", 9, "music", f"--out={run}", "--resume")
    try:
        assert stopped.stdout.readline() == "waiting\n"
        assert call(train.main, "music", f"--out={run}", "--resume").code == 73
        stopped.send_signal(signal.SIGTERM)
        began = time.monotonic()
        out, err = stopped.communicate("go on\n", timeout=120)
        assert time.monotonic() - began < 60
    finally:
        stopped.kill()
    *lines, last = err.splitlines()
    assert (stopped.returncode, out) == (75, ""), err
    assert last == (
        f"saved step 9 in {run}; go on with: python train.py music --out {run} --resume"
    )
    warnings = [line for line in lines if "step-00000012" in line]
    assert len(warnings) == 1
    assert "its size or sha256 is not the one" in warnings[0]
    assert checkpoint.newest(run).step == 9

    assert call(train.main, "music", f"--out={run}", "--resume").code == 0
    same_end(run, music)


def test_ctrl_c_in_a_step(text, call, tmp_path, monkeypatch):
    """F07, and what the line says to type does it."""
    append = MetricsLog.append

    def press(log, step, values):
        append(log, step, values)
        if step == EVERY + 2:
            os.kill(os.getpid(), signal.SIGINT)

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(MetricsLog, "append", press)
        source = f"--data.source={text.parent / 'text.abc'}"
        stopped = call(train.main, "text", source, f"--out={run}", *SMALL)
    assert stopped.code == 75
    assert checkpoint.newest(run).step == EVERY + 2
    assert not (run / "curves.png").exists()  # nobody waits for a picture
    command = stopped.err.splitlines()[-1].partition("python train.py ")[2]
    assert call(train.main, *command.split()).code == 0
    same_end(run, text)


def test_a_config_repeats_its_run(music, call, tmp_path):
    """F19: the same options, the same bits."""
    run = tmp_path / "run"
    done = call(train.main, "--config", music / "config.yaml", "--out", run)
    assert (done.code, done.out) == (0, "")
    same_end(run, music)
    assert (run / "config.yaml").read_bytes() == (music / "config.yaml").read_bytes()
    assert (run / "data.sha256").read_bytes() == (music / "data.sha256").read_bytes()


def test_another_seed_is_another_run(music, call, tmp_path):
    argv = ["--train.steps=1", "--seed=1", f"--out={tmp_path / 'run'}"]
    assert call(train.main, "--config", music / "config.yaml", *argv).code == 0
    first, other = (
        json.loads((run / "metrics.jsonl").read_text().split("\n")[0])
        for run in (music, tmp_path / "run")
    )
    assert first["step"] == other["step"] == 1
    assert first["loss"] != other["loss"]


def test_a_finished_run_has_nothing_to_resume(music, call, tmp_path):
    run = runs.copy(music, tmp_path)
    done = call(train.main, "music", f"--out={run}", "--resume")
    assert (done.code, done.out) == (0, "")
    assert f"finished  step {STEPS}; best is step" in done.err
    assert runs.left(run) == runs.left(music)
    assert (run / "curves.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--model.units=48", "model.units=24, now 48"),
        ("--seed=5", "seed=0, now 5"),
        ("--train.precision=mixed_bfloat16", "train.precision=float32, now mixed_bfloat16"),
        ("--data.window=33", "data.window=32, now 33"),
        ("--train.steps=99", "train.steps=24, now 99"),
    ],
)
def test_a_run_goes_on_as_it_began_or_not_at_all(music, refused, option, words):
    """F16."""
    line = refused(65, words, train.main, "music", f"--out={music}", "--resume", option)
    assert str(music) in line


def test_a_run_goes_on_with_the_data_it_began_with(music, refused, tmp_path):
    """F16."""
    run, corpus = runs.copy(music, tmp_path), tmp_path / "corpus.abc"
    corpus.write_text("\n".join(runs.tunes(41)))
    config = run / "config.yaml"
    config.write_text(config.read_text().replace(str(music.parent / "music.abc"), str(corpus)))
    words = f"{corpus} is not what {run} was trained on"
    refused(65, words, train.main, "music", f"--out={run}", "--resume")
    assert runs.left(run) == runs.left(music)


def test_a_run_never_begins_anew_by_itself(music, refused, tmp_path):
    """F12: neither when all checkpoints are damaged, nor when all are gone."""
    run = runs.copy(music, tmp_path)
    for path in run.glob(f"step-*/{ARRAYS}"):
        path.write_bytes(path.read_bytes()[:-9])
    resume = ["music", f"--out={run}", "--resume"]
    refused(65, "none is whole", train.main, *resume)
    for path in run.glob("step-*"):
        path.rename(tmp_path / path.name)
    words = f"{run} has no checkpoint, but metrics.jsonl line {EVERY} says that one was saved"
    refused(65, words, train.main, *resume)
    assert (run / "metrics.jsonl").read_bytes() == (music / "metrics.jsonl").read_bytes()


def test_a_run_killed_in_its_first_save_begins_anew(text, call, tmp_path):
    """The metrics of a step are there before its checkpoint is."""
    run = runs.copy(text, tmp_path)
    for path in run.glob("step-*"):
        path.rename(tmp_path / path.name)
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    assert "valid_loss" in lines[EVERY - 1]
    (run / "metrics.jsonl").write_text("".join(lines[:EVERY]))
    assert call(train.main, "text", f"--out={run}", "--resume").code == 0
    same_end(run, text)


@contextlib.contextmanager
def full_disk():
    """Every write of this process beyond a kilobyte of a file fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_costs_no_checkpoint(text, call, refused, tmp_path, monkeypatch):
    """F05: and once there is room, the run goes on as if nothing had been."""
    run, save = tmp_path / "run", checkpoint.save

    def on_a_disk_that_fills_up(folder, step, arrays, meta):
        with full_disk() if step > EVERY else contextlib.nullcontext():
            return save(folder, step, arrays, meta)

    words = f"step-{2 * EVERY:08d} was not saved: File too large. step-{EVERY:08d} still loads."
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", on_a_disk_that_fills_up)
        source = f"--data.source={text.parent / 'text.abc'}"
        refused(74, words, train.main, "text", source, f"--out={run}", *SMALL)
    assert checkpoint.newest(run).step == EVERY
    assert call(train.main, "text", f"--out={run}", "--resume").code == 0
    same_end(run, text)


def test_a_disk_that_was_full_before_the_first_step_leaves_no_run(
    text, call, refused, tmp_path, monkeypatch
):
    record = train.record
    argv = ["--config", text / "config.yaml", f"--out={tmp_path / 'run'}", "--train.steps=1"]

    def on_a_full_disk(*args):
        with full_disk():
            record(*args)

    with monkeypatch.context() as patch:
        patch.setattr(train, "to_yaml", lambda *args, **kwargs: 300 * "name: text\n")
        patch.setattr(train, "record", on_a_full_disk)
        refused(74, f"{tmp_path / 'run'} cannot be written", train.main, *argv)
    assert call(train.main, *argv).code == 0


def test_a_run_that_diverges_says_so_and_keeps_what_was_finite(text, refused, call, tmp_path):
    """F22."""
    run = tmp_path / "run"
    argv = ["--train.learning-rate=1e20", "--train.evaluate-every=1", "--train.bad-steps=3"]
    config = ["--config", text / "config.yaml", f"--out={run}"]
    words = "beyond use for 3 steps in a row; a smaller --train.learning-rate may help"
    refused(76, words, train.main, *config, *argv)
    assert (run / "curves.png").exists()
    for array in checkpoint.newest(run).arrays.values():
        assert np.isfinite(array).all()


def test_a_run_without_a_finite_held_out_loss_ends_in_words():
    standing = Standing(best_loss=None, best_step=0, waiting=4, finished=True)
    config = TrainConfig(steps=STEPS, learning_rate=1.0, patience=4)
    assert (
        train.verdict(standing, STEPS, config, ZOO["text"])
        == "step 24; no held-out loss was finite"
    )
    assert "has not improved for 4 evaluations" in train.verdict(standing, 8, config, ZOO["text"])


def test_demo_trains_composes_and_goes_on(music, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = dict(option.removeprefix("--").split("=") for option in SMALL)
    source = {"data.source": str(music.parent / "music.abc"), "train.steps": "2"}
    monkeypatch.setattr(demo, "TRAIN", options | source)
    done = call(demo.main)
    assert done.code == 0, done.err
    assert done.out.count("X:1\n") == 4
    page = (tmp_path / "out" / "demo" / "index.html").read_text(encoding="utf-8")
    assert [f"00{number}.wav" in page for number in range(1, 6)] == [True] * 4 + [False]
    again = call(demo.main)
    assert (again.code, again.out) == (0, done.out)


def test_a_run_may_start_from_the_weights_of_another(music, call, tmp_path):
    """One step with next to no learning rate leaves the other run's best weights as they were."""
    source, out = f"--data.source={music.parent / 'music.abc'}", tmp_path / "tuned"
    words = [*SMALL, "--train.steps=1", "--train.learning-rate=1e-12", f"--init={music}"]
    assert call(train.main, "music", source, *words, f"--out={out}").code == 0
    before, after = open_bundle(music), open_bundle(out)
    for old, new in zip(before.model.weights, after.model.weights, strict=True):
        np.testing.assert_allclose(new, old, atol=1e-6)


def test_a_start_that_lacks_a_character_is_refused(music, refused, tmp_path):
    corpus = tmp_path / "odd.abc"
    corpus.write_text("\n\n".join(tune.replace("T:", "T:§") for tune in runs.tunes()))
    words = [*SMALL, f"--data.source={corpus}", f"--init={music}", f"--out={tmp_path / 'run'}"]
    line = refused(65, "'§'", train.main, "music", *words)
    assert "--init" in line

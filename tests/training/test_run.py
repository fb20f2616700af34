"""A run: what it leaves in its folder, and that stopping and going on changes no bit of it."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models.char_rnn import CharRNN
from models.configs import CharRNNConfig
from tests.training.toys import VOCAB, batch, bigram, config, small_run, splits
from tfrnn.errors import DataError, DivergedError
from tfrnn.training import checkpoint
from tfrnn.training.checkpoint_files import ARRAYS, MANIFEST
from tfrnn.training.loop import named_weights
from tfrnn.training.losses import cross_entropy
from tfrnn.training.run import METRICS, Standing, load_weights, run

ROOT = Path(__file__).parent.parent.parent
LAST = "step-00000011"


def left(folder):
    """What a run leaves: its log, and the checksums of its weights, optimizer and standing."""
    manifests = {path.parent.name: path.read_bytes() for path in folder.glob(f"*/{MANIFEST}")}
    return manifests, (folder / METRICS).read_bytes()


def same_end(folder, whole):
    manifests, log = left(folder)
    wanted, wanted_log = left(whole)
    assert {name: manifests.get(name) for name in wanted} == wanted
    assert log == wanted_log


def follow(folder, *train_batches, valid=None, loss=cross_entropy, stop=lambda: False, **changes):
    data = splits(*train_batches, valid=valid)
    return list(run(bigram(), loss, config(**changes), data, folder, stop=stop))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    reports = list(small_run(folder))
    assert [r.progress.step for r in reports] == list(range(1, 12))
    assert [r.saved for r in reports] == [r.progress.step in (4, 8, 11) for r in reports]
    return folder


def test_the_log_has_a_line_for_each_step(whole):
    lines = [json.loads(line) for line in (whole / METRICS).read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, 12))
    assert [line["step"] for line in lines if "valid_loss" in line] == [4, 8, 11]
    assert all(set(line) >= {"loss", "grad_norm", "skipped"} for line in lines)


def test_a_checkpoint_says_how_the_run_stands(whole):
    point = checkpoint.newest(whole)
    valid = {
        line["step"]: line["valid_loss"]
        for line in map(json.loads, (whole / METRICS).read_text().splitlines())
        if "valid_loss" in line
    }
    standing = Standing(**point.meta)
    assert (point.step, standing.finished) == (11, True)
    assert standing.best_loss == min(valid.values()) == valid[standing.best_step]


def test_a_resumed_run_is_the_uninterrupted_one(whole, tmp_path):
    """F17, with dropout on, stopped at an evaluation, before one and after one."""
    for stop in (3, 4, 5):
        *_, last = small_run(tmp_path, stop_at=stop)
        assert last.saved
        assert (last.progress.step, last.standing.finished) == (stop, False)
    first, *_ = small_run(tmp_path)
    assert first.progress.step == 6
    same_end(tmp_path, whole)


def test_a_run_resumed_in_another_process_is_the_uninterrupted_one(whole, tmp_path):
    """F17, where Keras has numbered its layers otherwise."""
    list(small_run(tmp_path, stop_at=5))
    command = [sys.executable, "-m", "tests.training.toys", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    same_end(tmp_path, whole)


def test_what_was_logged_after_the_last_checkpoint_is_logged_anew(whole, tmp_path):
    """A kill between two checkpoints: the steps since are done again, not twice logged."""
    reports = small_run(tmp_path)
    while next(reports).progress.step < 7:
        pass
    reports.close()
    assert (tmp_path / METRICS).read_text().count("\n") == 7
    first, *_ = small_run(tmp_path)
    assert first.progress.step == 5
    same_end(tmp_path, whole)


def test_a_damaged_checkpoint_is_passed_over(whole, tmp_path, caplog):
    """F09, end to end."""
    list(small_run(tmp_path, stop_at=9))
    path = tmp_path / "step-00000009" / ARRAYS
    flipped = bytearray(path.read_bytes())
    flipped[len(flipped) // 2] ^= 4
    path.write_bytes(flipped)
    with caplog.at_level(logging.WARNING):
        first, *_ = small_run(tmp_path)
    assert first.progress.step == 9  # from step 8, the one before
    assert "bad-step-00000009" in caplog.text
    same_end(tmp_path, whole)


def test_no_whole_checkpoint_is_never_a_fresh_start(tmp_path):
    list(small_run(tmp_path, stop_at=4))
    log = (tmp_path / METRICS).read_bytes()
    (tmp_path / "step-00000004" / ARRAYS).write_bytes(b"")
    with pytest.raises(DataError, match="none is whole"):
        next(small_run(tmp_path))
    assert (tmp_path / METRICS).read_bytes() == log


def test_a_finished_run_does_nothing_when_resumed(tmp_path):
    follow(tmp_path, batch())
    before = left(tmp_path)
    assert follow(tmp_path, batch()) == []
    assert follow(tmp_path, batch(), steps=99) == []
    assert left(tmp_path) == before


def test_stopping_at_the_last_step_finishes_the_run(tmp_path):
    (*_, last) = follow(tmp_path, batch(), stop=iter([False] * 3 + [True]).__next__)
    assert (last.progress.step, last.standing.finished, last.saved) == (4, True, True)


def test_training_ends_when_nothing_gets_better(tmp_path):
    still = {"learning_rate": 1e-30, "steps": 40, "patience": 3, "evaluate_every": 2}
    reports = follow(tmp_path, batch(), **still)
    assert len(reports) == 2 * (1 + 3)
    assert reports[-1].standing == Standing(reports[1].progress.valid_loss, 2, 3, True)
    assert not any(report.standing.finished for report in reports[:-1])
    assert follow(tmp_path, batch(), **still) == []


def test_a_stopped_run_goes_on_waiting_where_it_was(tmp_path):
    still = {"learning_rate": 1e-30, "steps": 40, "patience": 3, "evaluate_every": 2}
    first = follow(tmp_path, batch(), stop=iter([False] * 4 + [True]).__next__, **still)
    assert first[-1].standing.waiting == 1
    assert len(first) + len(follow(tmp_path, batch(), **still)) == 8


def test_no_patience_is_endless_patience(tmp_path):
    reports = follow(tmp_path, batch(), learning_rate=1e-30, steps=12, patience=0)
    assert len(reports) == 12
    assert reports[-1].standing.waiting == 5


def test_the_best_is_kept_besides_the_newest(tmp_path):
    """What validates otherwise than it trains is best at the first evaluation."""
    valid = batch(step=3)
    changes = {"steps": 10, "learning_rate": 0.1, "keep": 2, "patience": 0}
    reports = follow(tmp_path, batch(), valid=valid, **changes)
    losses = [r.progress.valid_loss for r in reports if r.progress.valid_loss is not None]
    assert losses == sorted(losses)
    assert reports[-1].standing.best_step == 2
    kept = sorted(path.name for path in tmp_path.glob("step-*"))
    assert kept == ["step-00000002", "step-00000008", "step-00000010"]


def test_an_evaluation_that_is_not_finite_is_never_the_best(tmp_path):
    bad = batch(step=0)

    def loss(logits, given):
        wrong = given.inputs["ids"][0, 0] == given.inputs["ids"][0, 1]
        return tf.where(wrong, float("nan"), cross_entropy(logits, given))

    reports = follow(tmp_path, batch(), valid=bad, loss=loss)
    assert [np.isnan(reports[i].progress.valid_loss) for i in (1, 3)] == [True, True]
    assert checkpoint.newest(tmp_path).meta == Standing(None, 0, 2, True)._asdict()


def test_the_last_finite_checkpoint_of_a_diverged_run_loads(tmp_path):
    """F22, with the model of the zoo."""
    model = CharRNN(CharRNNConfig(units=4, layers=1, embed=4, dropout=0.0), vocab=VOCAB)
    model.build()
    changes = {"learning_rate": 1e20, "steps": 50, "evaluate_every": 1, "bad_steps": 3}
    with pytest.raises(DivergedError, match="beyond use for 3 steps in a row"):
        list(run(model, cross_entropy, config(**changes), splits(batch()), tmp_path))
    point = checkpoint.restore(tmp_path)
    assert all(np.isfinite(array).all() for array in point.arrays.values())
    load_weights(model, point)


def test_weights_load_into_a_fresh_model(tmp_path):
    follow(tmp_path, batch())
    point, model = checkpoint.newest(tmp_path), bigram(seed=9)
    load_weights(model, point)
    for name, weight in named_weights(model).items():
        np.testing.assert_array_equal(weight, point.arrays[name])


@pytest.mark.parametrize("wrong", ["shape", "absent"])
def test_a_checkpoint_of_another_model_is_refused(tmp_path, wrong):
    follow(tmp_path, batch())
    point, model = checkpoint.newest(tmp_path), bigram(seed=9)
    before = [np.array(v) for v in model.weights]
    arrays = dict(point.arrays)
    if wrong == "shape":
        arrays["model/logits/bias"] = np.zeros(3, np.float32)
        message = r"model/logits/bias must have shape \(7,\), got shape \(3,\)"
    else:
        del arrays["model/logits/bias"]
        message = r"model/logits/bias must have shape \(7,\), got none"
    with pytest.raises(DataError, match=message):
        load_weights(model, point._replace(arrays=arrays))
    for weight, value in zip(model.weights, before):
        np.testing.assert_array_equal(weight, value)

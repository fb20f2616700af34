"""The mean of a run's last checkpoints, in a folder of its own."""

import json

import numpy as np
import pytest

import evaluate
import generate
import train
from models import average
from tfrnn.errors import CannotCreateError, MissingInputError, UsageError
from tfrnn.training import checkpoint


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of dates that keeps three checkpoints."""
    out = tmp_path_factory.mktemp("average") / "run"
    words = ["--data.dates=60", "--model.units=16", "--model.embed=8", "--model.attention-units=8"]
    words += ["--train.steps=9", "--train.evaluate-every=3", "--train.keep=3", "--train.shards=1"]
    train.main(["dates", f"--out={out}", *words])
    return out


def test_every_weight_is_the_mean(run, tmp_path):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    average.main([str(run), str(tmp_path / "mean"), "--last", "3"])
    (place,) = checkpoint.saved(tmp_path / "mean")
    mean = checkpoint.load(place)
    parts = [checkpoint.model_weights(checkpoint.load(path)) for path in checkpoint.saved(run)]
    assert mean.step == 9 and len(parts) == 3
    assert set(mean.arrays) == set(parts[0])
    for name, array in mean.arrays.items():
        wanted = sum(part[name].astype(np.float64) for part in parts) / 3
        np.testing.assert_allclose(array, wanted, atol=1e-7)
        assert array.dtype == parts[0][name].dtype
    assert any((mean.arrays[name] != parts[0][name]).any() for name in mean.arrays)
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_it_is_used_as_a_run_is(run, tmp_path, capsys):
    mean = tmp_path / "mean"
    average.main([str(run), str(mean), "--last", "2"])
    generate.main(["dates", "--from", str(mean), "3 May 1987"])
    assert len(capsys.readouterr().out.splitlines()) == 1
    evaluate.main([str(mean), "--beam", "1"])
    assert json.loads((mean / "evaluation" / "scores.json").read_text())["step"] == 9


def test_what_cannot_be_is_refused(run, tmp_path):
    with pytest.raises(MissingInputError, match="has 3 checkpoints, --last 4 needs as many"):
        average.main([str(run), str(tmp_path / "mean"), "--last", "4"])
    assert not (tmp_path / "mean").exists()
    with pytest.raises(CannotCreateError, match="exists already"):
        average.main([str(run), str(tmp_path), "--last", "2"])
    with pytest.raises(UsageError, match="--last must be 2 or more, got 1"):
        average.main([str(run), str(tmp_path / "mean"), "--last", "1"])

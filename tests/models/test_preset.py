"""Presets: a run reduced to what using it takes."""

import numpy as np
import pytest

from models import load, preset
from models.calibration import CALIBRATION
from models.files import CONFIG
from models.sentences import run_options
from tests.scripts import runs
from tfrnn.errors import CannotCreateError
from tfrnn.training import checkpoint

TEXTS = [f"{ask} {place}" for _, ask, place in runs.requests(40, seed=5)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return runs.intent(tmp_path_factory.getbasetemp())


def test_a_preset_answers_as_its_run(run, tmp_path):
    preset.main([str(run), str(tmp_path / "whole"), "--corpus", "questions of ours"])
    preset.main([str(run), str(tmp_path / "half"), "--corpus", "questions of ours", "--half"])
    wanted = load(run).readings(TEXTS)
    whole, half = (load(tmp_path / name).readings(TEXTS) for name in ("whole", "half"))
    np.testing.assert_array_equal(whole.logits, wanted.logits)
    np.testing.assert_allclose(half.logits, wanted.logits, atol=5e-3)
    assert (half.logits != wanted.logits).any()
    assert load(tmp_path / "half").calibration == load(run).calibration
    assert run_options(tmp_path / "half").data.source == "questions of ours"
    names = {path.name for path in (tmp_path / "half").iterdir()}
    files = {CONFIG, "words.txt", "labels.txt", CALIBRATION, "curves.png"}
    assert names - files == {"step-00000024"} or names - files == {next(iter(names - files))}
    arrays = checkpoint.newest(tmp_path / "half").arrays
    assert all(name.startswith("model/") for name in arrays)
    assert {array.dtype for array in arrays.values()} == {np.dtype("float16")}


def test_the_average_is_what_is_kept(run, tmp_path):
    """The run's own weights go on beside it, and are not what it was judged by."""
    preset.main([str(run), str(tmp_path / "preset"), "--corpus", "ours"])
    kept = checkpoint.newest(tmp_path / "preset")
    trained = checkpoint.at(run, kept.step).arrays
    for name, array in kept.arrays.items():
        np.testing.assert_array_equal(array, trained[name.replace("model/", "average/", 1)])
    assert any((array != trained[name]).any() for name, array in kept.arrays.items())


def test_a_folder_that_is_there_stays(run, tmp_path):
    with pytest.raises(CannotCreateError, match="exists already"):
        preset.main([str(run), str(tmp_path), "--corpus", "ours"])

"""Checkpoints give back what they were given, refuse the rest, and are never overwritten."""

import hashlib
import json
import logging

import ml_dtypes
import numpy as np
import pytest

from tfrnn.errors import DataError, DivergedError, MissingInputError, StorageError
from tfrnn.training.checkpoint import load, newest, prune, restore, save
from tfrnn.training.checkpoint_files import ARRAYS, MANIFEST, META

META_VALUES = {"best_loss": 1.25, "best_step": 200, "finished": False, "loss": None, "tags": ["a"]}


def state(step):
    return {"lstm/kernel": np.full((2, 3), step, np.float32), "optimizer/0": np.int64(step)}


def steps(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_same(found, wanted):
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        value = np.asarray(value)
        assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
        assert found[name].tobytes() == value.tobytes()


def test_gives_back_what_it_was_given(tmp_path):
    random = np.random.default_rng(0)
    arrays = {
        "z last/ü 名.npy": random.normal(size=(3, 2)),
        "file": random.normal(size=4).astype(np.float32).reshape(2, 2).T,
        "bf": random.normal(size=(2, 5)).astype(ml_dtypes.bfloat16),
        "half": np.float16([1, -0.0, 65504]),
        "scalar": np.asarray(7, np.int64),
        "seed": np.array([2**32 - 1, 5], np.uint32),
        "mask": np.array([True, False]),
        "empty": np.zeros((0, 4)),
        "../up": np.array(["text", "名"]),
        "every other": np.arange(10.0)[::2],
    }
    path = save(tmp_path / "runs" / "a", 12, arrays, META_VALUES)
    for found in (load(path), newest(path.parent), restore(path.parent)):
        assert (found.step, found.meta, found.path) == (12, META_VALUES, path)
        assert_same(found.arrays, arrays)
    assert found.arrays["bf"].flags.writeable


def test_no_arrays_is_a_state_too(tmp_path):
    save(tmp_path, 0, {}, {})
    assert restore(tmp_path).arrays == {}


def test_numpy_alone_reads_the_arrays(tmp_path):
    path = save(tmp_path, 3, state(3), {})
    with np.load(path / ARRAYS, allow_pickle=False) as stored:
        np.testing.assert_array_equal(stored["lstm/kernel"], state(3)["lstm/kernel"])


def test_manifest_is_json_that_sha256sum_agrees_with(tmp_path):
    path = save(tmp_path, 3, state(3), META_VALUES)
    manifest = json.loads((path / MANIFEST).read_text())
    assert set(manifest) == {ARRAYS, META}
    for name, entry in manifest.items():
        data = (path / name).read_bytes()
        assert entry == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_same_state_gives_the_same_bytes(tmp_path, monkeypatch):
    first = save(tmp_path / "a", 3, state(3), META_VALUES)
    monkeypatch.setattr("time.time", lambda: 2e9)
    second = save(tmp_path / "b", 3, state(3), META_VALUES)
    for name in (ARRAYS, META, MANIFEST):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_restores_the_newest_by_number(tmp_path):
    for step in (99_999_999, 100_000_000, 5):
        save(tmp_path, step, state(step), {})
    assert restore(tmp_path).step == 100_000_000


def test_none_where_there_never_was_one(tmp_path):
    (tmp_path / "metrics.jsonl").write_text("")
    assert restore(tmp_path) is None
    assert newest(tmp_path / "missing") is None


def test_a_whole_step_is_left_as_it_is(tmp_path):
    path = save(tmp_path, 3, state(3), {})
    before = (path.stat().st_ino, (path / ARRAYS).read_bytes())
    assert save(tmp_path, 3, state(4), {}) == path
    assert (path.stat().st_ino, (path / ARRAYS).read_bytes()) == before


def test_a_damaged_step_is_set_aside_and_written_anew(tmp_path):
    for _ in range(2):
        path = save(tmp_path, 3, state(3), {})
        (path / META).unlink()
    save(tmp_path, 3, state(3), {})
    assert steps(tmp_path) == ["bad-step-00000003", "bad-step-00000003-2", "step-00000003"]
    assert restore(tmp_path).step == 3


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.complex64, ml_dtypes.bfloat16])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_never_commits_a_non_finite_state(tmp_path, dtype, value):
    save(tmp_path, 1, state(1), {})
    bad = np.zeros(5, dtype)
    bad[3] = value
    with pytest.raises(DivergedError, match="step-00000002 was not saved: 1 of 5 values of v are"):
        save(tmp_path, 2, {**state(2), "v": bad}, {})
    assert steps(tmp_path) == ["step-00000001"]


@pytest.mark.parametrize(
    ("arrays", "meta"),
    [
        ({"o": np.array([{}], object)}, {}),
        ({"o": np.zeros(2, "V3")}, {}),
        ({"f8": np.zeros(2, ml_dtypes.float8_e4m3fn)}, {}),
        ({"": np.zeros(2)}, {}),
        ({"a\0b": np.zeros(2)}, {}),
        ({}, {"best": float("inf")}),
        ({}, {"pair": (1, 2)}),
        ({}, {1: 2}),
    ],
)
def test_refuses_what_it_could_not_give_back(tmp_path, arrays, meta):
    with pytest.raises(ValueError, match=r"save|JSON"):
        save(tmp_path, 1, arrays, meta)
    assert steps(tmp_path) == []


def test_refuses_a_negative_step(tmp_path):
    with pytest.raises(ValueError, match="step=-1"):
        save(tmp_path, -1, {}, {})


def test_prune_keeps_the_newest_and_the_best(tmp_path):
    for step in range(1, 7):
        save(tmp_path, step, state(step), {})
    prune(tmp_path, keep=2, best=3)
    assert steps(tmp_path) == ["step-00000003", "step-00000005", "step-00000006"]
    prune(tmp_path, keep=5)
    assert len(steps(tmp_path)) == 3
    prune(tmp_path, keep=1)
    assert steps(tmp_path) == ["step-00000006"]


def test_prune_does_not_count_a_damaged_one(tmp_path):
    for step in range(1, 5):
        save(tmp_path, step, state(step), {})
    (tmp_path / "step-00000004" / META).write_text("{}")
    prune(tmp_path, keep=2)
    assert steps(tmp_path) == ["step-00000002", "step-00000003", "step-00000004"]
    assert restore(tmp_path).step == 3


def test_prune_needs_one_to_keep(tmp_path):
    with pytest.raises(ValueError, match="keep=0"):
        prune(tmp_path, keep=0)


def test_readers_change_nothing(tmp_path, caplog):
    for step in (1, 2):
        save(tmp_path, step, state(step), {})
    (tmp_path / "step-00000002" / ARRAYS).write_bytes(b"")
    (tmp_path / "tmp-step-00000003").mkdir()
    before = steps(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert newest(tmp_path).step == 1
    assert steps(tmp_path) == before
    assert [r.getMessage() for r in caplog.records] == [
        f"{tmp_path}/step-00000002/arrays.npz was cut or changed after it was saved: its size or "
        "sha256 is not the one in MANIFEST.json. This checkpoint is skipped."
    ]


def test_a_copy_under_another_name_loads_and_a_renamed_step_does_not(tmp_path):
    path = save(tmp_path, 3, state(3), {})
    copy = path.rename(tmp_path / "best")
    assert load(copy).step == 3
    renamed = copy.rename(tmp_path / "step-00000009")
    with pytest.raises(DataError, match="holds step 3: it was renamed"):
        load(renamed)


def test_nothing_at_a_path(tmp_path):
    with pytest.raises(MissingInputError, match="best is not there"):
        load(tmp_path / "best")


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(StorageError, match="a/step-00000001 was not saved: File exists"):
        save(tmp_path / "a", 1, {}, {})
    with pytest.raises(StorageError, match="a cannot be listed"):
        restore(tmp_path / "a")

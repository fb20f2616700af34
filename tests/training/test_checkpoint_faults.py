"""No kill, power cut or failing disk takes an acknowledged state (F01, F02, F05)."""

import errno
import logging
import os
import resource
import shutil

import numpy as np
import pytest

from tests.training.faults import (
    Disk,
    fail_everywhere,
    in_fresh_process,
    kill_everywhere,
    quick_place,
)
from tfrnn.errors import StorageError
from tfrnn.training.checkpoint import load, prune, restore, save


@pytest.fixture
def place(tmp_path):
    with quick_place(tmp_path) as place:
        yield place


def state(step):
    return {"kernel": np.random.default_rng(step).normal(size=(40, 3)), "step": np.int64(step)}


def save_step(folder, step):
    save(folder, step, state(step), {"best_step": step})


def prepare_nothing(folder):
    pass


def prepare_one(folder):
    save_step(folder, 1)


def prepare_two(folder):
    save_step(folder, 1)
    save_step(folder, 2)


def prepare_damaged(folder):
    prepare_two(folder)
    (folder / "step-00000002" / "meta.json").unlink()


def prepare_leftover(folder):
    save_step(folder, 1)
    shutil.copytree(folder / "step-00000001", folder / "tmp-step-00000002")


def prepare_five(folder):
    for step in range(1, 6):
        save_step(folder, step)


def save_one(folder):
    save_step(folder, 1)


def save_two(folder):
    save_step(folder, 2)


def prune_to_two(folder):
    prune(folder, keep=2, best=1)


def recover(folder):
    """What a resumed run finds, checked, and that it can go on from there."""
    found = restore(folder)
    step = found.step if found else 0
    if found:
        assert found.meta == {"best_step": step}
        for name, value in state(step).items():
            assert found.arrays[name].tobytes() == value.tobytes()
    assert not list(folder.glob("tmp-*"))
    save_step(folder, step + 1)
    assert restore(folder).step == step + 1
    return step


# name: what is there, what is killed, the least that must be found before and after it returned
ACTIONS = {
    "first": (prepare_nothing, save_one, 0, 1),
    "next": (prepare_one, save_two, 1, 2),
    "same again": (prepare_two, save_two, 2, 2),
    "same, damaged": (prepare_damaged, save_two, 1, 2),
    "after a killed save": (prepare_leftover, save_two, 1, 2),
    "prune": (prepare_five, prune_to_two, 5, 5),
    "restore": (prepare_damaged, restore, 1, 1),
    "restore after a kill": (prepare_leftover, restore, 1, 1),
}


@pytest.mark.parametrize("power_cut", [False, True], ids=["kill", "power cut"])
@pytest.mark.parametrize("name", ACTIONS)
def test_killed_at_every_call(place, name, power_cut):
    prepare, action, before, after = ACTIONS[name]
    outcomes = kill_everywhere(prepare, action, place, power_cut)
    assert len(outcomes) > 3
    assert [outcome.done for outcome in outcomes] == [False] * (len(outcomes) - 1) + [True]
    assert outcomes[-1].unsynced == 0
    for outcome in outcomes:
        if name == "prune":
            assert load(outcome.folder / "step-00000001").step == 1
            assert load(outcome.folder / "step-00000004").step == 4
        assert recover(outcome.folder) >= (after if outcome.done else before), outcome.calls


def test_the_sweep_meets_every_kind_of_call(tmp_path):
    with Disk() as disk:
        save_step(tmp_path / "a", 1)
        assert disk.unsynced == 0
    assert disk.calls.count("write") == 6
    assert disk.calls.count("fsync") == 6  # the run folder's entry, 3 files, the folder, the rename
    assert set(disk.calls) >= {"mkdir", "create", "write", "close", "fsync", "rename", "open"}


def test_removal_is_out_of_sight_on_the_disk_before_it_begins(tmp_path):
    prepare_five(tmp_path)
    with Disk() as disk:
        prune(tmp_path, keep=4)
    assert [c for c in disk.calls if c in ("rename", "fsync", "unlink", "rmdir")] == [
        "rename",
        "fsync",
        *["unlink"] * 3,
        "rmdir",
    ]


@pytest.mark.parametrize(
    ("number", "forever"), [(errno.ENOSPC, False), (errno.EIO, True)], ids=["once", "from then on"]
)
@pytest.mark.parametrize("name", ["next", "same, damaged", "after a killed save", "prune"])
def test_a_disk_that_fails_at_every_call(place, name, number, forever):
    prepare, action, before, after = ACTIONS[name]
    error = OSError(number, os.strerror(number))
    outcomes = fail_everywhere(prepare, action, place, error, forever=forever)
    assert sum(not outcome.done for outcome in outcomes) > len(outcomes) / 2 > 3
    for outcome in outcomes:
        if not outcome.done:
            assert outcome.error.startswith(f"StorageError: {outcome.folder}"), outcome
            if action is save_two and not forever:
                assert not list(outcome.folder.glob("tmp-*")), outcome
        assert recover(outcome.folder) >= (after if outcome.done else before), outcome.calls


def test_ctrl_c_at_every_call(place):
    outcomes = fail_everywhere(prepare_one, save_two, place, KeyboardInterrupt(), forever=False)
    assert len(outcomes) > 10
    for outcome in outcomes:
        assert outcome.error.startswith("KeyboardInterrupt")
        assert recover(outcome.folder) >= 1


def save_on_a_small_disk(folder):
    """The kernel itself refuses the write: no file may grow past 500 bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
    try:
        save_step(folder, 2)
    except StorageError as error:
        return error.code, str(error)


def test_a_write_that_the_kernel_refuses(tmp_path):
    save_step(tmp_path, 1)
    code, message = in_fresh_process(save_on_a_small_disk, tmp_path)
    assert code == 74
    assert message == (
        f"{tmp_path}/step-00000002 was not saved: File too large. step-00000001 still loads."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]
    assert recover(tmp_path) == 1


def test_a_step_set_aside_is_named_in_one_line(tmp_path, caplog):
    prepare_damaged(tmp_path)
    with caplog.at_level(logging.WARNING):
        restore(tmp_path)
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}/step-00000002/meta.json cannot be read: No such file or directory. "
        "This checkpoint is now bad-step-00000002."
    ]

"""A metrics log cut at a checkpoint's step is the uninterrupted run's log up to there."""

import errno
import json
import os

import numpy as np
import pytest

from tfrnn.errors import DataError, StorageError
from tfrnn.training.metrics_log import MetricsLog


def write(path, upto, *, since=None):
    with MetricsLog(path, since) as log:
        for step in range((since or 0) + 1, upto + 1):
            log.append(step, {"loss": 1 / step})
            if step % 2 == 0:
                log.append(step, {"valid_loss": 2 / step})


@pytest.mark.parametrize("resumed", [1, 2, 5, 6, 7])
@pytest.mark.parametrize("cut", [0, 1, 9])
def test_a_resumed_log_equals_the_uninterrupted_one(tmp_path, resumed, cut):
    write(tmp_path / "whole", 9)
    write(tmp_path / "resumed", 7)
    if cut:  # killed in the middle of a record, before the next checkpoint
        with (tmp_path / "resumed").open("a") as file:
            file.write('{"step": 8, "loss": 0.125}\n'[:cut])
    write(tmp_path / "resumed", 9, since=resumed)
    assert (tmp_path / "resumed").read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_run_without_a_checkpoint_begins_with_an_empty_log(tmp_path):
    write(tmp_path / "log", 5)
    with MetricsLog(tmp_path / "log", None):
        assert (tmp_path / "log").read_bytes() == b""


@pytest.mark.parametrize(
    "tail", [b"\x00\x00\x00\n", b"17\n", b'{"loss": 1}\n', b'{"step": 3}', b"\xff"]
)
def test_a_last_line_that_is_no_record_is_cut(tmp_path, tail):
    write(tmp_path / "log", 3)
    whole = (tmp_path / "log").read_bytes()
    (tmp_path / "log").write_bytes(whole + tail)
    with MetricsLog(tmp_path / "log", 3):
        assert (tmp_path / "log").read_bytes() == whole


def test_a_broken_line_in_the_middle_is_named_and_nothing_is_cut(tmp_path):
    write(tmp_path / "log", 5)
    broken = (tmp_path / "log").read_bytes().replace(b'{"step": 2,', b'{"stop": 2,', 1)
    (tmp_path / "log").write_bytes(broken)
    with pytest.raises(DataError, match=r'log:2: wanted a record such as \{"step": 100\}, got'):
        MetricsLog(tmp_path / "log", 5)
    assert (tmp_path / "log").read_bytes() == broken


def test_every_record_is_readable_at_once_and_strict_json(tmp_path):
    with MetricsLog(tmp_path / "log", None) as log:
        odd = {"inf": -np.inf, "skipped": True, "why": "naïve\n", "rows": (3, 1)}
        log.append(1, {"loss": np.float32(0.1)} | odd)
        line = (tmp_path / "log").read_text()
    assert line.endswith("\n")
    record = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert record == {
        "step": 1,
        "loss": float(np.float32(0.1)),
        "inf": None,
        "skipped": True,
        "why": "naïve\n",
        "rows": [3, 1],
    }


def test_steps_never_go_back(tmp_path):
    write(tmp_path / "log", 3)
    with MetricsLog(tmp_path / "log", 3) as log, pytest.raises(ValueError, match=r"step >= 3.*2"):
        log.append(2, {})


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    with MetricsLog(tmp_path / "log", None) as log:

        def full(descriptor, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(StorageError, match="log cannot be written: No space left"):
            log.append(1, {})
        monkeypatch.setattr(os, "write", lambda descriptor, data: len(data) // 2)
        with pytest.raises(StorageError, match="log cannot be written: the line was cut"):
            log.append(1, {})


def test_a_folder_in_place_of_the_file(tmp_path):
    with pytest.raises(StorageError, match="cannot be written: Is a directory"):
        MetricsLog(tmp_path, None)


def test_sync_reaches_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    with MetricsLog(tmp_path / "log", None) as log:
        log.sync()
    assert synced == [(tmp_path / "log").stat().st_ino]

"""One writer for a run folder (F14), and folders that cannot be written (F15)."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.training.faults import permissions_that_bind, pipe, start
from tfrnn.errors import CannotCreateError
from tfrnn.training.run_lock import LOCK, run_lock

MINUTE = 60


def hold(folder, writer, fork_a_worker=False):
    """A trainer that never ends; it, or the worker it forks, tells that all is set up."""
    with run_lock(folder):
        worker = os.fork() if fork_a_worker else None
        if not worker:  # a worker that has not run yet has not let go of the lock yet
            writer.send(os.getpid())
        signal.pause()


@pytest.fixture
def owner(tmp_path):
    reader, writer = pipe()
    process = start(hold, tmp_path / "a", writer)
    assert reader.poll(20)
    yield process
    process.kill()
    process.join()


def test_a_second_writer_is_refused_at_once(tmp_path, owner):
    began = time.monotonic()
    with pytest.raises(CannotCreateError) as raised, run_lock(tmp_path / "a"):
        pass
    assert time.monotonic() - began < 1
    assert raised.value.code == 73
    words = str(raised.value).split("(started ")
    assert words[0] == f"{tmp_path}/a is in use by process {owner.pid} "
    assert words[1].partition(" ")[2] in (
        "seconds ago). Choose another --out, or stop it first.",
        "second ago). Choose another --out, or stop it first.",
    )
    assert owner.is_alive()


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (2 * MINUTE + 5, "2 minutes"),
        (61 * MINUTE, "1 hour"),
        (72 * 60 * MINUTE, "3 days"),
        (-5, "0 seconds"),
    ],
)
def test_says_how_long_ago(tmp_path, monkeypatch, age, words):
    with run_lock(tmp_path):
        since = json.loads((tmp_path / LOCK).read_text())["since"]
        monkeypatch.setattr(time, "time", lambda: since + age + 0.01)
        match = f"process {os.getpid()} .started {words} ago."
        with pytest.raises(CannotCreateError, match=match), run_lock(tmp_path):
            pass


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x", "since": 1}', '{"pid": 1}'])
def test_an_owner_that_has_not_written_its_name(tmp_path, content):
    with run_lock(tmp_path):
        (tmp_path / LOCK).write_text(content)
        with pytest.raises(CannotCreateError, match="by another process"), run_lock(tmp_path):
            pass


def test_a_killed_owner_is_followed(tmp_path, owner):
    owner.kill()
    owner.join()
    with run_lock(tmp_path / "a"):
        assert json.loads((tmp_path / "a" / LOCK).read_text())["pid"] == os.getpid()


def test_a_recycled_pid_is_not_the_owner(tmp_path):
    """The file names a process that is alive, but has not locked it."""
    (tmp_path / LOCK).write_text(json.dumps({"pid": os.getppid(), "since": 1.0, "why": "x" * 99}))
    with run_lock(tmp_path):
        assert json.loads((tmp_path / LOCK).read_text())["pid"] == os.getpid()


def test_a_worker_that_outlives_a_killed_owner_does_not_hold_its_lock(tmp_path):
    reader, writer = pipe()
    process = start(hold, tmp_path, writer, True)
    assert reader.poll(20)
    worker = reader.recv()
    try:
        with pytest.raises(CannotCreateError, match="in use"), run_lock(tmp_path):
            pass
        process.kill()
        process.join()
        os.kill(worker, 0)
        with run_lock(tmp_path):
            pass
    finally:
        os.kill(worker, signal.SIGKILL)


def test_released_at_the_end_and_after_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), run_lock(tmp_path):
            raise KeyError
    with pytest.raises(CannotCreateError), run_lock(tmp_path), run_lock(tmp_path):
        pass
    before = len(list(Path("/proc/self/fd").iterdir()))
    with run_lock(tmp_path):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_makes_the_folder(tmp_path):
    with run_lock(tmp_path / "runs" / "a"):
        assert (tmp_path / "runs" / "a").is_dir()


@pytest.mark.parametrize("path", ["file", "file/a/b"])
def test_a_file_in_the_way(tmp_path, path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotCreateError) as raised, run_lock(tmp_path / path):
        pass
    assert str(raised.value) == (
        f"{tmp_path}/{path} cannot be written ({tmp_path}/file: File exists); choose another --out."
    )
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("folder", ["a", "a/b"])
def test_a_read_only_folder(tmp_path, folder):
    (tmp_path / "a").mkdir()
    with permissions_that_bind(tmp_path):
        (tmp_path / "a").chmod(0o500)
        match = f"{folder} cannot be written .*Permission denied"
        with pytest.raises(CannotCreateError, match=match), run_lock(tmp_path / folder):
            pass
    assert list((tmp_path / "a").iterdir()) == []


def test_a_folder_made_read_only_after_its_first_run(tmp_path):
    with run_lock(tmp_path):
        pass
    with permissions_that_bind(tmp_path):
        tmp_path.chmod(0o500)
        with pytest.raises(CannotCreateError, match="read-only"), run_lock(tmp_path):
            pass
        tmp_path.chmod(0o700)


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def refuse(descriptor, operation):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(CannotCreateError, match="cannot be locked: No locks"), run_lock(tmp_path):
        pass

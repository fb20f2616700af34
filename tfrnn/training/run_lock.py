"""One writer for a run folder.

The lock is `flock(2)` on `folder/run.lock`, because the kernel drops it when its owner ends,
however it ends: after a kill -9 the next writer simply gets it, and a process that happens to
have the dead owner's number is never mistaken for the owner, as it can be where a file that
holds a pid is the lock. The pid and time in the file are for the message only. The file stays
when the lock is released: removing it would let two writers lock two files of one name.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tfrnn.errors import CannotCreateError
from tfrnn.training.durable import make_folder

LOCK = "run.lock"

_held: set[int] = set()


@contextlib.contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Makes `folder` and holds it: at most one process writes a run.

    Raises:
        CannotCreateError: at once, when another writer is in it, or it cannot be made or written.

    >>> import tempfile
    >>> with run_lock(Path(tempfile.mkdtemp(), "runs", "a")) as held:
    ...     pass
    """
    descriptor = _open(folder)
    _held.add(descriptor)
    try:
        _acquire(descriptor, folder)
        yield
    finally:
        if descriptor in _held:  # a forked child that runs to here has let go already
            _held.remove(descriptor)
            os.close(descriptor)


def _open(folder: Path) -> int:
    try:
        make_folder(folder)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}"
        raise CannotCreateError(
            f"{folder} cannot be written ({why}); choose another --out."
        ) from error
    # A lock file of an earlier run can be opened in a folder that is read-only by now.
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        os.close(descriptor)
        raise CannotCreateError(f"{folder} is read-only; choose another --out.")
    return descriptor


def _acquire(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotCreateError(
            f"{folder} is in use by {_owner(descriptor)}. Choose another --out, or stop it first."
        ) from None
    except OSError as error:
        why = error.strerror or error
        raise CannotCreateError(f"{folder} cannot be locked: {why}.") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": time.time()}).encode(), 0)


def _owner(descriptor: int) -> str:
    """Who is in the folder, in words; the owner may not have written its name yet."""
    try:
        owner = json.loads(os.pread(descriptor, 1024, 0))
        return f"process {owner['pid']:d} (started {_ago(time.time() - owner['since'])} ago)"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _ago(seconds: float) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return _count(int(seconds // length), unit)
    return _count(max(0, int(seconds)), "second")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _let_go() -> None:
    """A forked worker that outlives a killed trainer must not hold its lock."""
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_let_go)

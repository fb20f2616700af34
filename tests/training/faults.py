"""A disk that dies: kills, power cuts and errors at every file-system call of an action.

The sweeps run in a fresh process without TensorFlow, so that a fork for each kill is cheap and
safe. What they leave in their folders is for the tests to judge.
"""

import contextlib
import io
import itertools
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple
from unittest import mock

CALLS = ("open", "mkdir", "rename", "fsync", "unlink", "rmdir", "scandir", "listdir")

NOBODY = 65534

Action = Callable[[Path], object]

_FRESH = multiprocessing.get_context("spawn")


class Outcome(NamedTuple):
    """One run of an action on a failing disk.

    folder: what it left. calls: the calls up to the fault. done: whether it returned.
    error: the class name and message of what it raised. unsynced: what it had not synced when
    it returned.
    """

    folder: Path
    calls: list[str]
    done: bool
    error: str = ""
    unsynced: int = 0


class Disk:
    """While entered, tells `on_call` of each file-system call, by name, before it is made.

    A write is two calls, so that a fault can fall between its halves.
    """

    def __init__(self, on_call: Callable[[], None] = lambda: None):
        self.calls: list[str] = []
        self._on_call = on_call
        self._files: dict[int, int] = {}  # inode -> our own descriptor of an unsynced file
        self._folders: set[int] = set()
        self._patches = [
            mock.patch.object(os, name, self._wrap(name, getattr(os, name))) for name in CALLS
        ]
        self._patches.append(mock.patch.object(io, "open", self._open))

    def __enter__(self):
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *raised):
        for patch in self._patches:
            patch.stop()

    @property
    def unsynced(self) -> int:
        return len(self._files) + len(self._folders)

    def cut_power(self):
        """The worst that a power cut may do: new names are kept, unsynced contents are not."""
        for descriptor in self._files.values():
            os.ftruncate(descriptor, 0)

    def call(self, name: str):
        self.calls.append(name)
        self._on_call()

    def _wrap(self, name, function):
        def wrapped(*args, **kwargs):
            self.call(name)
            result = function(*args, **kwargs)
            if name == "fsync":
                inode = os.fstat(args[0]).st_ino
                self._files.pop(inode, None)
                self._folders.discard(inode)
            elif name in ("mkdir", "rename"):
                self._folders.add(Path(args[0]).parent.stat().st_ino)
            return result

        return wrapped

    def _open(self, path, mode="r", *args, _open=io.open, **kwargs):
        self.call("read" if "r" in mode else "create")
        file = _open(path, mode, *args, **kwargs)
        if "r" in mode:
            return file
        self._folders.add(Path(path).parent.stat().st_ino)
        self._files[os.fstat(file.fileno()).st_ino] = os.dup(file.fileno())
        return _File(file, self)


class _File:
    def __init__(self, file, disk):
        self._file, self._disk = file, disk
        self.flush, self.fileno = file.flush, file.fileno

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self._disk.call("close")
        self._file.close()

    def write(self, data):
        half = len(data) // 2
        for part in (data[:half], data[half:]):
            self._disk.call("write")
            self._file.write(part)
            self._file.flush()


@contextlib.contextmanager
def quick_place(otherwise: Path):
    """A folder in memory where there is one: the sweeps sync thousands of times."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield otherwise
        return
    with tempfile.TemporaryDirectory(dir=memory) as place:
        yield Path(place)


@contextlib.contextmanager
def permissions_that_bind(place: Path):
    """Root passes every check of permissions: meanwhile acts as nobody, who owns `place`."""
    if os.geteuid():
        yield
        return
    for path in (place, *place.rglob("*")):
        os.chown(path, NOBODY, -1)
    closed = {
        path: path.stat().st_mode for path in place.parents if path.stat().st_mode & 0o11 == 0
    }
    for path, mode in closed.items():
        path.chmod(mode | 0o11)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        for path, mode in closed.items():
            path.chmod(mode)


def in_fresh_process(function, *args):
    """Calls a module's function in a new process and returns what it returns."""
    with ProcessPoolExecutor(1, mp_context=_FRESH) as pool:
        return pool.submit(function, *args).result()


def start(function, *args) -> multiprocessing.Process:
    """Starts a module's function in a new process."""
    process = _FRESH.Process(target=function, args=args)
    process.start()
    return process


def pipe():
    """A (reader, writer) pair whose writer can be given to `start`."""
    return _FRESH.Pipe(duplex=False)


def kill_everywhere(prepare: Action, action: Action, place: Path, power_cut: bool) -> list[Outcome]:
    """For n = 1, 2, ...: prepares `place/n` and kills `action` before its n-th call, until it ends.

    Args:
        prepare: makes the folder's contents, on a good disk.
        action: what is killed.
        place: where the folders go.
        power_cut: whether what was written but not synced is lost with the process.
    """
    return in_fresh_process(_kill_everywhere, prepare, action, place, power_cut)


def _kill_everywhere(prepare, action, place, power_cut):
    outcomes = []
    for number in itertools.count(1):
        folder = place / str(number)
        prepare(folder)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            _act_and_die(action, folder, number, power_cut, writer)
        os.close(writer)
        with os.fdopen(reader) as told:
            *calls, last = told.read().split()
        status = os.waitpid(child, 0)[1]
        if not os.WIFSIGNALED(status):
            assert status == 0, f"the action failed in {folder}"
            return [*outcomes, Outcome(folder, [*calls, last], True, unsynced=int(last))]
        outcomes.append(Outcome(folder, [*calls, last], False))
    raise AssertionError("unreachable")


def _act_and_die(action, folder, number, power_cut, writer):
    def die_at_the_call():
        os.write(writer, f"{disk.calls[-1]}\n".encode())
        if len(disk.calls) == number:
            if power_cut:
                disk.cut_power()
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        with Disk(die_at_the_call) as disk:
            action(folder)
        os.write(writer, f"{disk.unsynced}\n".encode())
        os._exit(0)
    except BaseException:
        os._exit(1)


def fail_everywhere(
    prepare: Action, action: Action, place: Path, error: BaseException, *, forever: bool
) -> list[Outcome]:
    """Like `kill_everywhere`, but raises `error` there, such as an OSError or a Ctrl-C.

    Args:
        prepare: makes the folder's contents, on a good disk.
        action: what fails.
        place: where the folders go.
        error: what the n-th call raises.
        forever: whether all later calls raise it as well.
    """
    return in_fresh_process(_fail_everywhere, prepare, action, place, error, forever)


def _fail_everywhere(prepare, action, place, error, forever):
    def fail_at_the_call():
        if len(disk.calls) == number or (forever and len(disk.calls) > number):
            raise error

    outcomes = []
    for number in itertools.count(1):
        folder = place / str(number)
        prepare(folder)
        message = ""
        with Disk(fail_at_the_call) as disk:
            try:
                action(folder)
            except BaseException as raised:
                message = f"{type(raised).__name__}: {raised}"
        if len(disk.calls) < number:
            return outcomes
        outcomes.append(Outcome(folder, disk.calls[:number], not message, message))
    raise AssertionError("unreachable")

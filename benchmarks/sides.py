"""Processes that the libraries have to themselves: all at rest but the one that is measured.

TensorFlow and PyTorch in one process share a heap and fight over the cores with their pools of
threads. Here each has a process; while one is timed, the others wait for a word on their pipe.
"""

import contextlib
import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from tfrnn.cli.quiet import prepare, tune_malloc
from tfrnn.errors import Failure

TENSORFLOW, TORCH = "tensorflow", "torch"


class Turn(NamedTuple):
    """What some calls of a way came to. seconds: Of one call. results: Of each of them."""

    seconds: float
    results: list[Any]


class Side:
    """A process for one library, with the C library's memory set up as the scripts do.

    Functions and what they take and return travel by pickle; what `keep` makes stays there.

    Args:
        library: TENSORFLOW or TORCH; it is imported at once.
        debug: Whether TensorFlow may say what it has to say.
    """

    def __init__(self, library: str, *, debug: bool = False):
        context = multiprocessing.get_context("spawn")
        self._library = library
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.run(_load, library, debug)

    def run(self, function: Callable, *args) -> Any:
        """Returns function(*args), called over there.

        Raises:
            RuntimeError: If it raised; the message is its own, a note has the traceback.
            Failure: If the process ended.
        """
        return self._ask(_run, function, args)

    def keep(self, name: str, make: Callable[..., Callable[[], Any]], *args) -> None:
        """Keeps what make(*args) returns, something to call without arguments, by a name."""
        self._ask(_keep, name, make, args)

    def turn(self, name: str, count: int = 1) -> Turn:
        """Calls what is kept by a name `count` times and times that over there."""
        return self._ask(_turn, name, count)

    def forget(self) -> None:
        """Drops all that is kept."""
        self._ask(_forget)

    def close(self) -> None:
        """Ends the process."""
        self._pipe.close()  # which it takes as a word to leave
        self._process.join(10)
        self._process.kill()

    def _ask(self, function, *args):
        try:
            self._pipe.send((function, args))
            answer, error, trace = self._pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join(10)
            raise Failure(
                f"the process of {self._library} ended by itself with {self._process.exitcode} "
                "(-9: the system had no more memory)"
            ) from None
        if error:
            failure = RuntimeError(f"{self._library}: {error}")
            failure.add_note(trace)
            raise failure
        return answer


class Stage(contextlib.AbstractContextManager):
    """The sides of a run, each started when it is first asked for.

    Args:
        debug: See `Side`.
    """

    def __init__(self, *, debug: bool = False):
        self._debug = debug
        self._sides: dict[str, Side] = {}

    def side(self, library: str) -> Side:
        """Returns the process of a library."""
        if library not in self._sides:
            self._sides[library] = self.fresh(library)
        return self._sides[library]

    def fresh(self, library: str) -> Side:
        """Returns a process of its own, which the caller closes."""
        return Side(library, debug=self._debug)

    def forget(self) -> None:
        """Drops what all sides keep."""
        for side in self._sides.values():
            side.forget()

    def __exit__(self, *_):
        for side in self._sides.values():
            side.close()


def installed(library: str) -> bool:
    """Whether a library is there to be compared with."""
    return find_spec(library) is not None


def _serve(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks; then the pipe closes
    kept = {}
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            function, args = pipe.recv()
            try:
                answer = function(kept, *args), None, None
            except Exception as error:
                name = type(error).__name__
                answer = None, f"{name}: {error}", traceback.format_exc()
            pipe.send(answer)


def _load(library: str, debug: bool) -> None:
    if library == TENSORFLOW:
        prepare(debug)
    else:
        tune_malloc()
        __import__(library)


def _run(kept, function, args):
    return function(*args)


def _keep(kept, name, make, args):
    kept[name] = make(*args)


def _turn(kept, name, count):
    way, results = kept[name], []
    began = time.perf_counter()
    for _ in range(count):
        results.append(way())
    return Turn((time.perf_counter() - began) / count, results)


def _forget(kept):
    kept.clear()

"""What a script leaves behind when it ends: an exit code and at most one line on stderr."""

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn, TextIO

from tfrnn.errors import (
    CannotCreateError,
    Failure,
    InterruptedRunError,
    MissingInputError,
    StorageError,
)

DEBUG = "--debug"

# What the system refuses before a byte is written. The rest of OSError is a transfer that broke.
_NOT_CREATED = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
}


def run(main: Callable[[list[str]], None], argv: list[str] | None = None) -> NoReturn:
    """Calls `main(argv)` and leaves the process with the exit code of what happened.

    0 after a plain return; a `tfrnn.errors.Failure` has its own code; an OSError that nobody
    translated is 66 (not found), 73 (may not be written) or 74 (full disk, failed transfer);
    Ctrl-C is 75; anything else is a mistake of ours, 70. Each is one line on stderr. With
    `--debug` anywhere in `argv` the traceback comes before that line.

    Args:
        main: the script, given the words after its name.
        argv: those words; `sys.argv[1:]` unless told.

    Raises:
        SystemExit: always, with the code.
    """
    argv = sys.argv[1:] if argv is None else argv
    code = 0
    try:
        main(argv)
        # A full disk or a reader that has gone may show only when the last block is written.
        sys.stdout.flush()
    # SystemExit passes: --help ends with it.
    except (Exception, KeyboardInterrupt) as error:
        code = _report(error, debug=DEBUG in argv)
    finally:
        _settle(sys.stdout)
        _settle(sys.stderr)
    sys.exit(code)


def _report(error: BaseException, debug: bool) -> int:
    line, code = _verdict(error)
    with contextlib.suppress(OSError):
        if debug:
            traceback.print_exception(error)
        if line:
            print(line, file=sys.stderr, flush=True)
    return code


def _verdict(error: BaseException) -> tuple[str, int]:
    """The line to print, empty when there is nobody to read it, and the exit code."""
    message = " ".join(part.strip() for part in str(error).splitlines())
    if isinstance(error, InterruptedRunError):
        # Not an error: the user asked for it, and the line says how to go on.
        return message, error.code
    if isinstance(error, Failure):
        return f"error: {message}", error.code
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", InterruptedRunError.code
    if isinstance(error, BrokenPipeError):
        return "", StorageError.code
    if isinstance(error, OSError):
        # Of a rename the target is what could not be made.
        place = error.filename2 or error.filename
        reason = error.strerror or message
        return f"error: {place}: {reason}" if place else f"error: {reason}", _code_of(error)
    hint = f"(this is a bug; {DEBUG} shows the traceback)"
    return f"error: internal: {type(error).__name__}: {message} {hint}", Failure.code


def _code_of(error: OSError) -> int:
    if error.errno == errno.ENOENT:
        return MissingInputError.code
    if error.errno in _NOT_CREATED:
        return CannotCreateError.code
    return StorageError.code


def _settle(stream: TextIO) -> None:
    """Flushes; sends what cannot be written nowhere, or the interpreter complains at its end."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)

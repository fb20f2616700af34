"""Each way to end gives its exit code, one line, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import errno, sys
from tfrnn.cli.exits import run
from tfrnn import errors

def main(argv):
    {body}

run(main)
"""


def end(body: str, *argv: str, **options) -> subprocess.CompletedProcess:
    """Runs a script whose main is `body`."""
    command = [sys.executable, "-c", SCRIPT.format(body=body), *argv]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, **options)


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("print('done', file=sys.stderr)", 0, "done"),
        ("raise errors.UsageError('--count must be 1 or more.')", 64, "error: --count must be"),
        ("raise errors.DataError('a.csv line 3: 2 columns.')", 65, "error: a.csv line 3: 2"),
        ("open('/nowhere/at/all')", 66, "error: /nowhere/at/all: No such file or directory"),
        ("open('/', 'w')", 73, "error: /: Is a directory"),
        (
            "raise PermissionError(errno.EACCES, 'Permission denied', 'runs')",
            73,
            "error: runs: Perm",
        ),
        (
            "raise OSError(errno.EROFS, 'Read-only file system', 'a', None, 'b')",
            73,
            "error: b: Read",
        ),
        ("raise OSError(errno.ENOSPC, 'No space left on device')", 74, "error: No space left"),
        ("raise OSError('a message without a number')", 74, "error: a message without a number"),
        (
            "raise errors.InterruptedRunError('saved step 7 in runs/a')",
            75,
            "saved step 7 in runs/a",
        ),
        ("raise KeyboardInterrupt", 75, "interrupted"),
        ("raise errors.DivergedError('20 steps without a finite loss.')", 76, "error: 20 steps"),
        ("raise errors.DataError('two\\n  lines')", 65, "error: two lines"),
        ("len(3)", 70, "error: internal: TypeError: object of type 'int' has no len() (this is"),
    ],
)
def test_one_line_and_a_code(body, code, line):
    ended = end(body)

    assert ended.returncode == code
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1


def test_debug_shows_where_it_happened_before_the_line():
    ended = end("raise errors.DataError('a.csv is empty.')", "music", "--debug")

    assert ended.returncode == 65
    assert "Traceback" in ended.stderr
    assert ended.stderr.splitlines()[-1] == "error: a.csv is empty."


def test_a_wish_to_leave_passes():
    assert end("sys.exit(3)").returncode == 3


def test_main_gets_the_words_after_the_script():
    ended = end("print(*argv, file=sys.stderr)", "music", "--out", "a")

    assert ended.stderr == "music --out a\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_results_that_do_not_fit_the_disk_are_an_error():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = end("print('a result')", stdout=full)

    assert ended.returncode == 74
    assert ended.stderr == "error: No space left on device\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("print('x' * 1_000_000)", 74),  # found out by print
        ("print('x')", 74),  # found out by the flush at the end
        ("sys.exit(print('x'))", 0),  # as --help ends: found out after the code was chosen
    ],
)
def test_a_reader_that_leaves_early_is_nothing_to_talk_about(body, code):
    command = [sys.executable, "-c", SCRIPT.format(body=f"sys.stdin.read(); {body}")]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=buffered, **pipes) as script:
        script.stdout.close()
        script.stdin.close()

        assert script.stderr.read() == b""
        assert script.wait(60) == code

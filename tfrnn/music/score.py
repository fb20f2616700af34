"""A tune as a score, engraved by verovio in a child process."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tfrnn.errors import DataError, Failure
from tfrnn.music.mei import mei
from tfrnn.music.tune import Tune

PAGE, PHONE = 1800, 900
"""Widths in tenths of a millimetre: some five bars of a reel a line on a screen, two on a phone."""

_ENGRAVER = Path(__file__).with_name("engraver.py")
_START, _EACH = 20.0, 2.0  # seconds for the child and for each tune: a hundred times what is usual


def score(tune: Tune, *, width: int = PAGE) -> str:
    """Returns the score of a tune as SVG, without its title.

    Args:
        tune: With at least one bar.
        width: Of the page, in tenths of a millimetre; the height is what the music needs.

    Raises:
        DataError: verovio does not take the tune.
        Failure: verovio cannot be started.
    """
    (result,) = scores([tune], width=width)
    if isinstance(result, DataError):
        raise result
    return result


def scores(tunes: Sequence[Tune], *, width: int = PAGE) -> list[str | DataError]:
    """Returns the scores of several tunes; a tune that verovio does not take has its error there.

    One child engraves them all. Where it crashes or hangs, another goes on with the tune after.

    Args:
        tunes: What to engrave.
        width: As in `score`.

    Raises:
        Failure: verovio cannot be started.
    """
    jobs = [json.dumps({"mei": mei(tune), "width": width}) for tune in tunes]
    results: list[str | DataError] = []
    while len(results) < len(jobs):
        answers, reason = _run(jobs[len(results) :])
        results += [
            answer if answer is not None else DataError("verovio does not take the score")
            for answer in answers
        ]
        if len(results) < len(jobs):
            results.append(DataError(f"verovio {reason} on the score"))
    return results


def _run(jobs: Sequence[str]) -> tuple[list[str | None], str]:
    """Returns the answers of a child as far as it comes, and why it came no further."""
    # -P: the folder of the engraver has modules such as abc, which must not hide Python's own.
    command = [sys.executable, "-P", str(_ENGRAVER)]
    try:
        done = subprocess.run(
            command,
            input="\n".join(jobs).encode() + b"\n",
            capture_output=True,
            timeout=_START + _EACH * len(jobs),
            check=False,
        )
        output, reason = done.stdout, f"ended with code {done.returncode}"
        if b"ModuleNotFoundError" in done.stderr:
            raise Failure("verovio cannot be started: pip install -r requirements.txt")
    except subprocess.TimeoutExpired as expired:
        output, reason = expired.stdout or b"", "took too long"
    # What follows the last line end is an answer cut short.
    return [json.loads(line) for line in output.split(b"\n")[:-1]], reason

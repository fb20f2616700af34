"""A second opinion on ABC: what Debian's `abc2midi -c` complains about, where it is installed."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tfrnn.errors import StorageError

SECONDS = 20  # for one tune; it takes milliseconds


def is_installed() -> bool:
    """Returns whether abc2midi can be asked."""
    return shutil.which("abc2midi") is not None


def complaints(texts: Sequence[str]) -> list[list[str]]:
    """Returns the warnings and errors about each tune that speak of bars, notes or syntax.

    Args:
        texts: Tunes in ABC, one a text.

    Raises:
        StorageError: If abc2midi cannot be run.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tune.abc"
        return [_ask(path, text) for text in texts]


def are_about_bars(lines: Sequence[str]) -> bool:
    """Returns whether a complaint is about what a bar holds, not about how a repeat is written.

    >>> are_about_bars(["Warning in line-char 5-7 : Track 0 Bar 2 has 5 time units while the ..."])
    True
    >>> are_about_bars(["Warning in line-char 9-39 : Assuming repeat"])
    False
    """
    return any(" Bar " in line for line in lines)


def _ask(path: Path, text: str) -> list[str]:
    path.write_text(text + "\n", encoding="utf-8")
    try:
        found = subprocess.run(
            ["abc2midi", str(path), "-c"],
            capture_output=True,
            timeout=SECONDS,
            check=False,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StorageError(f"abc2midi cannot be run: {error}") from error
    lines = (found.stdout + found.stderr).splitlines()
    return [line for line in lines if line.startswith(("Warning", "Error"))]

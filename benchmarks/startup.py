"""How long one waits: for help, for an import, for the first tune."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.results import NOT_INSTALLED, Bar, draw_bars
from benchmarks.sides import TENSORFLOW, TORCH, Turn, installed
from benchmarks.timing import interleaved, spread
from models.files import CONFIG, PRESETS
from tfrnn.cli import report
from tfrnn.errors import Failure

ROOT = Path(__file__).parent.parent
IMPORTS = {
    "python, nothing else": ("pass", sys.executable),
    "import tfrnn.layers": ("import tfrnn.layers", TENSORFLOW),
    "import tensorflow, keras": ("import tensorflow, keras", TENSORFLOW),
    "import torch": ("import torch", TORCH),
}
FIRST_TUNE = "generate.py music, a tune of the preset"
NO_PRESET = "no preset"
HELP = "--help"
# What Python is given before a command to know at its end what it loaded.
WATCH = """import atexit, sys
atexit.register(lambda: print("tensorflow" in sys.modules, file=sys.stderr))
"""
SCRIPT = """import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing to wait for.

    seconds: In each round. tensorflow: Whether it loads TensorFlow. wrong: Whether it should not.
    """

    what: str
    seconds: list[float] = field(default_factory=list)
    tensorflow: bool | None = None
    wrong: bool = False
    note: str = ""


def commands() -> dict[str, list[str]]:
    """Returns what is waited for: the words of each command."""
    python = sys.executable
    scripts = sorted(path.name for path in ROOT.glob("*.py") if path.name != "demo.py")
    found = {f"{script} {HELP}": [python, script, HELP] for script in scripts}
    for what, (code, _) in IMPORTS.items():
        found[what] = [python, "-c", code]
    return found | {FIRST_TUNE: [python, "generate.py", "music", "--seed", "1"]}


def missing(what: str) -> str:
    """Returns why something cannot be waited for here, "" if it can."""
    if what in IMPORTS and not (what.startswith("python") or installed(IMPORTS[what][1])):
        return NOT_INSTALLED
    return NO_PRESET if what == FIRST_TUNE and not (PRESETS / "music" / CONFIG).exists() else ""


def measure(*, repeats: int, wanted: Callable[[str], bool] = lambda what: True) -> list[Row]:
    """Runs each command in turn, after one run that fills the disk's cache.

    Raises:
        Failure: If a command fails.
    """
    words = {what: command for what, command in commands().items() if wanted(what)}
    here = {what: command for what, command in words.items() if not missing(what)}
    loads = {what: loads_tensorflow(command) for what, command in here.items()}
    ways = {what: lambda command=command: timed(command) for what, command in here.items()}
    turns = interleaved(ways, repeats, label="start-up")
    return [
        Row(
            what=what,
            seconds=[turn.seconds for turn in turns[what]],
            tensorflow=loads[what],
            wrong=loads[what] and what.endswith(HELP),
        )
        if what in here
        else Row(what=what, note=missing(what))
        for what in words
    ]


def timed(command: Sequence[str]) -> Turn:
    """Runs a command to its end."""
    began = time.perf_counter()
    run(command)
    return Turn(time.perf_counter() - began, [])


def loads_tensorflow(command: Sequence[str]) -> bool:
    """Whether TensorFlow is loaded when a command ends."""
    python, *words = command
    code, words = (words[1], []) if words[0] == "-c" else (SCRIPT, words)
    return run([python, "-c", WATCH + code, *words]).stderr.splitlines()[-1] == "True"


def run(command: Sequence[str]) -> subprocess.CompletedProcess:
    """Runs a command in the project's folder, without TensorFlow's noise.

    Raises:
        Failure: If it fails; the message ends with its last line.
    """
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing said"])[-1]
        raise Failure(f"{' '.join(command[1:])} ended with {done.returncode}: {last}")
    return done


def mistakes(rows: Sequence[Row]) -> list[str]:
    """Returns a line for every call for help that loads TensorFlow."""
    return [f"{row.what} loads TensorFlow" for row in rows if row.wrong]


def as_text(rows: Sequence[Row]) -> str:
    """Returns the table."""
    cells = []
    for row in rows:
        if row.note:
            cells.append([row.what, row.note, "", "", ""])
            continue
        times = [f"{statistics.median(row.seconds):.2f}", f"{spread(row.seconds):.0%}"]
        loads = "yes" if row.tensorflow else "no"
        cells.append([row.what, *times, f"{min(row.seconds):.2f}", loads])
    header = ["what", "seconds", "spread", "fastest", "loads TensorFlow"]
    return report.table(header, cells, left=("what",))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws a bar for each."""
    bars = []
    for row in rows:
        seconds = statistics.median(row.seconds) if row.seconds else 0.0
        bars.append(Bar(row.what, seconds, row.note or f"{seconds:.2f} s"))
    draw_bars({"start-up": bars}, path, unit="seconds, median")

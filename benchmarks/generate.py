"""How long it takes to write with a character model: ours, the tutorials' way, PyTorch's.

python -m benchmarks.generate --units 256 1024 --batch 1 64 --out generation.json
"""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.timing import interleaved
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import parse
from tfrnn.cli.quiet import prepare
from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is measured."""

    units: tuple[int, ...] = (256, 1024)
    """Widths of the LSTM."""
    batch: tuple[int, ...] = (1, 64)
    """How many texts are written at once."""
    length: int = 400
    """Characters of a text; a tune has about as many."""
    repeats: int = 5
    """Runs of each way, after one to warm up; the ways take turns."""
    out: Path | None = None
    """JSON file of all runs; a picture of the same name is put beside it."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One way at one size.

    first: Seconds of the first run, in which it compiles. seconds: Of each later run.
    speedup: How many times as fast as the tutorials' loop, by medians.
    least_disturbed: The same by the fastest run of each.
    """

    units: int
    batch: int
    way: str
    length: int
    first: float
    seconds: list[float]
    speedup: float
    least_disturbed: float

    @property
    def median(self) -> float:
        """Milliseconds that a character of each text of the batch takes."""
        return 1e3 * statistics.median(self.seconds) / self.length

    @property
    def fastest(self) -> float:
        """The same in the fastest run."""
        return 1e3 * min(self.seconds) / self.length


def main(argv: list[str]) -> None:
    """Measures, prints a table, and writes it down with --out."""
    options = parse(
        Options, argv, prog="python -m benchmarks.generate", description=__doc__.split("\n")[0]
    )
    if min(*options.units, *options.batch, options.length, options.repeats) < 1:
        raise UsageError("--units, --batch, --length and --repeats must be 1 or more.")
    prepare(options.debug)
    before = describe()
    rows = []
    for units in options.units:
        for batch in options.batch:
            report.say("measure", f"{units} units, batch {batch}")
            rows += measure(units, batch, length=options.length, repeats=options.repeats)
    machine = before | {"load at the end": describe()["load"]}
    print(as_text(rows, machine))
    if options.out:
        write(rows, machine, options.out)
        report.say("wrote", f"{options.out}, {options.out.with_suffix('.png')}")


def measure(units: int, batch: int, *, length: int, repeats: int) -> list[Row]:
    """Times every way at one size, side by side.

    Raises:
        RuntimeError: If a way wrote another number of characters than was asked for.
    """
    from benchmarks.ways import TUTORIAL, all_ways, untrained

    def check(way, texts):
        if (found := [len(text) for text in texts]) != [length] * batch:
            raise RuntimeError(f"{way} must write {batch} x {length} characters, wrote {found}.")

    ways = all_ways(untrained(units), batch, length)
    times = interleaved(ways, repeats, check=check)
    against = times[TUTORIAL].later
    return [
        Row(
            units=units,
            batch=batch,
            way=way,
            length=length,
            first=first,
            seconds=later,
            speedup=statistics.median(against) / statistics.median(later),
            least_disturbed=min(against) / min(later),
        )
        for way, (first, later) in times.items()
    ]


def as_text(rows: Sequence[Row], machine: dict) -> str:
    """Returns what it was measured on and the table; speedups are over the tutorials' loop."""
    header = ["units", "batch", "way", "first run, s"]
    header += ["ms a character", "fastest", "speedup", "of fastest"]
    cells = []
    for row in rows:
        times = [f"{row.median:.3f}", f"{row.fastest:.3f}"]
        ratios = [f"{row.speedup:.1f}", f"{row.least_disturbed:.1f}"]
        cells.append([str(row.units), str(row.batch), row.way, f"{row.first:.1f}", *times, *ratios])
    facts = ", ".join(f"{name} {fact}" for name, fact in machine.items())
    return f"{facts}\n\n{report.table(header, cells, left=('way',))}"


def write(rows: Sequence[Row], machine: dict, path: Path) -> None:
    """Writes every run as JSON, and a picture of it beside it."""
    found = {
        "command": ["python", "-m", "benchmarks.generate", *sys.argv[1:]],
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine,
        "rows": [asdict(row) for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(rows, path.with_suffix(".png"))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws a panel for each size: a bar a way, its median and how it compares."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = list(dict.fromkeys((row.units, row.batch) for row in rows))
    figure, panels = pyplot.subplots(
        len(sizes), 1, figsize=(8, 0.5 + 2.4 * len(sizes)), squeeze=False, layout="constrained"
    )
    for panel, size in zip(panels[:, 0], sizes):
        shown = [row for row in rows if (row.units, row.batch) == size]
        bars = panel.barh([row.way for row in shown], [row.median for row in shown])
        labels = [f"{row.median:.3f} ms, {row.speedup:.1f}x" for row in shown]
        panel.bar_label(bars, labels, padding=3, fontsize=8)
        panel.set(title=f"{size[0]:,} units, batch {size[1]}", xscale="log")
        panel.margins(x=0.3)
        panel.invert_yaxis()
    panels[-1, 0].set_xlabel("milliseconds a character, median")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


if __name__ == "__main__":
    run_script(main)

"""serve.py under load: with and without batches, with more than it takes, ended amid requests."""

import json
import signal
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.formats import alone, preset_of
from benchmarks.results import NOT_INSTALLED, Bar, draw_bars
from benchmarks.server import serving
from benchmarks.sides import installed
from tfrnn.cli import report

ONE, APART, TOGETHER = "one client", "no batches", "batches"
CROWDED, ENDED, STREAMED = "a queue of 8", "SIGTERM amid requests", "first characters of a tune"
FIRST = 9  # streams of which the first characters are timed
TEXTS = [
    "what time is it in lisbon",
    "please book a table for two at noon",
    "how much is in my savings account",
    "who wrote war and peace",
]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A way to ask.

    clients: How many ask at a time. answered: Whole answers. refused: With 429. wrong: Otherwise
    refused, cut off or hanging. median, slowest: Seconds of an answer, and of 99 in 100. rate:
    Answers a second. over: How many times that of the same clients without batches, or of one.
    """

    way: str
    clients: int = 1
    answered: int = 0
    refused: int = 0
    wrong: int = 0
    median: float | None = None
    slowest: float | None = None
    rate: float | None = None
    over: float | None = None
    note: str = ""


def measure(*, clients: int, seconds: float) -> list[Row]:
    """Exports the presets `intent` and `music`, and asks a server of them in all ways.

    Args:
        clients: How many ask at a time.
        seconds: How long each way is asked.
    """
    if not installed("aiohttp"):
        return [Row(way=way, note=NOT_INSTALLED) for way in (ONE, APART, TOGETHER)]
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name in ("intent", "music"):
            alone(_export, name, str(root / name))
        bodies = [json.dumps({"instances": [text]}) for text in TEXTS]
        rows = measure_model(root, "intent", bodies, clients=clients, seconds=seconds)
        return [*rows, _streamed(root)]


def measure_model(
    exports: Path, name: str, bodies: Sequence[str], *, clients: int, seconds: float
) -> list[Row]:
    """Asks one model of a folder: alone, by many without and with batches, and beyond measure."""
    from benchmarks import load

    path = f"/v1/models/{name}:predict"
    many = ("--limit.queue", str(4 * clients))  # all of them may wait
    found = {}
    for way, words, count in (
        (ONE, many, 1),
        (APART, (*many, "--limit.batch", "1"), clients),
        (TOGETHER, many, clients),
        (CROWDED, ("--limit.queue", "8"), clients),
    ):
        report.say("measure", f"serving, {way}")
        with serving(exports, *words) as server:
            load.ask(server.url + path, bodies, clients=count, seconds=min(1.0, seconds))
            found[way] = load.ask(server.url + path, bodies, clients=count, seconds=seconds)
    report.say("measure", f"serving, {ENDED}")
    with serving(exports, *many) as server:
        end = partial(server.process.send_signal, signal.SIGTERM)
        asked = {"clients": clients, "seconds": min(4.0, seconds), "meanwhile": end}
        found[ENDED] = load.ask(server.url + path, bodies, **asked)
        left = server.process.wait(timeout=60)
    rates = {TOGETHER: found[APART].rate, APART: found[ONE].rate}
    rows = []
    for way, each in found.items():
        wrong = each.cut + each.hanging + sum(each.statuses.values()) - each.statuses.get(429, 0)
        # Who comes after the end finds no one; before it no one must be turned away so.
        wrong += 0 if way == ENDED else each.closed
        over = each.rate / rates[way] if way in rates else None
        rows.append(
            Row(
                way=way,
                clients=1 if way == ONE else clients,
                answered=len(each.answered),
                refused=each.statuses.get(429, 0),
                wrong=wrong + (way == ENDED and left != 0),
                median=each.median,
                slowest=each.slowest,
                rate=each.rate,
                over=over,
            )
        )
    return rows


def _streamed(exports: Path) -> Row:
    """Times how long a tune takes to begin, streamed from the run that was exported."""
    from benchmarks import load

    report.say("measure", f"serving, {STREAMED}")
    body = json.dumps({"inputs": {"prime": ["X:1\n"], "seed": [0], "length": 400}})
    with serving(exports, "--stream", f"music={preset_of('music')}") as server:
        url = f"{server.url}/v1/models/music:stream"
        load.first_piece(url, body, times=2)
        found = sorted(load.first_piece(url, body, times=FIRST))
    return Row(way=STREAMED, answered=FIRST, median=statistics.median(found), slowest=found[-1])


def _export(name: str, out: str) -> None:
    import export
    from tfrnn.cli.quiet import prepare

    prepare(debug=False)
    export.export(preset_of(name), Path(out) / "1", name=name, free=False)


def as_text(rows: Sequence[Row]) -> str:
    """Returns a line a way."""
    header = ["way", "clients", "answered", "429", "wrong", "median ms", "99% ms", "a second", "x"]
    cells = []
    for row in rows:
        if row.note:
            cells.append([row.way, row.note, *[""] * (len(header) - 2)])
            continue
        times = [f"{1e3 * seconds:.1f}" for seconds in (row.median, row.slowest)]
        rates = ["" if row.rate is None else f"{row.rate:,.0f}"]
        rates.append("" if row.over is None else f"{row.over:.1f}")
        counts = [f"{n:,}" for n in (row.clients, row.answered, row.refused, row.wrong)]
        cells.append([row.way, *counts, *times, *rates])
    return report.table(header, cells, left=("way",))


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws how many answers a second come in each way."""
    bars = [
        Bar(
            row.way,
            row.rate or 0.0,
            row.note or f"{row.rate:,.0f}, median {1e3 * row.median:.0f} ms",
        )
        for row in rows
        if row.rate is not None or row.note
    ]
    draw_bars({"Answers a second": bars}, path, unit="answers a second")


def mistakes(rows: Sequence[Row]) -> list[str]:
    """Returns a line for each way in which a request was neither answered nor told to come back."""
    return [f"{row.way}: {row.wrong:,} requests went wrong" for row in rows if row.wrong]

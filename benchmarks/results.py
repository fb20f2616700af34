"""What a benchmark leaves behind: a JSON file of every row and a picture of them."""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tfrnn.errors import StorageError

NOT_INSTALLED = "not installed"


class Bar(NamedTuple):
    """One bar of a picture. label: At its foot. text: At its end."""

    label: str
    length: float
    text: str


def write(rows: Sequence[Any], machine: Mapping[str, Any], path: Path) -> None:
    """Writes rows, each a dataclass, and what they were measured on.

    Raises:
        StorageError: If it cannot be written.
    """
    found = {
        "command": ["python", "-m", "benchmarks", *sys.argv[1:]],
        "date": datetime.now(UTC).date().isoformat(),
        "machine": dict(machine),
        "rows": [dataclasses.asdict(row) for row in rows],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error


def draw_bars(panels: Mapping[str, Sequence[Bar]], path: Path, *, unit: str) -> None:
    """Draws a panel of bars below each title, the first bar on top."""
    from matplotlib.figure import Figure

    height = sum(0.8 + 0.24 * len(bars) for bars in panels.values())
    figure = Figure(figsize=(9, 0.6 + height), layout="constrained")
    axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    for panel, (title, bars) in zip(axes, panels.items()):
        drawn = panel.barh([bar.label for bar in bars], [bar.length for bar in bars])
        panel.bar_label(drawn, [bar.text for bar in bars], padding=3, fontsize=8)
        panel.set_title(title, fontsize=10)
        panel.tick_params(labelsize=8)
        panel.margins(x=0.5)
        panel.invert_yaxis()
    axes[-1].set_xlabel(unit)
    figure.savefig(path, dpi=110)

"""The numbers behind the pictures, as CSV."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from tfrnn.probe.gradients import Decay


def write_gradients(path: Path, panels: Mapping[str, Mapping[str, Decay]]) -> None:
    """Writes a row for each distance of each curve.

    Args:
        path: Of the file, written over.
        panels: What the gradient is of -> curves by name.
    """
    header = ("gradient", "of", "distance", *Decay._fields)
    rows = (
        (name, of, distance, *map(_number, row))
        for of, curves in panels.items()
        for name, decay in curves.items()
        for distance, row in enumerate(zip(*decay))
    )
    _write(path, header, rows)


def write_gates(
    path: Path, text: str, units: Sequence[int], values: Mapping[str, np.ndarray]
) -> None:
    """Writes a row for each unit at each character.

    Args:
        path: Of the file, written over.
        text: (length,) characters.
        units: Their numbers.
        values: Gate or state by its letter -> (length, units).
    """
    header = ("offset", "character", "unit", *values)
    rows = (
        (offset, character, unit, *(_number(value[offset, i]) for value in values.values()))
        for offset, character in enumerate(text)
        for i, unit in enumerate(units)
    )
    _write(path, header, rows)


def _number(value):
    return f"{value:.6g}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)

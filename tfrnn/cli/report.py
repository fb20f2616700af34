"""How the scripts print: what happens goes to stderr, results go to stdout.

A line is a label of ten columns and its text, so that a run reads as a table:

    data      tunes.abc: 2,009 tunes, 196 held out
    train     1,200/3,000 ██████░░░░░░  loss 1.02  21,400 characters/s  0:41 left
"""

import os
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from tqdm import tqdm

LABEL = 10
_WIDEST_BAR = 20


def say(label: str, text: str) -> None:
    """Prints one aligned line on stderr, above a progress bar if one is moving."""
    tqdm.write(f"{label:<{LABEL}}{text}", file=sys.stderr)
    sys.stderr.flush()


def count(number: int) -> str:
    """A whole number with its thousands marked.

    >>> count(1840)
    '1,840'
    """
    return f"{number:,}"


def amount(number: float) -> str:
    """A large number in two or three figures, as of parameters.

    >>> amount(2_134_567), amount(12_600), amount(950)
    ('2.1 M', '12.6 k', '950')
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # What rounds up to the next unit is written in it: 999,960 is 1.0 M, not 1000.0 k.
        if number >= size * 0.99995:
            return f"{number / size:.1f} {unit}"
    return f"{number:.0f}"


def duration(seconds: float) -> str:
    """Seconds as a clock shows them.

    >>> duration(41), duration(112.4), duration(3725)
    ('0:41', '1:52', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress:
    """A line that moves on a terminal, and a plain line every few seconds elsewhere.

    Args:
        label: the line's label, such as "train".
        total: how many steps there are, those of earlier runs included.
        start: the step at which this run goes on.
        every: seconds between two plain lines.

    Use it as a context manager, so that the line ends before anything else is printed.
    """

    def __init__(self, label: str, total: int, *, start: int = 0, every: float = 5.0):
        self._label, self._total, self._start, self._every = label, total, start, every
        self._began = self._printed = time.monotonic()
        self._bar = None
        if sys.stderr.isatty():
            # nrows: some pseudo-terminals say that they have no lines, and tqdm believes it.
            self._bar = tqdm(
                desc=self._place(start),
                total=total,
                initial=start,
                file=sys.stderr,
                bar_format="{desc}",
                ascii="░█",
                nrows=24,
            )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, step: int, text: str) -> None:
        """Shows that `step` is done; prints no more often than a reader can follow.

        Args:
            step: steps done, counted from 0 of the first run.
            text: what there is to say, such as "loss 1.02  21,400 characters/s"; the time that
                is left, by the pace of this run, is added.
        """
        now = time.monotonic()
        done = step - self._start
        if done > 0 and step < self._total:
            left = (now - self._began) / done * (self._total - step)
            text = f"{text}  {duration(left)} left"
        if self._bar is not None:
            self._draw(step, text)
            self._bar.update(step - self._bar.n)
        elif now - self._printed >= self._every or step >= self._total:
            self._printed = now
            tqdm.write(f"{self._place(step)}  {text}", file=sys.stderr)
            sys.stderr.flush()

    def _place(self, step: int) -> str:
        return f"{self._label:<{LABEL}}{count(step)}/{count(self._total)}"

    def _draw(self, step: int, text: str) -> None:
        """Gives the text what room it needs, and the bar the rest, as the terminal is now."""
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        place = self._place(step)
        room = columns - len(place) - len(text) - 4
        self._bar.ncols = columns
        self._bar.set_description_str(place, refresh=False)
        # As unit, because tqdm puts a comma before a postfix.
        self._bar.unit = text
        self._bar.bar_format = f"{{desc}} {{bar:{max(4, min(_WIDEST_BAR, room))}}}  {{unit}}"


class Score(NamedTuple):
    """One row of an evaluation; a figure without something to compare it with says nothing.

    measure: what is measured, with its unit, such as "bits/char".
    model: the model's figure, formatted.
    baseline: the figure of the simplest thing that also does the task.
    against: what that is, such as "5-gram".
    """

    measure: str
    model: str
    baseline: str
    against: str


def scores(rows: Sequence[Score]) -> str:
    """An evaluation as plain text, for stdout; the first column is the key of a row.

    >>> print(scores([Score("bits/char", "1.31", "2.04", "5-gram")]))
    measure    model  baseline  against
    bits/char   1.31      2.04  5-gram
    """
    return table(Score._fields, rows, left=("measure", "against"))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[str]) -> str:
    """Columns as wide as their widest cell.

    Args:
        header: the columns' names.
        rows: cells, formatted, as many as there are names.
        left: names of the columns that start at their left edge; figures end at their right.

    Raises:
        ValueError: a row has another number of cells than the header.
    """
    lines = [tuple(header), *map(tuple, rows)]
    columns = list(zip(*lines, strict=True))
    widths = [max(map(len, column)) for column in columns]
    aligns = ["<" if name in left else ">" for name in header]
    return "\n".join(
        "  ".join(f"{c:{a}{w}}" for c, a, w in zip(line, aligns, widths)).rstrip() for line in lines
    )

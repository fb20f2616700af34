"""Meters of ABC notation: the `M:` field, and the unit note length that it implies."""

import re
from dataclasses import dataclass
from fractions import Fraction

_METER = re.compile(r"\(?(\d+(?:\+\d+)*)\)?/(\d+)")


@dataclass(frozen=True)
class Meter:
    """How much a bar holds.

    text: as written, such as "6/8" or "C|".
    beats: over `unit`, as written: 6 of "6/8"; 0 of a free meter ("none").
    unit: of a whole note: 8 of "6/8"; 1 of a free meter.
    """

    text: str
    beats: int
    unit: int

    @property
    def length(self) -> Fraction:
        """A full bar in whole notes; 0 where any length is right."""
        return Fraction(self.beats, self.unit)

    @property
    def compound(self) -> bool:
        """Whether beats come in threes (6/8, 9/8, 12/8): a tuplet such as (5 then fills three."""
        return self.beats % 3 == 0 and self.beats > 3

    @property
    def default_unit(self) -> Fraction:
        """The unit note length where `L:` is not given (section 3.1.7 of the standard)."""
        return Fraction(1, 16) if 0 < self.length < Fraction(3, 4) else Fraction(1, 8)


def parse_meter(text: str) -> Meter | None:
    """Returns the meter of a field's value, or None if it is none.

    >>> parse_meter("6/8").length, parse_meter("C|").length, parse_meter("none").length
    (Fraction(3, 4), Fraction(1, 1), Fraction(0, 1))
    >>> parse_meter("2+2+3/8").beats
    7
    """
    text = text.strip()
    if text in ("C", "C|"):
        return Meter(text, *((4, 4) if text == "C" else (2, 2)))
    if text.lower() in ("none", ""):
        return Meter("none", 0, 1)
    if (found := _METER.fullmatch(text.replace(" ", ""))) is None:
        return None
    beats, unit = sum(map(int, found[1].split("+"))), int(found[2])
    # A note's length is a power of two: nothing else can be the lower figure.
    if beats == 0 or unit.bit_count() != 1:
        return None
    return Meter(text, beats, unit)


def parse_unit(text: str) -> Fraction | None:
    """Returns the unit note length of an `L:` field in whole notes, or None if it is none.

    >>> parse_unit("1/8"), parse_unit("1/7")
    (Fraction(1, 8), None)
    """
    found = re.fullmatch(r"(\d+)\s*(?:/\s*(\d+))?", text.strip())
    if found is None or int(found[2] or 1).bit_count() != 1 or int(found[1]) == 0:
        return None
    return Fraction(int(found[1]), int(found[2] or 1))

"""Durations as they are written: values with dots, tuplets, beams."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import lcm

from tfrnn.music.tune import Bar, Note

_BASES = [Fraction(4), Fraction(2), *(Fraction(1, 2**k) for k in range(9))]
_VALUES = [(base * (2 - Fraction(1, 2**dots)), base, dots) for base in _BASES for dots in (2, 1, 0)]
_VALUES.sort(reverse=True)


@dataclass(frozen=True)
class Tuplet:
    """Notes of which `number` are played in the time of `time`; (1, 1) for those outside of one."""

    items: tuple[Note, ...]
    number: int = 1
    time: int = 1


@cache
def values(duration: Fraction) -> tuple[tuple[Fraction, int], ...]:
    """Returns (value in whole notes, dots) of the notes that, tied, last so long.

    What is shorter than a 256th is left out.

    >>> [(str(base), dots) for base, dots in values(Fraction(5, 8))]
    [('1/2', 0), ('1/8', 0)]
    >>> values(Fraction(7, 8))
    ((Fraction(1, 2), 2),)
    """
    found = []
    for length, base, dots in _VALUES:
        while length <= duration and len(found) < 16:
            found.append((base, dots))
            duration -= length
    return tuple(found) or ((_BASES[-1], 0),)


def tuplets(items: Sequence[Note]) -> list[Tuplet]:
    """Returns the notes of a bar in order, in tuplets where their durations need them.

    A tuplet goes on until what it lasts can be written without one.
    """
    found: list[Tuplet] = []
    group: list[Note] = []
    for item in items:
        group.append(item)
        if _odd(sum((each.duration for each in group), Fraction(0))) == 1:
            found.append(_tuplet(group))
            group = []
    return [*found, _tuplet(group)] if group else found


def beams(bar: Bar) -> list[list[Tuplet]]:
    """Returns the notes of a bar in groups, each to be joined by one beam if it has several.

    Beams follow the meter, not the spaces of the text: 6/8 in threes, 4/4 in halves, or in quarters
    where there are notes shorter than an eighth.
    """
    groups: list[list[Tuplet]] = []
    last = None
    # A pick-up is the end of a bar, not its start.
    pickup = bar.left != "|" and bar.duration < bar.meter.length
    now = bar.meter.length - bar.duration if pickup else Fraction(0)
    beat = _beat(bar)
    for tuplet in tuplets(bar.items):
        place = now // beat if all(_has_flag(item, tuplet) for item in tuplet.items) else None
        if place is None or place != last:
            groups.append([])
        groups[-1].append(tuplet)
        last = place
        now += sum(item.duration for item in tuplet.items)
    return groups


def _beat(bar: Bar) -> Fraction:
    meter = bar.meter
    if meter.compound or (meter.beats == 3 and meter.unit == 8):
        return Fraction(3, meter.unit)
    fine = any(item.duration.denominator not in (1, 2, 4, 8) for item in bar.items)
    return Fraction(1, 2) if meter.length == 1 and not fine else Fraction(1, 4)


def _has_flag(item: Note, tuplet: Tuplet) -> bool:
    written = item.duration * tuplet.number / tuplet.time
    return bool(item.pitches) and all(base < Fraction(1, 4) for base, _ in values(written))


def _odd(duration: Fraction) -> int:
    """Returns the odd factor of the denominator: above 1, only a tuplet can write it."""
    denominator = duration.denominator
    return denominator // (denominator & -denominator)


def _tuplet(items: Sequence[Note]) -> Tuplet:
    number = lcm(*(_odd(item.duration) for item in items))
    return Tuplet(tuple(items), number, 1 << (number.bit_length() - 1))

"""Whether the bars of a tune add up to its meter, pick-ups and repeats considered.

The rule is that of `abc2midi -c`, and stricter at the end of a tune. The bars are taken in the
order in which they are played. A plain bar line `|` ends a bar, which must be full; only the first
bar of the tune may be shorter: a pick-up. Any other line may stand inside a bar, and what is played
on from there must complete it. So the end of a repeated section and the pick-up it starts with make
one bar, as do the end of a section and the pick-up of the next. The tune's last bar is full, or
complements the pick-up of the tune or of its last section.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tfrnn.music.meter import Meter
from tfrnn.music.perform import Section
from tfrnn.music.tune import Bar, Problem


def measure(bars: Sequence[Bar], sections: Sequence[Section]) -> list[Problem]:
    """Returns the bars that do not add up, each once."""
    order = [played for section in sections for played in section.order()]
    problems: dict[int, Problem] = {}
    for index, held, carried, number in _misfits(bars, order):
        bar = bars[index]
        message = (
            f"bar {index + 1} holds {_written(held, bar.meter)}"
            + (", with what ended before it" if carried else "")
            + (" when repeated" if number > 1 else "")
            + f", the meter is {bar.meter.text}"
        )
        problems.setdefault(index, Problem(bar.line, bar.column, message))
    return list(problems.values())


def _misfits(
    bars: Sequence[Bar], order: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Fraction, bool, int]]:
    """Yields (index of the bar, what it holds, whether some of it is carried over, pass)."""
    held, begun, pickups = Fraction(0), False, set()
    for index, number in order:
        bar = bars[index]
        carried, full = held, bar.meter.length
        held += bar.duration
        if carried or not begun:
            pickups.add(bar.duration)
        lines = bar.right.split()
        if full == 0 or held == full:
            held, begun = Fraction(0), True
        elif (held > full and lines) or ("|" in lines and begun and held):
            yield index, held, carried > 0, number
            held, begun = Fraction(0), True
        elif held and lines and not begun:  # the tune's pick-up
            held, begun = Fraction(0), True
    if held and full - held not in pickups:
        yield index, held, carried > 0, number


def _written(held: Fraction, meter: Meter) -> str:
    """Returns a duration over the meter's own unit, where that is a whole number of them."""
    beats = held * meter.unit
    return f"{beats}/{meter.unit}" if beats.denominator == 1 else str(held)

"""How fast a tune is played, and where its bars begin in time."""

import re
from collections.abc import Iterator
from fractions import Fraction

from tfrnn.errors import DataError
from tfrnn.music.perform import play_order
from tfrnn.music.tune import Bar, Tune

LONGEST = 20 * 60
"""Seconds: what would be longer is taken for a mistake, before it fills the memory."""

# Quarter notes a minute, ours: a steady session pace, at which every note can still be followed.
# The first name that the field `R:` contains is taken.
_RHYTHMS = {
    "slow": 80,
    "slip jig": 174,
    "jig": 168,
    "reel": 196,
    "hornpipe": 160,
    "strathspey": 132,
    "slide": 192,
    "polka": 132,
    "waltz": 138,
    "mazurka": 132,
    "march": 112,
    "barndance": 150,
    "minuet": 120,
    "air": 84,
}
_SIMPLE, _COMPOUND, _CUT, _THREE = 132, 168, 190, 132
_SPEED = re.compile(r"(?:(\d+)/(\d+)\s*=\s*)?(\d+)(?![/\d])")


def tempo_of(tune: Tune) -> float:
    r"""Returns quarter notes a minute: of the field `Q:`, of the rhythm `R:`, or of the meter.

    >>> from tfrnn.music.abc import read
    >>> [tempo_of(read(f"X:1\n{text}\nK:D\nA")[0]) for text in ("Q:3/8=100", "R:Reel", "M:9/8")]
    [150.0, 196.0, 168.0]
    """
    unquoted = re.sub(r'"[^"]*"', "", tune.fields.get("Q", ""))
    if (found := _SPEED.search(unquoted)) and int(found[3]) and found[2] != "0":
        beat = Fraction(int(found[1]), int(found[2])) if found[1] else Fraction(1, 4)
        if 20 <= (speed := float(beat * 4 * int(found[3]))) <= 600:
            return speed
    rhythm = tune.fields.get("R", "").lower()
    default = next((speed for name, speed in _RHYTHMS.items() if name in rhythm), None)
    return float(default or _by_meter(tune))


def played_bars(tune: Tune) -> Iterator[tuple[Fraction, Bar]]:
    """Yields (start in whole notes, bar) as played, repeats and endings expanded."""
    now = Fraction(0)
    for index, _ in play_order(tune.bars):
        yield now, tune.bars[index]
        now += tune.bars[index].duration


def check_playable(tune: Tune, tempo: float) -> None:
    """Refuses what no instrument plays.

    Args:
        tune: Any tune.
        tempo: Quarter notes a minute.

    Raises:
        DataError: The tune has no note, one outside of MIDI's range, or takes over `LONGEST`.
        ValueError: The tempo is not above 0.
    """
    if not 0 < tempo < float("inf"):
        raise ValueError(f"tempo must be above 0 quarter notes a minute, got {tempo}.")
    sounding = [item for bar in tune.bars for item in bar.items if item.pitches]
    if not sounding:
        raise DataError("the tune has no note to play")
    for item in sounding:
        if not 0 <= item.pitches[0] <= item.pitches[-1] <= 127:
            where = f"line {item.line}, column {item.column}"
            raise DataError(f"{where}: the pitch is outside of MIDI's 0 to 127: {item.pitches}")
    seconds = sum(bar.duration for _, bar in played_bars(tune)) * 240 / Fraction(tempo)
    if seconds > LONGEST:
        raise DataError(f"the tune takes {float(seconds):.0f} s, at most {LONGEST} s are played")


def _by_meter(tune: Tune) -> int:
    meter = tune.meter
    if meter.compound:
        return _COMPOUND
    if meter.beats == 3:
        return _THREE
    return _CUT if meter.length == 1 else _SIMPLE

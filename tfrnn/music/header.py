"""The header of a composed tune: which character may follow which.

It is the canonical one: `X:1`, a title and a rhythm if there are any, meter, unit length and key.
"""

from typing import NamedTuple

from tfrnn.music.key import parse_key
from tfrnn.music.sections import Event

TEXT_LIMIT = 80
METERS = ("C", "C|", *(f"{n}/{d}" for d in (2, 4, 8) for n in range(2, 13) if 2 * n <= 3 * d))
UNITS = ("1/4", "1/8", "1/16")
_MODES = ("maj", "min", "mix", "dor", "phr", "lyd", "loc", "aeo", "ion")
_LONG_MODES = ("Major", "Minor", "Mixolydian", "Dorian", "Phrygian", "Lydian", "Locrian")

State = tuple


class Move(NamedTuple):
    """Where a character leads, the ticks of the bar that it takes, and what else it does.

    In the header, `ticks` is what it takes of `TEXT_LIMIT`, or the number of the meter or unit.
    """

    state: State
    ticks: int = 0
    event: Event = Event.NONE


Moves = dict[str, Move]


def in_header(state: State) -> bool:
    """Returns whether a state is one before the first bar."""
    changing = "key" in state or ("value", "key", "") in state
    return state[0] in ("write", "fields", "text", "value") and not changing


START: State = ("write", "X:1\n", ("fields", "TRM"))


def _write(text: str, after: State) -> Moves:
    return {text[0]: Move(("write", text[1:], after) if text[1:] else after)}


def _fields(letters: str) -> Moves:
    found = {"M": Move(("write", ":", ("value", "M", "")))}
    for i, letter in enumerate(letters[:-1]):
        found[letter] = Move(("write", ":", ("text", False, letters[i + 1 :])), 0, Event.TEXT)
    return found


def _text(written: bool, letters: str) -> Moves:
    found = {"": Move(("text", True, letters), 1)}
    return found | ({"\n": Move(("fields", letters))} if written else {"|": None, ":": None})


def _keys() -> tuple[str, ...]:
    modes = ("", "m", *_MODES, *(f" {mode}" for mode in _LONG_MODES))
    names = (
        tonic + sign + mode for tonic in "ABCDEFG" for sign in ("", "#", "b") for mode in modes
    )
    return tuple(name for name in names if parse_key(name))


_VALUES = {"M": METERS, "L": UNITS, "K": _keys()}
_VALUES["key"] = _VALUES["K"]


def _value(letter: str, typed: str) -> Moves:
    values = _VALUES[letter]
    followers = {
        value[len(typed)] for value in values if value.startswith(typed) and value != typed
    }
    found = {character: Move(("value", letter, typed + character)) for character in followers}
    if typed in values:
        ends = {
            "M": (("write", "L:", ("value", "L", "")), values.index(typed), Event.METER),
            "L": (("write", "K:", ("value", "K", "")), values.index(typed), Event.UNIT),
            "K": (("line", "body"),),
            "key": (("line", "new"),),
        }
        found["\n"] = Move(*ends[letter])
    return found


KINDS = {"write": _write, "fields": _fields, "text": _text, "value": _value}

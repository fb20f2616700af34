"""The parts of a composed tune: how repeats, endings and pick-ups follow each other.

A tune is in one `Part` at a time, and a bar line is an `Event` that may lead to another. The rules
are those under which `abc2midi -c` has no complaint, found by trying them out: after endings a
repeat must be opened by a written `|:`; endings need a written `|:` too, except in the tune's first
section.
"""

from enum import IntEnum

import numpy as np


class Event(IntEnum):
    """What a character does beyond its place in the syntax."""

    NONE = 0
    SINGLE = 1  # |
    DOUBLE = 2  # || and |]
    START = 3  # |:
    END = 4  # :|
    BOTH = 5  # ::
    FIRST = 6  # |1
    SECOND = 7  # :|2
    TEXT = 8  # T: and R:
    METER = 9  # the end of the line M:
    UNIT = 10  # the end of the line L:


class Part(IntEnum):
    """Where in the tune we are; a name and the same with _FULL: it has held a full bar since."""

    OPEN = 0  # before the first bar line: the bar may be a pick-up
    OPEN_REPEAT = 1  # the same, after |:
    FIRST = 2
    FIRST_FULL = 3
    NEXT = 4  # after :| or ||
    NEXT_FULL = 5
    PLAIN = 6  # after a || that takes no account of the pick-up
    REPEAT = 7
    REPEAT_FULL = 8
    LATE_PLAIN = 9  # the last three again, where the tune has had endings
    LATE_REPEAT = 10
    LATE_REPEAT_FULL = 11
    ENDING_1 = 12
    TURN = 13  # between :| and 2
    ENDING_2 = 14


_P = Part
_SINGLE = {part: part for part in _P if part not in (_P.TURN,)} | {
    _P.OPEN: _P.FIRST,
    _P.OPEN_REPEAT: _P.REPEAT,
    _P.FIRST: _P.FIRST_FULL,
    _P.NEXT: _P.NEXT_FULL,
    _P.REPEAT: _P.REPEAT_FULL,
    _P.LATE_REPEAT: _P.LATE_REPEAT_FULL,
}
_CLOSED = (_P.FIRST, _P.FIRST_FULL, _P.NEXT, _P.NEXT_FULL, _P.PLAIN)
_OPENED = (_P.REPEAT, _P.REPEAT_FULL)
_LATE = (_P.LATE_PLAIN, _P.ENDING_2)
_RULES: dict[Event, dict[Part, Part]] = {
    Event.NONE: {part: part for part in _P},
    Event.TEXT: {_P.OPEN: _P.OPEN},
    Event.METER: {_P.OPEN: _P.OPEN},
    Event.UNIT: {_P.OPEN: _P.OPEN},
    Event.SINGLE: _SINGLE,
    # Where the pick-up does not fit the section before, NEXT becomes PLAIN: programs differ on
    # whether a :| without |: goes back to a ||.
    Event.DOUBLE: dict.fromkeys(_CLOSED, _P.NEXT)
    | dict.fromkeys(_LATE, _P.LATE_PLAIN)
    | {_P.PLAIN: _P.PLAIN},
    Event.START: dict.fromkeys(_CLOSED, _P.REPEAT)
    | dict.fromkeys(_LATE, _P.LATE_REPEAT)
    | {_P.OPEN: _P.OPEN_REPEAT},
    Event.END: {
        _P.FIRST_FULL: _P.NEXT,
        _P.NEXT_FULL: _P.NEXT,
        _P.REPEAT_FULL: _P.NEXT,
        _P.LATE_REPEAT_FULL: _P.LATE_PLAIN,
        _P.ENDING_1: _P.TURN,
    },
    Event.BOTH: {
        _P.FIRST_FULL: _P.REPEAT,
        _P.REPEAT_FULL: _P.REPEAT,
        _P.LATE_REPEAT_FULL: _P.LATE_REPEAT,
    },
    Event.FIRST: dict.fromkeys(
        (_P.FIRST, _P.FIRST_FULL, *_OPENED, _P.LATE_REPEAT, _P.LATE_REPEAT_FULL), _P.ENDING_1
    ),
    Event.SECOND: {_P.TURN: _P.ENDING_2},
}

NEVER = 1 << 20
"""More characters than any tune has: the distance to where no way leads."""


def next_parts() -> np.ndarray:
    """Returns (events, parts) int32: the part after an event, -1 where it may not be."""
    table = np.full((len(Event), len(Part)), -1, np.int32)
    for event, rule in _RULES.items():
        for part, after in rule.items():
            table[event, part] = after
    return table


def places() -> np.ndarray:
    """Returns (4, events) bool: where in a bar an event may be.

    At its end; where the pick-up is all that is left; before its first note; and anywhere.
    """
    table = np.zeros((4, len(Event)), bool)
    table[0, [Event.SINGLE, Event.DOUBLE, Event.START, Event.FIRST]] = True
    table[1, [Event.DOUBLE, Event.START, Event.END, Event.BOTH]] = True
    table[2, [Event.START, Event.FIRST]] = True
    table[3, [Event.NONE, Event.SECOND, Event.TEXT, Event.METER, Event.UNIT]] = True
    return table


def may_end() -> np.ndarray:
    """Returns (parts,) bool: where a tune may end at a bar line."""
    return np.isin(np.arange(len(Part)), [*_CLOSED, *_LATE])


def closings() -> np.ndarray:
    """Returns (4, parts) int32: the shortest ways to end a tune from inside a bar.

    A bar is either brought to where its section may end, the pick-up still to come (a), or filled
    up (b), or filled up and followed by one more that is brought there (c). With `fill(n)` the
    fewest characters that take n ticks, `full` a bar's ticks, r what is left of this one and u the
    pick-up's ticks, the fewest ids to the end, included, are

        min(table[0] + fill(r - u), table[1] + table[2] * fill(full - u) + fill(r))
            + table[3] * fill(full)
    """
    table = np.array([[NEVER], [0], [0], [0]], np.int32).repeat(len(Part), 1)
    table[:, may_end()] = [[3], [2], [0], [0]]  # "||" and the end; "|" and the end
    for part in (_P.REPEAT_FULL, _P.LATE_REPEAT_FULL):
        table[:, part] = [3, 4, 1, 0]  # ":|" and the end
    for part in (_P.OPEN_REPEAT, _P.REPEAT, _P.LATE_REPEAT):
        table[:, part] = [NEVER, 4, 1, 0]
    table[:, _P.ENDING_1] = [5, 6, 1, 1]  # ":|2", a bar, "|" and the end
    table[:, _P.OPEN] = [NEVER, 2, 0, 0]
    table[:, _P.TURN] = [NEVER, NEVER, 0, 0]  # looked up by other means
    return table

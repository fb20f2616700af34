r"""Tunes in ABC notation: read, validated.

The notation is that of the ABC standard 2.1 (http://abcnotation.com/wiki/abc:standard:v2.1), with
what older files have beside it: a `!` that breaks a line, modes spelled out, a repeat whose `|:` is
left out. One voice is understood.

>>> tune = parse("X:1\nT:Two bars\nM:6/8\nL:1/8\nK:D\nA|dfd ece|d3-d2:|\n")
>>> tune.title, tune.key.fifths, [str(bar.duration) for bar in tune.bars]
('Two bars', 2, ['1/8', '3/4', '5/8'])
>>> parse("X:1\nM:6/8\nL:1/8\nK:D\ndfd ece|d3 d2 ef|d6|]\n")
Traceback (most recent call last):
tfrnn.music.tune.AbcError: line 5, column 9: bar 2 holds 7/8, the meter is 6/8
"""

import re
from fractions import Fraction

from tfrnn.music.body import Body
from tfrnn.music.key import Key, parse_key
from tfrnn.music.measures import measure
from tfrnn.music.meter import Meter, parse_meter, parse_unit
from tfrnn.music.perform import sections
from tfrnn.music.scanner import strip_comment
from tfrnn.music.tune import AbcError, Bar, Note, Problem, Tune

__all__ = ["AbcError", "Bar", "Note", "Problem", "Tune", "parse", "read", "validate"]

# "G:|" is music, not a field.
_FIELD = re.compile(r"([A-Za-z+]):(?![|:])[ \t]*(.*)")


def parse(text: str) -> Tune:
    """Returns a valid tune.

    Args:
        text: One tune: header and music.

    Raises:
        AbcError: At the first of its problems, if it has any.
    """
    tune, problems = read(text)
    if problems:
        raise AbcError(problems[0])
    return tune


def validate(text: str) -> list[Problem]:
    """Returns the problems of one tune in the order of their places; none if it is valid."""
    return read(text)[1]


def read(text: str) -> tuple[Tune, list[Problem]]:
    """Returns a tune as far as it can be understood, and its problems.

    Old files have many small faults; this is for those who want their music all the same.

    Args:
        text: One tune: header and music.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    fields, start, problems = _read_header(lines)
    meter, unit, key = _opening(fields, problems)
    body = Body(meter, unit, key)
    _read_body(body, lines, start)
    parts, faults = sections(body.bars)
    problems += body.problems + faults + measure(body.bars, parts)
    values = {letter: "\n".join(value for _, value in found) for letter, found in fields.items()}
    number = re.match(r"\d+", values.get("X", ""))
    tune = Tune(
        reference=int(number[0]) if number else None,
        title=values.get("T", "").split("\n")[0],
        meter=meter,
        unit=unit,
        key=key,
        fields=values,
        bars=tuple(body.bars),
        text=text,
    )
    return tune, sorted(problems)


_Fields = dict[str, list[tuple[int, str]]]


def _read_header(lines: list[str]) -> tuple[_Fields, int, list[Problem]]:
    """Returns the header's fields with their lines, the music's first line, and problems."""
    fields: _Fields = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines, 1):
        line = strip_comment(line)
        if not line:
            continue
        if (found := _FIELD.match(line)) is None:
            message = "the header, which ends with the key K:, has music or text in it"
            return fields, number, [*problems, Problem(number, 1, message)]
        letter, value = found.groups()
        if letter == "X" and fields:
            problems.append(Problem(number, 1, "X: is not the first field"))
        fields.setdefault(letter, []).append((number, value.strip()))
        if letter == "K":
            break
    else:
        number = len(lines)
        problems.append(Problem(number, 1, "the header does not end with a key, such as K:D"))
    if "X" not in fields:
        problems.append(Problem(1, 1, "the header does not start with a number, such as X:1"))
    elif not fields["X"][0][1].isdigit():
        problems.append(Problem(fields["X"][0][0], 3, f"{fields['X'][0][1]!r} is no number"))
    return fields, number + 1, problems


def _opening(fields: _Fields, problems: list[Problem]) -> tuple[Meter, Fraction, Key]:
    """Returns the meter, unit and key that a tune starts with."""

    def last(letter, parser, default, name):
        number, text = fields.get(letter, [(1, default)])[-1]
        if (value := parser(text)) is None:
            problems.append(Problem(number, 3, f"{text!r} is no {name}"))
            return parser(default)
        return value

    meter = last("M", parse_meter, "none", "meter such as 6/8")
    unit = last("L", parse_unit, str(meter.default_unit), "unit length such as 1/8")
    key = last("K", parse_key, "none", "key such as D or A dorian")
    return meter, unit, key


def _read_body(body: Body, lines: list[str], start: int) -> None:
    ended = False
    for number in range(start, len(lines) + 1):
        line = strip_comment(lines[number - 1])
        found = _FIELD.match(line)
        body.at(number, 1)
        if not line:
            ended |= not lines[number - 1].strip()  # a line with a comment only ends nothing
        elif ended:
            message = "a blank line ends a tune, and here it goes on"
            body.problems.append(Problem(number, 1, message))
            break
        elif found:
            body.change(found[1], found[2].strip())
        else:
            body.line(line, number)
    body.finish()

"""A line of music in ABC notation, cut into its symbols."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PITCH = r"(?:\^\^?|__?|=)?[A-Ga-g][,']*"
_LENGTH = r"\d*(?:/+\d*)?"
_TEXT = r'"[^"\n]*"'
_DECORATION = r"![A-Za-z0-9.^~<>()/,+-]+!|\+[A-Za-z0-9.^~<>()/,-]+\+|[.~H-Wh-w]"
_BAR = r"\.?(?::*\[?\|+\]?:*|::+)"
_PASSES = r"\d[\d,-]*"

# The first alternative that fits is the symbol: longer ones stand before their beginnings.
_SYMBOL = re.compile(
    rf"""
    (?P<space>[ \t`]+|y\d*|\\$)
  | (?P<field>\[[A-Za-z]:[^\]\n]*\])
  | (?P<bar>{_BAR})(?:\[?(?P<passes>{_PASSES}))?
  | \[(?P<ending>{_PASSES})
  | (?P<chord>\[(?P<members>(?:{_PITCH}{_LENGTH}-?|{_TEXT}|{_DECORATION}|[() \t])+)\]
      (?P<chord_length>{_LENGTH}))
  | (?P<grace>\{{/?(?:{_PITCH}{_LENGTH}-?|{_DECORATION}|[() \t\[\]<>])+\}})
  | \((?P<tuplet>\d)(?::(?P<time>\d*))?(?::(?P<count>\d*))?
  | (?P<slur>\.?[()])
  | (?P<note>(?P<pitch>{_PITCH})(?P<length>{_LENGTH}))
  | (?P<bars_rest>[ZX])(?P<bars>\d*)
  | (?P<rest>[zx])(?P<rest_length>{_LENGTH})
  | (?P<broken>>+|<+)
  | (?P<tie>\.?-)
  | (?P<text>{_TEXT})
  | (?P<decoration>{_DECORATION})
  | (?P<line_break>[!*$])
  | (?P<unfinished>[\[{{"])
  | (?P<illegal>.)
    """,
    re.VERBOSE,
)
_MEMBER = re.compile(rf"{_TEXT}|{_DECORATION}|({_PITCH})({_LENGTH})(-?)")
_NAMES = {"[": "chord", "{": "grace group", '"': "text"}


@dataclass(frozen=True)
class Symbol:
    """A symbol of a line of music.

    kind: The name of its group above, such as "note".
    match: Where its parts are.
    column: From 1.
    """

    kind: str
    match: re.Match[str]
    column: int

    def __getitem__(self, group: str) -> str:
        return self.match[group] or ""


def scan(line: str) -> Iterator[Symbol]:
    """Yields the symbols of a line, without its comment.

    >>> [symbol.kind for symbol in scan("A2 (3Bcd|[1 [ce]/ |] % end")]
    ['note', 'tuplet', 'note', 'note', 'note', 'bar', 'chord', 'bar']
    """
    for found in _SYMBOL.finditer(strip_comment(line)):
        kind = next(name for name, value in found.groupdict().items() if value is not None)
        if kind != "space":
            yield Symbol(kind, found, found.start() + 1)


def members(symbol: Symbol) -> list[tuple[str, str, bool]]:
    """Returns (pitch, length, tied) of the notes of a chord."""
    found = _MEMBER.findall(symbol["members"])
    return [(pitch, length, tie == "-") for pitch, length, tie in found if pitch]


def unfinished(symbol: Symbol) -> str:
    """Returns what a symbol that only opens something should have been."""
    return _NAMES[symbol["unfinished"]]


def strip_comment(line: str) -> str:
    r"""Returns a line up to its comment: a `%` that no backslash protects.

    >>> strip_comment("AB | % twice"), strip_comment(r"T:100\% wool")
    ('AB |', 'T:100\\% wool')
    """
    return re.sub(r"(?<!\\)%.*", "", line).rstrip()

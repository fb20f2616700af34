"""A tune in ABC notation once it is read: bars of notes, in whole notes and MIDI pitches."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from tfrnn.errors import DataError
from tfrnn.music.key import Key
from tfrnn.music.meter import Meter


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is not right; line and column count from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class AbcError(DataError):
    """A tune is not valid; the message is `line 7, column 12: ...`.

    line: from 1.
    column: from 1.
    """

    def __init__(self, problem: Problem):
        super().__init__(str(problem))
        self.line = problem.line
        self.column = problem.column


@dataclass(frozen=True)
class Note:
    """A note, a chord or a rest.

    pitches: MIDI numbers, lowest first, with the key and the bar's accidentals applied; none: rest.
    duration: of a whole note, with tuplets and broken rhythms applied, above 0.
    tied: whether it goes on in the next note.
    line, column: where it starts, from 1.
    """

    pitches: tuple[int, ...]
    duration: Fraction
    tied: bool
    line: int
    column: int


@dataclass(frozen=True)
class Bar:
    """The notes between two bar lines.

    left, right: the bar lines as written, such as "|", ":|" or "::"; empty at the tune's ends
        where none is written. A bar's right line is the next one's left.
    ending: the passes through a repeat on which it is played, such as (1,) where an ending
        starts; empty elsewhere.
    meter: what it should hold.
    duration: what it holds, in whole notes.
    line, column: where its first note is, or its right line if it has none.
    """

    items: tuple[Note, ...]
    duration: Fraction
    meter: Meter
    left: str
    right: str
    ending: tuple[int, ...]
    line: int
    column: int


@dataclass(frozen=True)
class Tune:
    """One tune.

    reference: the number of its `X:` field, None if there is none.
    title: of its first `T:` field, or "".
    meter, unit, key: at its start; `unit` in whole notes.
    fields: the header's fields by letter, several of a letter joined by newlines.
    bars: in the order in which they are written; `perform` plays them in that of the repeats.
    text: what it was read from.
    """

    reference: int | None
    title: str
    meter: Meter
    unit: Fraction
    key: Key
    fields: Mapping[str, str]
    bars: tuple[Bar, ...]
    text: str

"""The music of a tune in ABC notation: symbols in, bars of notes out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from tfrnn.music.key import Key, parse_key
from tfrnn.music.meter import Meter, parse_meter, parse_unit
from tfrnn.music.scanner import Symbol, members, scan, unfinished
from tfrnn.music.tune import Bar, Note, Problem

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_PITCH = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']*)")
_LENGTH = re.compile(r"(\d*)(/*)(\d*)")
# How long (p notes last, in notes, where no number says so; others fill a beat: 2, or 3.
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}


@dataclass
class _Item:
    """A note that is still being read; `names` gives each spelling's pitch."""

    names: dict[str, int]
    duration: Fraction
    line: int
    column: int
    tie: int = 0  # the column of its tie, 0 if none

    def finish(self) -> Note:
        pitches = tuple(sorted(set(self.names.values())))
        return Note(pitches, self.duration, self.tie > 0, self.line, self.column)


@dataclass
class Body:
    """Reads lines of music one after the other, then `finish`es.

    meter, unit, key: those in force; the music may change them.
    bars, problems: what was found so far.
    """

    meter: Meter
    unit: Fraction
    key: Key
    bars: list[Bar] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self):
        self._items: list[_Item] = []
        self._last: _Item | None = None
        self._accidentals: dict[str, int] = {}
        self._left, self._ending = "", ()
        self._line = self._column = 0
        self._tuplet: tuple[int, Fraction, int] | None = None  # left, factor, column
        self._broken = (0, 0)  # dots (below 0: "<"), column
        self._bars_rest = 1

    def line(self, text: str, number: int) -> None:
        """Reads one line of music."""
        self._line = number
        for symbol in scan(text):
            self._column = symbol.column
            if handle := _HANDLERS.get(symbol.kind):
                handle(self, symbol)

    def change(self, letter: str, value: str) -> None:
        """Takes a new meter, unit or key; other fields change nothing."""
        readers = {"M": (parse_meter, "meter"), "L": (parse_unit, "unit"), "K": (parse_key, "key")}
        if letter in readers:
            reader, name = readers[letter]
            if (new := reader(value)) is None:
                self._problem(f"{letter}:{value} is no {name}")
            else:
                setattr(self, name, new)

    def at(self, number: int, column: int) -> None:
        """Says where the next `change` stands."""
        self._line, self._column = number, column

    def finish(self) -> None:
        """Closes the last bar and what is still open."""
        self._close_groups()
        if self._items:
            self._close_bar("")
        if self._last and self._last.tie:
            self._problem_at(self._last, self._last.tie, "a tie leads nowhere")
        if not any(item.pitches for bar in self.bars for item in bar.items):
            self._problem("the tune has no note")

    def _problem(self, message: str, column: int = 0) -> None:
        self.problems.append(Problem(self._line, column or self._column or 1, message))

    def _problem_at(self, item: _Item, column: int, message: str) -> None:
        self.problems.append(Problem(item.line, column, message))

    def _note(self, symbol: Symbol) -> None:
        self._add(dict([self._sound(symbol["pitch"])]), symbol["length"])

    def _rest(self, symbol: Symbol) -> None:
        self._add({}, symbol["rest_length"])

    def _chord(self, symbol: Symbol) -> None:
        notes = members(symbol)
        if not notes:
            self._problem("a chord has no note")
            return
        names = dict(self._sound(pitch) for pitch, _, _ in notes)
        # Section 4.17 of the standard: a chord is as long as its first note, times its own length.
        self._add(names, symbol["chord_length"], self._length(notes[0][1]))
        if any(tied for _, _, tied in notes):
            self._last.tie = symbol.column

    def _whole_bars(self, symbol: Symbol) -> None:
        self._bars_rest = int(symbol["bars"] or 1)
        self._add({}, "", self.meter.length / self.unit or Fraction(1))

    def _add(self, names: dict[str, int], length: str, factor: Fraction = Fraction(1)) -> None:
        """Appends a note, after what stands before it: a tie, a tuplet, a broken rhythm."""
        item = _Item(names, self.unit * self._length(length) * factor, self._line, self._column)
        if self._tuplet:
            left, ratio, column = self._tuplet
            item.duration *= ratio
            self._tuplet = (left - 1, ratio, column) if left > 1 else None
        if (dots := self._broken[0]) and self._items:
            short, long = Fraction(1, 2 ** abs(dots)), 2 - Fraction(1, 2 ** abs(dots))
            self._items[-1].duration *= long if dots > 0 else short
            item.duration *= short if dots > 0 else long
        self._broken = (0, 0)
        last = self._last
        if last and last.tie and not set(last.names.values()) & set(names.values()):
            self._problem_at(last, last.tie, "a tie leads to another pitch")
        self._items.append(item)
        self._last = item

    def _sound(self, name: str) -> tuple[str, int]:
        """Returns a note's name without its sign, and its MIDI pitch."""
        sign, letter, octaves = _PITCH.fullmatch(name).groups()
        name, upper = letter + octaves, letter.upper()
        last = self._last
        if sign:
            # Section 4.6 of the standard: in this bar and in all octaves.
            self._accidentals[upper] = _SIGNS[sign]
        elif last and last.tie and name in last.names:  # a tie carries its sign over the bar line
            return name, last.names[name]
        raised = self._accidentals.get(upper, self.key.sign(upper))
        octave = (5 if letter == upper else 6) + octaves.count("'") - octaves.count(",")
        return name, 12 * octave + _SEMITONES[upper] + raised

    def _length(self, text: str) -> Fraction:
        """Returns a length in units; `/` and `//` are a half and a quarter."""
        whole, slashes, parts = _LENGTH.fullmatch(text).groups()
        if whole.strip("0") == "" < whole or parts.strip("0") == "" < parts:
            self._problem(f"the length {text} is zero")
            return Fraction(1)
        if parts and len(slashes) > 1:
            self._problem(f"the length {text} is malformed")
        return Fraction(int(whole or 1), int(parts) if parts else 2 ** len(slashes))

    def _start_tuplet(self, symbol: Symbol) -> None:
        notes = int(symbol["tuplet"])
        if self._tuplet:
            self._problem("a tuplet starts inside another")
        if notes < 2:
            self._problem(f"a tuplet of {notes} is none")
            return
        time = int(symbol["time"] or _TUPLETS.get(notes, 3 if self.meter.compound else 2))
        count = int(symbol["count"] or notes)
        if time == 0 or count == 0:
            self._problem("a tuplet has a zero")
        else:
            self._tuplet = (count, Fraction(time, notes), symbol.column)

    def _break_rhythm(self, symbol: Symbol) -> None:
        if not self._items or self._broken[0]:
            self._problem(f"{symbol['broken']} needs a note before it")
        signs = symbol["broken"]
        self._broken = (len(signs) if signs[0] == ">" else -len(signs), symbol.column)

    def _tie(self, symbol: Symbol) -> None:
        if self._last is None or not self._last.names:
            self._problem("a tie needs a note before it")
        else:
            self._last.tie = symbol.column

    def _bar_line(self, symbol: Symbol) -> None:
        self._close_groups()
        self._close_bar(symbol["bar"].removeprefix("."))
        self._ending = self._passes(symbol["passes"])

    def _start_ending(self, symbol: Symbol) -> None:
        if self._items:
            self._close_groups()
            self._close_bar("")
        self._ending = self._passes(symbol["ending"])

    def _passes(self, text: str) -> tuple[int, ...]:
        """Returns the passes of an ending such as "1", "1,3" or "1-3"."""
        passes: list[int] = []
        for part in filter(None, text.split(",")):
            first, _, last = part.partition("-")
            passes += range(int(first or 0), int(last or first or 0) + 1)
        if 0 in passes or (text and not passes) or max(passes, default=0) > 9:
            self._problem(f"[{text} is no ending")
            return ()
        return tuple(passes)

    def _close_groups(self) -> None:
        if self._tuplet:
            self._problem("a tuplet is unfinished", self._tuplet[2])
        if self._broken[0]:
            self._problem("a broken rhythm needs a note after it", self._broken[1])
        self._tuplet, self._broken = None, (0, 0)

    def _close_bar(self, right: str) -> None:
        items = tuple(item.finish() for item in self._items)
        if not (items or self._ending or self.bars):
            right = f"{self._left} {right}".strip()
        elif items or self._ending:
            where = self._items[0] if items else None
            place = (where.line, where.column) if where else (self._line, self._column)
            duration = sum((item.duration for item in items), Fraction(0))
            bar = (items, duration, self.meter)
            for _ in range(self._bars_rest - 1):
                self.bars.append(Bar(*bar, self._left, "|", self._ending, *place))
                self._left, self._ending = "|", ()
            self.bars.append(Bar(*bar, self._left, right, self._ending, *place))
        else:  # two bar lines in a row, as where a repeat ends and another starts
            last = self.bars[-1]
            right = f"{last.right} {right}".strip()
            self.bars[-1] = Bar(**{**vars(last), "right": right})
        self._items, self._accidentals = [], {}
        self._left, self._ending, self._bars_rest = right, (), 1

    def _field(self, symbol: Symbol) -> None:
        self.change(symbol["field"][1], symbol["field"][3:-1].strip())

    def _unfinished(self, symbol: Symbol) -> None:
        self._problem(f"a {unfinished(symbol)} is unfinished")

    def _illegal(self, symbol: Symbol) -> None:
        self._problem(f"{symbol['illegal']!r} means nothing here")


_HANDLERS: dict[str, Callable[[Body, Symbol], None]] = {
    "note": Body._note,
    "rest": Body._rest,
    "chord": Body._chord,
    "bars_rest": Body._whole_bars,
    "tuplet": Body._start_tuplet,
    "broken": Body._break_rhythm,
    "tie": Body._tie,
    "bar": Body._bar_line,
    "ending": Body._start_ending,
    "field": Body._field,
    "unfinished": Body._unfinished,
    "illegal": Body._illegal,
}

"""What a score shows and a performance does not need: names of notes, graces, signs, texts, keys.

A `Tune` holds what sounds, with the place in the text of each note; this reads the rest there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tfrnn.music.key import Key, parse_key
from tfrnn.music.scanner import Symbol, members, scan, strip_comment
from tfrnn.music.tune import Note, Tune

_PITCH = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']*)")
_SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY_LINE = re.compile(r"K:(?![|:])(.*)")
_OTHER_LINE = re.compile(r"[A-Za-z+]:(?![|:])")


@dataclass(frozen=True)
class Name:
    """A note's name.

    letter: from A to G.
    octave: that of middle C is 4.
    raised: in semitones, -2 to 2.
    """

    letter: str
    octave: int
    raised: int


@dataclass(frozen=True)
class Marks:
    """What is written at a note, a chord or a rest.

    names: as in the text, lowest first; none for a rest.
    graces: the notes before it.
    decorations: such as "~" or "trill", without the signs around the longer ones.
    texts: what stands in quotation marks, such as a chord's name.
    key: in force.
    """

    key: Key
    names: tuple[Name, ...] = ()
    graces: tuple[Name, ...] = ()
    decorations: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def read_marks(tune: Tune) -> dict[Note, Marks]:
    r"""Returns the marks of each note, chord and rest of a tune.

    >>> from tfrnn.music.abc import parse
    >>> found = read_marks(parse('X:1\nK:G\n{d}"Em"~B2 [=fG]|\n'))
    >>> [(marks.texts, marks.decorations, len(marks.graces)) for marks in found.values()]
    [(('Em',), ('~',), 1), ((), (), 0)]
    >>> [[(name.letter, name.octave) for name in marks.names] for marks in found.values()]
    [[('B', 4)], [('G', 4), ('F', 5)]]
    """
    places = {(line, column): (symbol, marks) for line, column, symbol, marks in _written(tune)}
    found = {}
    for item in (item for bar in tune.bars for item in bar.items):
        symbol, marks = places[item.line, item.column]
        names = [_name(pitch, item, marks.key) for pitch in _pitches(symbol)]
        names.sort(key=lambda name: (name.octave, "CDEFGAB".index(name.letter)))
        found[item] = replace(marks, names=tuple(names))
    return found


def _written(tune: Tune) -> Iterator[tuple[int, int, Symbol, Marks]]:
    """Yields (line, column, symbol, its marks) of notes, chords and rests."""
    marks = Marks(tune.key)
    # Lines are counted as the parser counts them.
    text = tune.text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if found := _KEY_LINE.match(strip_comment(line)):
            marks = replace(marks, key=parse_key(found[1]) or marks.key)
        elif not _OTHER_LINE.match(line):
            for symbol in scan(line):
                if symbol.kind in ("note", "chord", "rest", "bars_rest"):
                    yield number, symbol.column, symbol, marks
                    marks = Marks(marks.key)
                else:
                    marks = _collect(symbol, marks)


def _collect(symbol: Symbol, marks: Marks) -> Marks:
    """Returns the marks of the next note with what a symbol before it adds."""
    text = symbol.match[0]
    match symbol.kind:
        case "grace":
            graces = tuple(_plain_name(found, marks.key) for found in _PITCH.finditer(text))
            return replace(marks, graces=marks.graces + graces)
        case "decoration":
            sign = text.strip("!+") if len(text) > 1 else text
            return replace(marks, decorations=(*marks.decorations, sign))
        case "text":
            return replace(marks, texts=(*marks.texts, text.strip('"')))
        case "field" if text.startswith("[K:"):
            return replace(marks, key=parse_key(text[3:-1]) or marks.key)
    return marks


def _pitches(symbol: Symbol) -> list[str]:
    if symbol.kind == "note":
        return [symbol["pitch"]]
    return [pitch for pitch, _, _ in members(symbol)] if symbol.kind == "chord" else []


def _plain_name(found: re.Match[str], key: Key) -> Name:
    sign, letter, marks = found.groups()
    upper = letter.upper()
    octave = (4 if letter == upper else 5) + marks.count("'") - marks.count(",")
    return Name(upper, octave, _SIGNS[sign] if sign else key.sign(upper))


def _name(pitch: str, item: Note, key: Key) -> Name:
    """Returns a note's name; what it is raised by follows from how it sounds."""
    plain = _plain_name(_PITCH.fullmatch(pitch), key)
    natural = 12 * (plain.octave + 1) + _NATURALS[plain.letter]
    raised = [sounding - natural for sounding in item.pitches if abs(sounding - natural) <= 2]
    return replace(plain, raised=min(raised, key=lambda by: abs(by - plain.raised)))

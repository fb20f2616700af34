"""The spelling of a composed tune: which character may follow which, and what it means.

A state is a tuple of a name and what it remembers; `moves` maps each character that may follow to a
`Move`. Lengths are counted in ticks, a quarter of the unit note length: what a tuplet or a broken
rhythm takes as a whole is a whole number of them.
"""

from collections.abc import Sequence

from tfrnn.music import header
from tfrnn.music.header import Move, Moves, State
from tfrnn.music.sections import Event

TICKS = 4
_LETTERS = "ABCDEFGabcdefg"
_SIGNS = "^_="
_ORNAMENTS = ".Tuv"  # staccato, trill, bowings; a roll, ~, needs a long note
_MARK = {True: ",", False: "'"}  # octaves further down of a capital, up of a small letter
_WORDS = ("2", "3", "4", "5", "6", "7", "8", "9", "1", "10", "12", "16")
_FRACTIONS = ("/", "/2", "//", "/4", "3/", "3/2", "3/4", "5/", "5/2", "7/", "7/2", "7/4", "5/4")
_TUPLETS = {"2": 3, "3": 2, "4": 3, "6": 2}  # notes, and how many they last for
_GROUP_LENGTHS = ("", "2", "3", "4", "/", "/2", "//", "/4", "3/2")


def ticks(length: str) -> int:
    """Returns a length in ticks.

    >>> ticks(""), ticks("3/2"), ticks("/"), ticks("//")
    (4, 6, 2, 1)
    """
    whole, _, part = length.partition("/")
    parts = 2 ** (length.count("/")) if not part.strip("/") else int(part.strip("/"))
    return int(whole or 1) * TICKS // parts


LENGTHS = {text: ticks(text) for text in ("", *_WORDS, *_FRACTIONS)}


def moves(state: State, characters: Sequence[str]) -> Moves:
    """Returns what may follow a state, of these characters."""
    found = _KINDS[state[0]](*state[1:])
    if "" in found:  # any other character but a newline
        move = found.pop("")
        found = {character: move for character in characters if character != "\n"} | found
    return {
        character: move for character, move in found.items() if move and character in characters
    }


def _note_starts(after_sign: State, letter: str, *memory) -> Moves:
    """Returns the ways to write a note's sign or letter; `letter` is the state after the latter."""
    return dict.fromkeys(_SIGNS, Move(after_sign)) | {
        name: Move((letter, *memory, name.isupper())) for name in _LETTERS
    }


def _starts() -> Moves:
    starts = {"z": Move(("length", "rest", "")), "(": Move(("tuplet digit",))}
    starts |= dict.fromkeys(_ORNAMENTS, Move(("ornament", "ornament"))) | {
        "~": Move(("ornament", "roll"))
    }
    return _note_starts(("sign",), "letter") | starts


def _line(place: str) -> Moves:
    """After a bar line, and after the header ("body"), a blank, a new line, an ending's number."""
    found = _starts()
    if place in ("body", "ending", "ending blank"):
        found["["] = Move(("chord", 0))
    else:
        found["["] = Move(("bracket",))
    if place not in ("ending", "ending blank"):
        found["|"] = Move(("fresh bar",))
    if place == "drawn":
        found |= {" ": Move(("line", "blank")), "\n": Move(("line", "new"))}
        found["2"] = Move(("line", "ending"), 0, Event.SECOND)
    if place == "ending":
        found[" "] = Move(("line", "ending blank"))
    if place == "new":
        found |= _first_letters() | {"K": Move(("write", ":", ("value", "key", "")))}
    return found


def _first_letters() -> Moves:
    return {name: Move(("letter", name.isupper(), "first")) for name in _LETTERS}


_DRAWN: State = ("line", "drawn")


def _soft_bar() -> Moves:
    """After a | inside an unfilled bar: it must become one that may stand there."""
    found = dict.fromkeys("|]", Move(_DRAWN, 0, Event.DOUBLE))
    return found | {":": Move(_DRAWN, 0, Event.START)}


def _bar() -> Moves:
    plain = {character: move._replace(event=Event.SINGLE) for character, move in _plain_bar()}
    return plain | _soft_bar() | {"1": Move(("line", "ending"), 0, Event.FIRST)}


def _plain_bar() -> list[tuple[str, Move]]:
    return [item for item in _line("drawn").items() if item[0] not in "|2"]


def _fresh_bar() -> Moves:
    return {":": Move(_DRAWN, 0, Event.START)}


def _colon() -> Moves:
    return {"|": Move(_DRAWN, 0, Event.END), ":": Move(_DRAWN, 0, Event.BOTH)}


def _bracket() -> Moves:
    first, second = (Move(("line", "ending"), 0, event) for event in (Event.FIRST, Event.SECOND))
    return _chord(0) | {"1": first, "2": second}


def _inside() -> Moves:
    """After a blank inside a bar."""
    return _starts() | {"[": Move(("chord", 0)), "|": Move(("bar",)), ":": Move(("colon",))}


def _inside_new() -> Moves:
    """After a new line inside a bar."""
    return _without_colon(_inside()) | _first_letters()


def _after_note() -> Moves:
    return _inside() | {" ": Move(("blank",)), "\n": Move(("new line",))}


def _sign() -> Moves:
    return {name: Move(("letter", name.isupper())) for name in _LETTERS}


def _letter(capital: bool, place: str = "") -> Moves:
    found = _length("note", "") | {_MARK[capital]: Move(("length", "note", ""))}
    if place:  # "E:|" and "E :|" at the start of a line could be fields
        found = _without_colon(found) | {" ": Move(("first blank",), LENGTHS[""])}
    return found


def _first_blank() -> Moves:
    return _without_colon(_inside())


def _without_colon(found: Moves) -> Moves:
    return {character: move for character, move in found.items() if character != ":"}


def _ornament(kind: str) -> Moves:
    """An ornamented note is neither tied nor in a broken rhythm: abc2midi cannot have both."""
    return dict.fromkeys(_SIGNS, Move(("ornament sign", kind))) | _ornament_sign(kind)


def _ornament_sign(kind: str) -> Moves:
    return {name: Move(("ornament letter", kind, name.isupper())) for name in _LETTERS}


def _ornament_letter(kind: str, capital: bool) -> Moves:
    return _length(kind, "") | {_MARK[capital]: Move(("length", kind, ""))}


def _length(kind: str, typed: str) -> Moves:
    taken = LENGTHS[typed]
    found = {character: move._replace(ticks=taken) for character, move in _after_note().items()}
    if kind == "note":
        found["-"] = Move(("tie",), taken)
        if typed in _GROUP_LENGTHS:
            found |= {sign: Move(("broken", sign, typed), 2 * taken) for sign in "<>"}
    lengths = [length for length in LENGTHS if length[:-1] == typed != length]
    if typed == "1" or (kind == "roll" and not typed):  # "1" only begins 10, 12 and 16
        found = {}
    if kind == "roll":
        lengths = [length for length in lengths if "/" not in length]
    return found | {length[-1]: Move(("length", kind, length)) for length in lengths}


def _tie() -> Moves:
    """After "-": the grammar lets only what leads to the same note follow."""
    return _after_note()


def _broken(sign: str, length: str) -> Moves:
    return _group(1, length) | {sign: Move(("group", 1, length))}


def _tuplet_digit() -> Moves:
    return {digit: Move(("tuplet", digit)) for digit in _TUPLETS}


def _tuplet(digit: str) -> Moves:
    return _note_starts(("tuplet sign", digit), "tuplet letter", digit)


def _tuplet_sign(digit: str) -> Moves:
    return {name: Move(("tuplet letter", digit, name.isupper())) for name in _LETTERS}


def _tuplet_letter(digit: str, capital: bool) -> Moves:
    return _tuplet_length(digit, "") | {_MARK[capital]: Move(("tuplet length", digit, ""))}


def _tuplet_length(digit: str, typed: str) -> Moves:
    found = {
        length[-1]: Move(("tuplet length", digit, length))
        for length in (*_GROUP_LENGTHS, "3/")
        if length[:-1] == typed != length
    }
    if typed in _GROUP_LENGTHS:
        taken = _TUPLETS[digit] * LENGTHS[typed]
        for character, move in _group(int(digit) - 1, typed).items():
            found[character] = move._replace(ticks=taken)
    return found


def _group(notes: int, length: str) -> Moves:
    """Before one of the notes, all of one length, that a group still lacks."""
    return _note_starts(("group sign", notes, length), "group letter", notes, length)


def _group_sign(notes: int, length: str) -> Moves:
    return {name: Move(("group letter", notes, length, name.isupper())) for name in _LETTERS}


def _group_letter(notes: int, length: str, capital: bool) -> Moves:
    marked = Move(("group length", notes, length, 0))
    return _group_length(notes, length, 0) | {_MARK[capital]: marked}


def _group_length(notes: int, length: str, typed: int) -> Moves:
    if typed < len(length):
        return {length[typed]: Move(("group length", notes, length, typed + 1))}
    return _group(notes - 1, length) if notes > 1 else _after_note() | {"-": Move(("tie",))}


def _chord(notes: int) -> Moves:
    return _note_starts(("chord sign", notes), "chord letter", notes + 1)


def _chord_sign(notes: int) -> Moves:
    return {name: Move(("chord letter", notes + 1, name.isupper())) for name in _LETTERS}


def _chord_letter(notes: int, capital: bool) -> Moves:
    return _chord_note(notes) | {_MARK[capital]: Move(("chord note", notes))}


def _chord_note(notes: int) -> Moves:
    closing = {"]": Move(("length", "chord", ""))} if notes > 1 else {}
    return closing | (_chord(notes) if notes < 4 else {})


_KINDS = header.KINDS | {
    "line": _line,
    "bar": _bar,
    "soft bar": _soft_bar,
    "fresh bar": _fresh_bar,
    "colon": _colon,
    "bracket": _bracket,
    "blank": _inside,
    "new line": _inside_new,
    "first blank": _first_blank,
    "sign": _sign,
    "letter": _letter,
    "length": _length,
    "tie": _tie,
    "broken": _broken,
    "tuplet digit": _tuplet_digit,
    "ornament": _ornament,
    "ornament sign": _ornament_sign,
    "ornament letter": _ornament_letter,
    "tuplet": _tuplet,
    "tuplet sign": _tuplet_sign,
    "tuplet letter": _tuplet_letter,
    "tuplet length": _tuplet_length,
    "group": _group,
    "group sign": _group_sign,
    "group letter": _group_letter,
    "group length": _group_length,
    "chord": _chord,
    "chord sign": _chord_sign,
    "chord letter": _chord_letter,
    "chord note": _chord_note,
}

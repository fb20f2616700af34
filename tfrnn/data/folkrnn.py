"""From folk-rnn's tokens to ordinary ABC: `python -m tfrnn.data.folkrnn IN.txt OUT.abc --seed 0`.

folk-rnn (Sturm et al. 2016, "Music transcription modelling and composition using deep learning",
https://arxiv.org/abs/1604.08723) trains on tunes of thesession.org cut into tokens, all of them
moved to the tonic C: `M:6/8`, `K:Cdor`, `|: G E C G, 3 | ...`. Here the tokens
become music that a musician reads: beamed by the beat, four bars a line, in a key that players use.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tfrnn.data.sources import Document, read
from tfrnn.errors import CannotCreateError, DataError, Failure

# How often a tune of each mode has each tonic, in percent: counted in O'Neill's 1850 (music21)
# and a collection of 804 Irish dance tunes together, rare tonics left out.
TONICS = {
    "maj": {"G": 46, "D": 36, "A": 12, "C": 4, "F": 2},
    "mix": {"D": 64, "A": 28, "G": 8},
    "dor": {"A": 53, "E": 31, "D": 10, "G": 6},
    "min": {"E": 41, "A": 32, "D": 20, "B": 7},
}

_LETTERS = "CDEFGAB"
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MODES = {
    "maj": _MAJOR,
    "mix": (0, 2, 4, 5, 7, 9, 10),
    "dor": (0, 2, 3, 5, 7, 9, 10),
    "min": (0, 2, 3, 5, 7, 8, 10),
}
_SUFFIXES = {"maj": "", "mix": "mix", "dor": "dor", "min": "m"}
_ALTERATIONS = {"__": -2, "_": -1, "=": 0, "^": 1, "^^": 2}
_ACCIDENTALS = {alteration: sign for sign, alteration in _ALTERATIONS.items()}
# (p means p notes in the time of q; where p is missing q depends on the meter.
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
# The fiddle in first position and a little above, in diatonic steps from middle C: G, to d'.
_LOWEST, _HIGHEST = -3, 15
_HEADER = re.compile(r"M:(\d+)/(\d+)\nK:C(maj|mix|dor|min)\n(.+)", re.DOTALL)
_NOTE = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']*)")
_BAR = re.compile(r"\|:|:\||\|\d?")
_EVENT = re.compile(
    r"(?P<tuplet>\(\d)?(?P<sound>\[[^\[\]|]+\]|(?:\^\^?|__?|=)?[A-Ga-g][,']*|z)"
    r"(?P<length>\d*(?:/\d+)?)(?P<broken>[<>]?)"
)


class Tokens(NamedTuple):
    """One tune of folk-rnn: meter, mode (its tonic is C) and the tokens of its music."""

    beats: int
    unit: int
    mode: str
    music: tuple[str, ...]


def convert(document: Document, *, seed: int) -> tuple[list[str], list[str]]:
    """Returns the tunes of a file of tokens as ABC, and a line on each that cannot be read.

    Args:
        document: Tunes apart by blank lines: a line `M:`, a line `K:`, and tokens.
        seed: Of the tonics; the tonic of a tune depends on the seed and its number alone.

    Raises:
        DataError: If no tune can be read.
    """
    tunes, refused, line = [], [], 1
    blocks = re.findall(r"((?:.*\S.*\n?)+)((?:[ \t]*\n)*)", document.text)
    for number, (block, gap) in enumerate(blocks, 1):
        try:
            tune = parse(block, where=f"{document.name}: line {line}")
        except DataError as error:
            refused.append(str(error))
        else:
            tonic = _draw(TONICS[tune.mode], f"{seed} {number}")
            tunes.append(to_abc(tune, tonic=tonic, number=number))
        line += (block + gap).count("\n")
    if not tunes:
        raise DataError(refused[0])
    return tunes, refused


def parse(text: str, *, where: str) -> Tokens:
    """Reads one tune of tokens.

    Raises:
        DataError: If it has another form; the message begins with `where`.
    """
    header = _HEADER.fullmatch(text.strip())
    if header is None:
        raise DataError(
            f"{where}: a tune of tokens has a line M:6/8, a line K:Cmaj (or Cmix, Cdor, Cmin) and"
            f" a line of tokens, got {text[:40]!r}."
        )
    beats, unit, mode, music = header.groups()
    for tokens, _ in _measures(music.split()):
        if left := _EVENT.sub("", "".join(tokens)):
            raise DataError(f"{where}: {left[:20]!r} in {' '.join(tokens)!r} belongs to no note.")
    return Tokens(int(beats), int(unit), mode, tuple(music.split()))


def to_abc(tune: Tokens, *, tonic: str, number: int) -> str:
    r"""Returns a tune as ABC with the given tonic, without a newline at its end.

    A note keeps its degree and, if it has an accidental, its alteration against the key. The
    octave is the one that suits the fiddle.

    >>> tune = Tokens(6, 8, "dor", tuple("|: G E C G, 3 | =E c B c 3 :|".split()))
    >>> print(to_abc(tune, tonic="A", number=1))
    X:1
    M:6/8
    L:1/8
    K:Ador
    |:ecA E3|^cag a3:|
    """
    before, after = signature("C", tune.mode), signature(tonic, tune.mode)
    steps = _steps(tune.music, tonic)

    def move(note: re.Match) -> str:
        sign, letter, _ = note.groups()
        octave, degree = divmod(_step(note) + steps, 7)
        new = _LETTERS[degree]
        if sign:
            against_key = _ALTERATIONS[sign] - before[letter.upper()]
            sign = _ACCIDENTALS[after[new] + against_key]
        return (sign or "") + (
            new + "," * -octave if octave < 1 else new.lower() + "'" * (octave - 1)
        )

    music = [_NOTE.sub(move, token) for token in tune.music]
    header = f"X:{number}\nM:{tune.beats}/{tune.unit}\nL:1/8\nK:{tonic}{_SUFFIXES[tune.mode]}\n"
    return header + lay_out(tune._replace(music=music))


def signature(tonic: str, mode: str) -> dict[str, int]:
    """Returns the alteration of each letter in a key, in semitones.

    >>> [letter for letter, sharps in signature("E", "dor").items() if sharps]
    ['F', 'C']
    """
    first, key = _LETTERS.index(tonic), {}
    for degree, interval in enumerate(_MODES[mode], first):
        natural = _MAJOR[degree % 7] + 12 * (degree // 7)
        key[_LETTERS[degree % 7]] = _MAJOR[first] + interval - natural
    return key


def lay_out(tune: Tokens) -> str:
    r"""Returns the music as lines of ABC, beamed by the beat and about four bars to a line.

    A line ends after its fourth full bar and with every part, but never before a second ending.

    >>> print(lay_out(Tokens(2, 4, "maj", "|: c | d e f > g |1 c 4 :| |2 c 2 z 2 |".split())))
    |:c|de f>g|1 c4:|2 c2 z2|
    """
    full = Fraction(8 * tune.beats, tune.unit)
    measures = [*_measures(tune.music)]
    lines, line, full_bars, part_begins = [], "", 0, True
    for i, (tokens, sign) in enumerate(measures):
        events = _events("".join(tokens), compound=_is_compound(tune))
        length = sum(event.length for event in events)
        upbeat = part_begins and length < full
        line += _beam(events, start=full - length if upbeat else Fraction(0), beat=_beat(tune))
        full_bars += length >= full
        part_begins = sign in ("|:", ":|")
        ending_follows = i + 1 < len(measures) and measures[i + 1] in (([], "|1"), ([], "|2"))
        if sign == "|:":
            lines, line, full_bars = [*lines, line], sign, 0
        elif sign[1:].isdigit():
            line = line.removesuffix("|") + sign + " "
        elif tokens or sign != "|":
            line += sign
        if not ending_follows and (sign == ":|" or (sign == "|" and full_bars >= 4)):
            lines, line, full_bars = [*lines, line], "", 0
    return "\n".join(text.rstrip() for text in [*lines, line] if text.strip())


class _Event(NamedTuple):
    """A note, chord or rest: its ABC, its length in eighths, whether no space may precede it."""

    text: str
    length: Fraction
    joined: bool


@lru_cache(maxsize=4096)  # bars come again and again, and fractions are slow
def _events(text: str, *, compound: bool) -> tuple[_Event, ...]:
    """Returns the events of one bar, with tuplets and broken rhythms taken into their lengths."""
    events = []
    left, ratio, broken = 0, Fraction(1), Fraction(1)
    for found in _EVENT.finditer(text):
        joined = left > 0 or broken != 1
        if found["tuplet"]:
            left = int(found["tuplet"][1])
            ratio = Fraction(_TUPLETS.get(left, 3 if compound else 2), left)
        longer = {"<": Fraction(1, 2), ">": Fraction(3, 2)}.get(found["broken"], Fraction(1))
        length = _length(found["length"]) * broken * longer
        if inner := re.search(r"[A-Ga-g][,']*(\d*(?:/\d+)?)", found["sound"]):
            length *= _length(inner[1])  # of a chord, whose first note's length is its own
        broken = 2 - longer
        if left:
            length, left = length * ratio, left - 1
        events.append(_Event(re.sub(r"(?<!\d)/2(?!\d)", "/", found[0]), length, joined))
    return tuple(events)


def _beam(events: Sequence[_Event], *, start: Fraction, beat: int) -> str:
    """Joins events, a space where a beat begins; `start` is where in the bar, in eighths."""
    text, position, group = "", start, start
    for event in events:
        if position // beat > group // beat and not event.joined:
            text, group = text + " ", position
        text, position = text + event.text, position + event.length
    return text


def _measures(music: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Yields the tokens of each bar and the sign that ends it, "" at the end of the tune."""
    tokens: list[str] = []
    for token in music:
        if _BAR.fullmatch(token):
            yield tokens, token
            tokens = []
        else:
            tokens.append(token)
    if tokens:
        yield tokens, ""


def _length(text: str) -> Fraction:
    over, _, under = text.partition("/")
    return Fraction(int(over or 1), int(under or 1))


def _is_compound(tune: Tokens) -> bool:
    return tune.unit == 8 and tune.beats % 3 == 0


def _beat(tune: Tokens) -> int:
    """Returns how many eighths are beamed together: half a bar of 4/4, as in printed reels."""
    if _is_compound(tune):
        return 3
    return 4 if 8 * tune.beats >= 8 * tune.unit else 2


def _step(note: re.Match) -> int:
    """Returns a note's place in diatonic steps above middle C."""
    _, letter, marks = note.groups()
    octave = letter.islower() + marks.count("'") - marks.count(",")
    return _LETTERS.index(letter.upper()) + 7 * octave


def _steps(music: Sequence[str], tonic: str) -> int:
    """Returns by how many steps to move a tune from C to `tonic`, for the best octave."""
    places = [_step(note) for token in music for note in _NOTE.finditer(token)] or [0]
    low, high = min(places), max(places)

    def misfit(steps: int) -> tuple[int, int]:
        outside = max(0, _LOWEST - low - steps) + max(0, high + steps - _HIGHEST)
        return outside, abs(low + high + 2 * steps - _LOWEST - _HIGHEST)

    return min((_LETTERS.index(tonic) + 7 * octave for octave in (-2, -1, 0, 1)), key=misfit)


def _draw(weights: dict[str, int], key: str) -> str:
    """Returns a key of `weights`, drawn by hashing: the same on every machine."""
    ballots = [choice for choice, weight in weights.items() for _ in range(weight)]
    return ballots[int(sha256(key.encode()).hexdigest(), 16) % len(ballots)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Converts the file that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tfrnn.data.folkrnn", description=__doc__)
    parser.add_argument("tokens", help="one file of tokens, such as folk-rnn's data_v2")
    parser.add_argument("abc", type=Path, help="ABC file to write")
    parser.add_argument("--seed", type=int, default=0, help="of the keys (default: 0)")
    options = parser.parse_args(arguments)
    try:
        document, *_ = read(options.tokens)
        tunes, refused = convert(document, seed=options.seed)
        options.abc.write_text("\n\n".join(tunes) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        print(f"{options.abc}: cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(CannotCreateError.code)
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(failure.code)
    print(*refused, sep="\n", end="\n" * bool(refused), file=sys.stderr)
    print(f"{options.abc}: {len(tunes)} tunes, {len(refused)} left out")


if __name__ == "__main__":
    main()

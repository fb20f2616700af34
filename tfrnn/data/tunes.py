"""Corpora of tunes in ABC notation: split into tunes, cleaned, counted.

ABC standard 2.1: http://abcnotation.com/wiki/abc:standard:v2.1. Old files are laxer, so a tune runs
from its `X:` line to the next, blank lines or not.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from os.path import commonpath
from pathlib import PurePath
from typing import NamedTuple

from tfrnn.data.plain_music import close, plain
from tfrnn.data.sources import Document
from tfrnn.errors import DataError

# "G:|" opens no field: it is the last note of a repeated part.
_FIELD = re.compile(r"([A-Za-z+]):(?![|:])[ \t]*(.*)")
_X = re.compile(r"^X:", re.MULTILINE)
_PARAGRAPH = re.compile(r"(?:\A|\n[ \t]*\n)(?=[A-WYZ]:(?![|:]))")
_TOKENS = re.compile(r"\s*M:\d+/\d+\nK:C(?:maj|min|dor|mix)\n\S{1,5}(?: \S{1,5}){8}")
_METER = re.compile(r"C\||C|\(?\d+(?:\+\d+)*\)?/\d+")
_METER_AND_MUSIC = re.compile(r"(\d+/\d+|C\||C)\s+(.*\|.*)")
_STRAY_CHANGE = re.compile(r"(?<=[\s|:])([MKL]):(\d+/\d+|C\||C)(?=\s)")
_KEY = re.compile(r"([A-G][#b]?)[ \t]*(?!\w+=)([A-Za-z]*)((?:[ \t]*(?:\^\^?|__?|=)[A-Ga-g])*)")
_NOT_MUSIC = re.compile(r'"[^"]*"|![^!|]*!|\[[A-Za-z]:[^\]]*\]|^[A-Za-z]:(?![|:]).*', re.MULTILINE)
_MODES = {"": "", "maj": "", "ion": "", "m": "m", "min": "m", "aeo": "m"} | {
    mode: mode for mode in ("dor", "phr", "lyd", "mix", "loc")
}


class Tune(NamedTuple):
    """A tune: its ABC text, without a newline at its end, and where it stands, `file:line`."""

    text: str
    origin: str


class Sheet(NamedTuple):
    """A tune taken apart.

    raw: the lines as they stand in the file, without blank lines at the end.
    header: the fields down to the key, by letter: of titles and rhythms the first, else the last.
    body: the lines of music and the changes of meter, unit length and key, cleaned.
    """

    raw: str
    header: dict[str, str]
    body: str


@dataclass(frozen=True)
class Corpus:
    """The distinct tunes of a source, and what else was found there.

    name: of the document, or of the folder that holds them all.
    tunes: in the order of the files.
    found: how many tunes start in the documents.
    empty: how many had no note, or no key line to end their header.
    voices: how many had several voices, which are not one line of music.
    """

    name: str
    tunes: tuple[Tune, ...]
    found: int
    empty: int
    voices: int

    @property
    def duplicates(self) -> int:
        """How many tunes had the music of an earlier one, white space aside."""
        return self.found - self.empty - self.voices - len(self.tunes)

    def summary(self) -> str:
        """Returns the counts in one line."""
        characters = len(set().union(*(tune.text for tune in self.tunes)))
        return (
            f"{self.name}: {self.found} tunes, {len(self.tunes)} distinct,"
            f" {self.duplicates} duplicates, {self.empty} empty, {self.voices} in several voices,"
            f" {characters} characters"
        )


def read_tunes(
    documents: Sequence[Document], *, form: Callable[[Sheet], str] | None = None
) -> Corpus:
    """Splits documents into tunes; drops those without notes, in voices, or heard before.

    Every form keeps the same tunes.

    Args:
        documents: ABC files. A tune starts with a line `X:`; in a file without any, where a field
            follows a blank line.
        form: What a tune's text is: `canonical`, the default, or `as_is`.

    Raises:
        DataError: If there is no tune, or a file holds the tokens of folk-rnn.
    """
    form = form or canonical
    name = PurePath(commonpath(document.name for document in documents)).name
    tunes: dict[str, Tune] = {}
    found = empty = voices = 0
    for raw, origin in (tune for document in documents for tune in _cut(document)):
        found += 1
        sheet = parse(raw)
        music = "".join(sheet.body.split())
        if "K" not in sheet.header or not _has_notes(sheet.body):
            empty += 1
        elif _several_voices(raw):
            voices += 1
        elif music not in tunes:
            tunes[music] = Tune(form(sheet), origin)
    if not tunes:
        raise DataError(
            f'{name}: found 0 tunes: a tune starts with a line "X:1", its key line, such as "K:D",'
            f" ends the header, and notes in one voice follow ({found} starts were found)."
        )
    return Corpus(name, tuple(tunes.values()), found, empty, voices)


def split(
    tunes: Sequence[Tune], *, test: float, valid: float, seed: int
) -> tuple[list[Tune], list[Tune], list[Tune]]:
    """Deals whole tunes out to training, validation and test, at least one to each.

    Which tune goes where depends on `seed`, how many tunes there are and the shares alone: it is
    drawn by hashing, and so is the same on every machine and with every version of numpy.

    Args:
        tunes: In the order of their files.
        test: Share of the tunes that is scored once, at the end.
        valid: Share of the tunes that choices may look at.
        seed: Of the draw.

    Returns:
        (train, valid, test), each in the order of `tunes`.

    Raises:
        DataError: If there are fewer than three tunes.
        ValueError: If a share is not above 0 or nothing would be left to train on.
    """
    if not (test > 0 and valid > 0 and test + valid < 1):
        raise ValueError(f"Shares must be above 0, their sum below 1, got {test=}, {valid=}.")
    count = len(tunes)
    if count < 3:
        raise DataError(
            f"At least 3 distinct tunes are needed, one each for training, validation and test,"
            f" got {count}."
        )
    draw = sorted(range(count), key=lambda i: sha256(f"{seed} {count} {i}".encode()).digest())
    tests = min(max(1, round(test * count)), count - 2)
    valids = min(max(1, round(valid * count)), count - tests - 1)
    parts = draw[tests + valids :], draw[tests : tests + valids], draw[:tests]
    train_part, valid_part, test_part = ([tunes[i] for i in sorted(part)] for part in parts)
    return train_part, valid_part, test_part


def canonical(sheet: Sheet) -> str:
    r"""Returns a tune in the one form that a model learns, free of its transcriber's habits.

    The header is `X:1`, the first title and the rhythm if there are any, meter, unit length (made
    explicit by the standard's rule) and key, without spaces. Who collected, wrote down or published
    a tune is left out, because a composed tune must not claim them. The body is `plain`, keeps the
    changes of meter, unit length and key, and is `close`d.

    >>> print(canonical(parse("X:7\nT: My Jig\nZ:me\nM:6/8\nK:E Dorian\nBAB EFG:|!\n%end")))
    X:1
    T:My Jig
    M:6/8
    L:1/8
    K:Edor
    BAB EFG:|
    """
    header = {"M": "none"} | sheet.header | {"X": "1"}
    header.setdefault("L", unit_length(header["M"]))
    lines = [f"{letter}:{header[letter]}" for letter in "XTRMLK" if header.get(letter)]
    return "\n".join([*lines, close(plain(sheet.body))])


def as_is(sheet: Sheet) -> str:
    """Returns a tune exactly as it stands in its file, to compare with figures of others."""
    return sheet.raw


def parse(raw: str) -> Sheet:
    r"""Takes one tune's text apart, cleaning its fields and its music.

    Comments, blank lines, runs of blanks, the back quotes that only align notes, `!` and `\` at
    the ends of lines and fields that are not music go. After a blank line only a paragraph with a
    bar line is music: some files have remarks between tunes.
    """
    header: dict[str, str] = {}
    lines = iter(raw.split("\n"))
    for line in lines:
        letter, value = field.groups() if (field := _FIELD.match(_uncomment(line))) else ("", "")
        if value and not (letter in "TR" and letter in header):
            header[letter] = _clean_field(letter, value)
        if letter == "K":
            break
    first, *later = re.split(r"\n(?:[ \t]*\n)+", "\n".join(lines))
    paragraphs = [first, *(paragraph for paragraph in later if "|" in paragraph)]
    body = (kept for line in "\n".join(paragraphs).split("\n") for kept in _clean_body(line))
    return Sheet(re.sub(r"(\n[ \t]*)+\Z", "", raw), header, "\n".join(body))


def meter(value: str) -> str:
    """Returns a meter as a fraction, or as it stands if it has none.

    >>> meter("C"), meter("C|"), meter(" 6/8 "), meter("none")
    ('4/4', '2/2', '6/8', 'none')
    """
    found = _METER.search(value)
    return {"C": "4/4", "C|": "2/2"}.get(found[0], found[0]) if found else value.strip()


def unit_length(meter: str) -> str:
    """Returns the unit note length that a tune of this meter has when it says nothing.

    That is a sixteenth where the meter, as a number, is below 0.75, else an eighth (section 3.1.7
    of the standard).

    >>> unit_length("2/4"), unit_length("6/8"), unit_length("none")
    ('1/16', '1/8', '1/8')
    """
    beats, slash, unit = meter.strip("()").replace(")", "").partition("/")
    short = slash and sum(map(int, beats.split("+"))) / int(unit) < 0.75
    return "1/16" if short else "1/8"


def key(value: str) -> str:
    """Returns a key in its short spelling; clefs go, and what is no key stays as it stands.

    >>> key("D Major"), key("A Dorian"), key("Emin"), key("AMix"), key("G clef=bass"), key("Hp")
    ('D', 'Ador', 'Em', 'Amix', 'G', 'Hp')
    """
    found = _KEY.match(value)
    if found is None or (mode := _MODES.get(found[2].lower()[:3])) is None:
        return " ".join(value.split())
    return " ".join([found[1] + mode, *found[3].split()])


_CLEANERS: dict[str, Callable[[str], str]] = {"M": meter, "K": key, "R": str.lower}


def _clean_field(letter: str, value: str) -> str:
    value = " ".join(value.split())
    return _CLEANERS[letter](value) if letter in _CLEANERS else value


def _clean_body(line: str) -> Iterator[str]:
    """Yields what is to be kept of a line after the header: one line, none, or two."""
    line = _uncomment(line)
    if field := _FIELD.match(line):
        letter, value = field.groups()
        if letter == "M" and (both := _METER_AND_MUSIC.match(value)):
            yield f"M:{meter(both[1])}"
            yield from _clean_body(both[2])
        elif letter in "MLK":
            yield f"{letter}:{_clean_field(letter, value)}"
        return
    line = " ".join(line.removesuffix("\\").replace("`", "").split())
    if line.count("!") % 2:  # an even one closes a decoration, such as !trill!
        line = line.removesuffix("!").rstrip()
    if line:
        yield _STRAY_CHANGE.sub(r"[\g<0>]", line)


def _uncomment(line: str) -> str:
    return re.sub(r"(?<!\\)%.*", "", line).rstrip()


def _several_voices(raw: str) -> bool:
    return len(set(re.findall(r"(?:^|\[)V:\s*(\w+)", raw, re.MULTILINE))) > 1


def _has_notes(body: str) -> bool:
    return re.search("[A-Ga-g]", _NOT_MUSIC.sub("", body)) is not None


def _cut(document: Document) -> Iterator[tuple[str, str]]:
    """Yields the lines of each tune of a document and the tune's origin."""
    name, text = document
    if _TOKENS.match(text):
        raise DataError(
            f"{name}: line 1: these are folk-rnn's tokens, not ABC; convert them by"
            f" python -m tfrnn.data.folkrnn {name} OUT.abc"
        )
    starts = [found.start() for found in _X.finditer(text)]
    starts = starts or [found.end() for found in _PARAGRAPH.finditer(text)]
    line, last = 1, 0
    for start, end in pairwise([*starts, len(text)]):
        line += text.count("\n", last, start)
        last = start
        yield text[start:end], f"{name}:{line}"

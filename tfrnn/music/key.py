"""Keys of ABC notation: the `K:` field in the spellings that are found, and what it sharpens."""

import re
from dataclasses import dataclass

_KEY = re.compile(
    r"(?P<tonic>[A-G])(?P<sign>[#b]?)[ \t]*"
    r"(?P<mode>(?!(?:exp|treble|bass|alto|tenor|perc|none)\b)[A-Za-z]*)(?![A-Za-z=])(?P<rest>.*)"
)
_EXTRA = re.compile(
    r"[ \t]*(?:(?:clef|octave|transpose|middle|m|t|staves|stafflines|style|shift|score)=[^ \t]+"
    r"|exp|treble|bass|alto|tenor|perc|none|(?:\^\^?|__?|=)[A-Ga-g]|[+-]8)(?![A-Za-z])"
)
_SIGN = re.compile(r"(\^\^?|__?|=)([A-Ga-g])")
_SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
# Where a tonic, and then a mode, stands on the circle of fifths.
_FIFTHS = {letter: i - 1 for i, letter in enumerate("FCGDAEB")}
_MODES = {"maj": 0, "ion": 0, "mix": -1, "dor": -2, "min": -3, "aeo": -3, "phr": -4, "loc": -5}
_MODES |= {"lyd": 1, "": 0, "m": -3}
_NAMES = ("major", "ionian", "mixolydian", "dorian", "minor", "aeolian", "phrygian", "locrian")
_NAMES += ("lydian",)
_SHARPENED = "FCGDAEB"


@dataclass(frozen=True)
class Key:
    """A key signature.

    text: as written, such as "D Mixolydian".
    tonic: "D"; empty if the field says "none" or nothing.
    mode: "", or "m" (minor), "dor", "phr", "lyd", "mix", "loc".
    fifths: its place on the circle of fifths: sharps, or flats below 0, of the mode.
    signature: what each letter is raised by, in semitones, from A to G; explicit signs included.
    """

    text: str
    tonic: str
    mode: str
    fifths: int
    signature: tuple[int, int, int, int, int, int, int]

    def sign(self, letter: str) -> int:
        """Returns what the signature raises a letter A-G by, in semitones."""
        return self.signature[ord(letter) - ord("A")]


def parse_key(text: str) -> Key | None:
    """Returns the key of a field's value, or None if it is none.

    Modes may be spelled out and in any case; clefs and such are passed over.

    >>> [parse_key(text).fifths for text in ("D Major", "Dmix", "A Dorian", "Em", "Bb", "F# Minor")]
    [2, 1, 1, 1, -2, 3]
    >>> parse_key("D").sign("F"), parse_key("Dm").sign("B"), parse_key("D exp _b ^c").sign("B")
    (1, -1, -1)
    >>> parse_key("H"), parse_key("D Lochrian")
    (None, None)
    """
    text = text.strip()
    if found := re.match(r"(HP|Hp)\b(.*)", text):  # Scottish bagpipes: F and C are sharp
        return _with_extras(text, "", "", 2, found[2])
    found = _KEY.match(text)
    if found is None:
        return _with_extras(text, "", "", 0, text)
    if (mode := _mode(found["mode"])) is None:
        return None
    fifths = _FIFTHS[found["tonic"]] + _MODES[mode] + {"": 0, "#": 7, "b": -7}[found["sign"]]
    short = {"maj": "", "ion": "", "min": "m", "aeo": "m"}.get(mode, mode)
    return _with_extras(text, found["tonic"] + found["sign"], short, fifths, found["rest"])


def _mode(word: str) -> str | None:
    """Returns a mode's first three letters, "" or "m"; None if it is not one.

    A capital M alone is major; the names are those of the standard, section 3.1.14.
    """
    if word in ("", "m", "M"):
        return word.replace("M", "")
    fits = (name[:3] for name in _NAMES if len(word) >= 3 and name.startswith(word.lower()))
    return next(fits, None)


def _with_extras(text: str, tonic: str, mode: str, fifths: int, extras: str) -> Key | None:
    """Returns the key if what follows it is clefs, explicit signs and the like."""
    if _EXTRA.sub("", extras).strip() or abs(fifths) > 7:
        return None
    explicit = re.search(r"\bexp\b", extras) is not None
    signs = dict.fromkeys("ABCDEFG", 0)
    if not explicit:
        for letter in _SHARPENED[:fifths] if fifths > 0 else _SHARPENED[fifths or 7 :]:
            signs[letter] = 1 if fifths > 0 else -1
    for sign, letter in _SIGN.findall(extras):
        signs[letter.upper()] = _SIGNS[sign]
    return Key(text, tonic, mode, fifths, tuple(signs.values()))

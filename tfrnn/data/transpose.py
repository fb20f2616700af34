"""Tunes in other keys: more to learn from, where a corpus is small.

A tune is moved by diatonic steps, so that it stays in its mode and its shape on the staff; an
explicit accidental keeps its alteration relative to the key signature. The octave is the nearest.
"""

import re
from hashlib import sha256

LETTERS = "CDEFGAB"
_NATURAL = (0, 2, 4, 5, 7, 9, 11)
_KEY = re.compile(r"^(K:[ \t]*)([A-G])([#b]?)([ \t]*)([A-Za-z]*)$", re.MULTILINE)
_NOTE = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']*)")
_NOT_NOTES = re.compile(
    r'("[^"]*"|![^!|\n]*!|\[[A-Za-z]:[^\]]*\]|^[A-Za-z]:(?![|:]).*$)', re.MULTILINE
)
_ALTERATIONS = {"__": -2, "_": -1, "=": 0, "^": 1, "^^": 2}
_SIGNS = {alteration: sign for sign, alteration in _ALTERATIONS.items()}
# Where a tonic and a mode stand on the circle of fifths.
_FIFTHS = {letter: i - 1 for i, letter in enumerate("FCGDAEB")}
_MODES = {"": 0, "maj": 0, "ion": 0, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3}
# The tonics that fiddles and pipes play in, by the place of the mode on the circle.
TONICS = {0: "DGAC", -1: "DAG", -2: "AEDG", -3: "EABD"}


def in_other_keys(text: str, count: int, *, seed: int) -> list[str]:
    r"""Returns up to `count` copies of a tune, each in another usual key of its mode.

    Args:
        text: A tune in ABC; one without a plain key, or whose key changes, has no copies.
        count: Most copies.
        seed: Of the keys that are drawn.

    Example:
        >>> in_other_keys("X:1\nK:D Major\nd^cBA|=c2", 1, seed=0)
        ['X:1\nK:C Major\nc=BAG|_B2']
    """
    keys = [*_KEY.finditer(text)]
    if len(keys) != 1 or "[K:" in text or (mode := _mode(keys[0][5])) is None:
        return []
    tonics = [tonic for tonic in TONICS[mode] if tonic != keys[0][2] + keys[0][3]]
    draw = sorted(tonics, key=lambda tonic: sha256(f"{seed} {tonic} {text}".encode()).digest())
    return [transpose(text, tonic) for tonic in draw[:count]]


def transpose(text: str, tonic: str) -> str:
    """Returns a tune moved to the nearest `tonic`, a letter A-G without a sign.

    Args:
        text: A tune in ABC with one key field of a mode that `TONICS` has.
        tonic: For instance "D".
    """
    header, body = text[: (key := _KEY.search(text)).end()], text[key.end() :]
    mode = _mode(key[5])
    old = _signature(key[2], key[3], mode)
    new = _signature(tonic, "", mode)
    steps = (LETTERS.index(tonic) - LETTERS.index(key[2]) + 3) % 7 - 3

    def move(note: re.Match) -> str:
        sign, letter, marks = note.groups()
        octave = letter.islower() + marks.count("'") - marks.count(",")
        place = LETTERS.index(letter.upper()) + 7 * octave + steps
        target, octave = LETTERS[place % 7], place // 7
        if sign is not None:
            altered = _ALTERATIONS[sign] - old[letter.upper()] + new[target]
            sign = _SIGNS.get(altered, sign)
        marks = "'" * (octave - 1) if octave > 0 else "," * -octave
        return (sign or "") + (target.lower() if octave > 0 else target) + marks

    parts = _NOT_NOTES.split(body)
    parts[::2] = [_NOTE.sub(move, part) for part in parts[::2]]
    header = header[: key.start()] + f"{key[1]}{tonic}{key[4]}{key[5]}"
    return header + "".join(parts)


def _mode(word: str) -> int | None:
    """Returns where a mode stands on the circle of fifths, or None if it is not usual."""
    return 0 if word == "M" else _MODES.get(word if word == "m" else word.lower()[:3])


def _signature(letter: str, sign: str, mode: int) -> dict[str, int]:
    """Returns what a key raises each letter by, in semitones."""
    fifths = _FIFTHS[letter] + {"": 0, "#": 7, "b": -7}[sign] + mode
    order = "FCGDAEB"
    return {
        name: (order.index(name) < fifths) - (order[::-1].index(name) < -fifths) for name in order
    }

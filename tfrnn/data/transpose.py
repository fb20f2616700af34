"""Tunes in other keys: more to learn from, where a corpus is small.

A tune is moved by diatonic steps, so that it stays in its mode and its shape on the staff; an
explicit accidental, and the root of a chord's name, keep their alteration relative to the key
signature. The octave is the nearest.
"""

import re
from hashlib import sha256
from itertools import islice

LETTERS = "CDEFGAB"
_KEY = re.compile(r"^(K:[ \t]*)([A-G])([#b]?)([ \t]*)([A-Za-z]*)$", re.MULTILINE)
_ANY_KEY = re.compile(r"^K:|\[[ \t]*K:", re.MULTILINE)
_NOTE = re.compile(r"(\^\^?|__?|=)?([A-Ga-g])([,']*)")
_NOT_NOTES = re.compile(
    r'("[^"]*"|![^!|\n]*!|\+(?=[^+\n]*[H-Zh-z])[^+\n]*\+|(?<!\\)%.*|\[[ \t]*[A-Za-z]:[^\]]*\]'
    r"|^[A-Za-z+]:(?![|:]).*$)",
    re.MULTILINE,
)
_CHORD_NAME = re.compile(r'"[A-G][#b]?(?:maj|min|dim|aug|sus|add|[mM0-9+#b()-])*(?:/[A-G][#b]?)?"')
_ROOT = re.compile(r'(?<=["/])([A-G])([#b]?)')
_ALTERATIONS = {"__": -2, "_": -1, "=": 0, "^": 1, "^^": 2}
_SIGNS = {alteration: sign for sign, alteration in _ALTERATIONS.items()}
_ROOTS = {-1: "b", 0: "", 1: "#"}
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
    key = _KEY.search(text)
    if not key or len(_ANY_KEY.findall(text)) != 1 or (mode := _mode(key[5])) is None:
        return []
    tonics = [tonic for tonic in TONICS[mode] if tonic != key[2] + key[3]]
    draw = sorted(tonics, key=lambda tonic: sha256(f"{seed} {tonic} {text}".encode()).digest())
    copies = (transpose(text, tonic) for tonic in draw)
    return list(islice((copy for copy in copies if copy is not None), count))


def transpose(text: str, tonic: str) -> str | None:
    """Returns a tune moved to the nearest `tonic`, a letter A-G without a sign.

    Args:
        text: A tune in ABC with one key field of a mode that `TONICS` has.
        tonic: For instance "D".

    Returns:
        The tune, or None where an accidental or a chord's root would need a sign that there is
        not, such as a triple sharp.
    """
    header, body = text[: (key := _KEY.search(text)).end()], text[key.end() :]
    mode = _mode(key[5])
    old = _signature(key[2], key[3], mode)
    new = _signature(tonic, "", mode)
    steps = (LETTERS.index(tonic) - LETTERS.index(key[2]) + 3) % 7 - 3
    targets = {letter: LETTERS[(i + steps) % 7] for i, letter in enumerate(LETTERS)}
    raised = {letter: new[targets[letter]] - old[letter] for letter in LETTERS}

    def note(found: re.Match) -> str:
        sign, letter, marks = found[1], found[2].upper(), found[3]
        octave = found[2].islower() + marks.count("'") - marks.count(",")
        octave += (LETTERS.index(letter) + steps) // 7
        marks = "'" * (octave - 1) if octave > 0 else "," * -octave
        sign = _SIGNS[_ALTERATIONS[sign] + raised[letter]] if sign else ""
        return sign + (targets[letter].lower() if octave > 0 else targets[letter]) + marks

    def root(found: re.Match) -> str:
        alteration = {"": 0, "#": 1, "b": -1}[found[2]]
        return targets[found[1]] + _ROOTS[alteration + raised[found[1]]]

    parts = _NOT_NOTES.split(body)
    try:
        parts[::2] = [_NOTE.sub(note, part) for part in parts[::2]]
        parts[1::2] = [
            _ROOT.sub(root, part) if _CHORD_NAME.fullmatch(part) else part for part in parts[1::2]
        ]
    except KeyError:  # of a sign
        return None
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

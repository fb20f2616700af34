r"""The notes of a tune without what players add: slurs, grace notes, ornaments, chord names.

A collection of 1850 writes them in nearly every bar, each in its own way, and a small model spends
its weights on them. What is composed holds notes, lengths and bars.
"""

import re

_GRACES = r"\{[^}\n]*\}"
_TEXTS = r'"[^"\n]*"'
_DECORATIONS = r"![^!|\n]*!|\+[a-z.>()]+\+"
_SLURS = r"\((?!\d)|\)"
# One letter is an ornament before a note, a chord or a rest, and a note or a field elsewhere.
_SIGNS = r"[~.HLMOPSTuv](?=[~.HLMOPSTuv]*[\^_=]*[A-Ga-gxz\[(])"
_ADDED = re.compile("|".join([_GRACES, _TEXTS, _DECORATIONS, _SLURS, _SIGNS]))
_LAST_BAR = re.compile(r"(?<![:|])(?<!\|\])\s*(?:\|[|\]]?)?\Z")
_FIELD = re.compile(r"[A-Za-z]:(?![|:])")
_INLINE_FIELD = re.compile(r"(\[[A-Za-z]:[^\]\n]*\])")


def plain(body: str) -> str:
    r"""Returns the lines of a tune's music without slurs, graces, ornaments and chord names.

    Args:
        body: Lines of music, with lines and inline fields that change meter, unit or key.

    Example:
        >>> plain('(G3-A) "Gm"(3Bcd {cd}e2 | ~f4 !trill!.g2)[M:3/4] | T^cu[EG]2\nM:6/8')
        'G3-A (3Bcd e2 | f4 g2[M:3/4] | ^c[EG]2\nM:6/8'
    """
    return "\n".join(
        line if _FIELD.match(line) else _plain_line(line).strip() for line in body.split("\n")
    )


def close(body: str) -> str:
    """Returns a tune's music with `|]` at its end, where it does not end with a repeat.

    Without it a last bar that a pick-up completes would be too short.

    Example:
        >>> close("D|G2B dBG|A2D D2|"), close("dBG|A2D D2:|")
        ('D|G2B dBG|A2D D2|]', 'dBG|A2D D2:|')
    """
    return _LAST_BAR.sub("|]", body)


def _plain_line(line):
    parts = _INLINE_FIELD.split(line)
    parts[::2] = [_ADDED.sub("", part) for part in parts[::2]]
    return re.sub(r"  +", " ", "".join(parts))

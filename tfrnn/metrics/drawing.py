"""What every picture needs: colours, words of any script as labels, a file written in one step."""

import os
import unicodedata
from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure

# Blue and vermilion look different to every eye (M. Okabe, K. Ito 2008, "Color universal design",
# https://jfly.uni-koeln.de/color/), and in grey too, by their brightness.
GOOD, BAD, GREY = "#0072B2", "#D55E00", "#777777"
DPI = 120
BOX = "□"  # in place of a character that no font here has
# DejaVu comes with matplotlib and has Latin, Greek, Cyrillic, Arabic, Hebrew and signs; for the
# others whichever of these is installed is asked, in this order.
FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "SimHei",
    "Malgun Gothic",
    "Arial Unicode MS",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Symbola",
)


def shown(text: str, longest: int = 28) -> str:
    r"""Returns `text` as a label that can be drawn in `families()`.

    White space becomes a blank, a control character or one that no font has becomes a box, what is
    longer is cut in its middle, and a dollar sign does not start a formula.

    >>> print(shown("$5\tplease\0"), shown("a very long name", longest=9), sep=", ")
    \$5 please□, a ve…name
    """
    if len(text) > longest:
        tail = (longest - 1) // 2
        text = f"{text[: longest - 1 - tail]}…{text[len(text) - tail :]}"
    signs = (" " if sign.isspace() else sign if _is_drawn(sign) else BOX for sign in text)
    return "".join(signs).replace("$", r"\$")


@cache
def families() -> list[str]:
    """Returns which of FONTS are installed."""
    installed = set(font_manager.get_font_names())
    return [name for name in FONTS if name in installed]


def save(figure: Figure, path: Path) -> None:
    """Writes a PNG in one step, so that no one ever finds half of it; one there is replaced.

    Raises:
        OSError: If the place cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        figure.savefig(temporary, format="png", dpi=DPI)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _is_drawn(sign):
    if unicodedata.category(sign).startswith("C"):
        return False
    return any(ord(sign) in _characters(name) for name in families())


@cache
def _characters(family):
    """The code points that a font has."""
    return frozenset(font_manager.get_font(font_manager.findfont(family)).get_charmap())

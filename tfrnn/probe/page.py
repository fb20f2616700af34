"""A text coloured by what one cell remembers."""

import html
from collections.abc import Iterable

import numpy as np

_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font-family: sans-serif; margin: 2em auto; max-width: 60em; background: #fff; color: #000 }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5 }}
</style></head><body><h1>{title}</h1>
<p>Blue: above 0, red: below 0, the stronger the further.</p>
"""
_BLUE, _RED = (5, 113, 176), (202, 0, 32)


def coloured(text: str, values: np.ndarray) -> str:
    r"""Returns the text as HTML, each character on the colour of its value.

    As in Karpathy, Johnson and Fei-Fei 2015, "Visualizing and Understanding Recurrent Networks",
    https://arxiv.org/abs/1506.02078, figure 2; there the value is tanh(c), here whatever comes.

    Args:
        text: Any characters; those with a meaning in HTML are escaped.
        values: (length,), in [-1, 1].

    >>> coloured("<", np.array([1.0]))
    '<span style="background:#0571b0">&lt;</span>'
    """
    return "".join(
        f'<span style="background:{_colour(value)}">{_shown(character)}</span>'
        for character, value in zip(text, values, strict=True)
    )


def _shown(character):
    # A newline has no width of its own to be coloured.
    return "↵\n" if character == "\n" else html.escape(character)


def _colour(value):
    """White at 0, blue at 1, red at -1."""
    strength, full = min(abs(float(value)), 1.0), _BLUE if value > 0 else _RED
    return "#" + "".join(f"{round(255 + strength * (c - 255)):02x}" for c in full)


def page(title: str, text: str, cells: Iterable[tuple[object, np.ndarray]]) -> str:
    """Returns one HTML page, which needs no other file, with the text once for each cell.

    Args:
        title: Of the page.
        text: As `coloured` takes it.
        cells: What the heading says and (length,) values in [-1, 1] of each cell.
    """
    parts = [
        f"<h2>{html.escape(str(heading))}</h2>\n<pre>{coloured(text, values)}</pre>\n"
        for heading, values in cells
    ]
    return _HEAD.format(title=html.escape(title)) + "".join(parts) + "</body></html>\n"

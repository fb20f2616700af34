"""Drawn scenes with captions: coloured shapes in places, for a captioner without data at hand.

Two shapes stand beside or above each other, the first named is the left or the upper one; a lone
shape stands in one of nine places. So each scene has one right caption, and where each shape is, is
known.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from tfrnn.data.shapes import COLOURS, SHAPES, Canvas

SIZE, CELL = 48, 16  # pixels of a side, of one of three by three places
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
_LONE = 0.3  # share of the scenes with one shape


class Scene(NamedTuple):
    """A drawn scene.

    pixels: (SIZE, SIZE, 3) uint8. caption: What it shows. boxes: word of the caption -> left, top,
    right, bottom in pixels, of the shape that the word names.
    """

    pixels: np.ndarray
    caption: str
    boxes: dict[int, tuple[int, int, int, int]]


def draw_scene(rng: Generator) -> Scene:
    """Draws a scene.

    >>> draw_scene(np.random.default_rng(1)).pixels.shape
    (48, 48, 3)
    """
    ground = rng.integers(200, 256, 3)
    canvas = Canvas(SIZE, tuple(int(c) for c in ground))
    if rng.random() < _LONE:
        row, column = (int(i) for i in rng.integers(0, 3, 2))
        name, box = _draw_shape(canvas, row, column, rng)
        words = f"a {name} at the {ROWS[row]} {COLUMNS[column]}"
        boxes = {2: box}
    else:
        beside = rng.random() < 0.5
        fixed = int(rng.integers(0, 3))
        one, two = sorted(int(i) for i in rng.choice(3, 2, replace=False))
        places = ((fixed, one), (fixed, two)) if beside else ((one, fixed), (two, fixed))
        (first, box), (second, other) = (_draw_shape(canvas, *place, rng) for place in places)
        how = "left of" if beside else "above"
        words = f"a {first} {how} a {second}"
        boxes = {2: box, len(words.split()) - 1: other}
    return Scene(canvas.pixels(rng), words, boxes)


def _draw_shape(canvas, row, column, rng):
    """Draws a shape in a place: its name, and the box around it in pixels of the scene."""
    colour = list(COLOURS)[rng.integers(len(COLOURS))]
    shape = SHAPES[rng.integers(len(SHAPES))]
    radius = rng.uniform(4.5, 7.0)
    room = CELL / 2 - radius
    x = column * CELL + CELL / 2 + rng.uniform(-room, room)
    y = row * CELL + CELL / 2 + rng.uniform(-room, room)
    return f"{colour} {shape}", canvas.draw(shape, colour, x, y, radius)


def draw_scenes(count: int, *, seed: int) -> list[Scene]:
    """Draws scenes; scene k depends on the seed and k alone."""
    return [draw_scene(np.random.default_rng([seed, k])) for k in range(count)]

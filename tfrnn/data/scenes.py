"""Drawn scenes with captions: coloured shapes in places, for a captioner without data at hand.

Two shapes stand beside or above each other, the first named is the left or the upper one; a lone
shape stands in one of nine places. So each scene has one right caption, and where each shape is, is
known.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

SIZE, CELL = 48, 16  # pixels of a side, of one of three by three places
COLOURS = {
    "red": (214, 48, 49),
    "green": (46, 160, 67),
    "blue": (45, 100, 220),
    "yellow": (241, 196, 15),
    "purple": (142, 68, 173),
    "orange": (235, 120, 20),
}
SHAPES = ("circle", "square", "triangle", "cross", "star")
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
_LONE = 0.3  # share of the scenes with one shape
_FINER = 4  # drawn so much larger, then made smaller, for smooth edges


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
    picture = Image.new("RGB", (SIZE * _FINER, SIZE * _FINER), tuple(int(c) for c in ground))
    pen = ImageDraw.Draw(picture)
    if rng.random() < _LONE:
        row, column = (int(i) for i in rng.integers(0, 3, 2))
        name, box = _draw_shape(pen, row, column, rng)
        words = f"a {name} at the {ROWS[row]} {COLUMNS[column]}"
        boxes = {2: box}
    else:
        beside = rng.random() < 0.5
        fixed = int(rng.integers(0, 3))
        one, two = sorted(int(i) for i in rng.choice(3, 2, replace=False))
        places = ((fixed, one), (fixed, two)) if beside else ((one, fixed), (two, fixed))
        (first, box), (second, other) = (_draw_shape(pen, *place, rng) for place in places)
        how = "left of" if beside else "above"
        words = f"a {first} {how} a {second}"
        boxes = {2: box, len(words.split()) - 1: other}
    small = picture.resize((SIZE, SIZE), Image.Resampling.BOX)
    noisy = np.asarray(small, np.float32) + rng.normal(0, 6, (SIZE, SIZE, 3))
    return Scene(np.clip(noisy, 0, 255).astype(np.uint8), words, boxes)


def _draw_shape(pen, row, column, rng):
    """Draws a shape in a place: its name, and the box around it in pixels of the scene."""
    colour = list(COLOURS)[rng.integers(len(COLOURS))]
    shape = SHAPES[rng.integers(len(SHAPES))]
    radius = rng.uniform(4.5, 7.0)
    room = CELL / 2 - radius
    x = column * CELL + CELL / 2 + rng.uniform(-room, room)
    y = row * CELL + CELL / 2 + rng.uniform(-room, room)
    ends = (
        [(x + radius * dx) * _FINER for dx in (-1, 1)],
        [(y + radius * dy) * _FINER for dy in (-1, 1)],
    )
    (left, right), (top, bottom) = ends
    fill = COLOURS[colour]
    if shape == "circle":
        pen.ellipse((left, top, right, bottom), fill)
    elif shape == "square":
        pen.rectangle((left, top, right, bottom), fill)
    else:
        points = _POINTS[shape]
        half, middle = radius * _FINER, (x * _FINER, y * _FINER)
        pen.polygon([(middle[0] + half * a, middle[1] + half * b) for a, b in points], fill)
    box = (int(left / _FINER), int(top / _FINER), int(right / _FINER) + 1, int(bottom / _FINER) + 1)
    return f"{colour} {shape}", box


def _star():
    angles = np.pi * (np.arange(10) / 5 - 0.5)
    reach = np.where(np.arange(10) % 2, 0.42, 1.0)
    return [(float(r * np.cos(a)), float(r * np.sin(a))) for a, r in zip(angles, reach)]


_ARM = 0.35
_POINTS = {
    "triangle": [(-1, 1), (1, 1), (0, -1)],
    "cross": [
        (-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM),
        (_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM),
    ],
    "star": _star(),
}  # fmt: skip


def draw_scenes(count: int, *, seed: int) -> list[Scene]:
    """Draws scenes; scene k depends on the seed and k alone."""
    return [draw_scene(np.random.default_rng([seed, k])) for k in range(count)]

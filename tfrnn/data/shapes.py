"""Coloured shapes with smooth edges, which scenes and clips are drawn from."""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

COLOURS = {
    "red": (214, 48, 49),
    "green": (46, 160, 67),
    "blue": (45, 100, 220),
    "yellow": (241, 196, 15),
    "purple": (142, 68, 173),
    "orange": (235, 120, 20),
}
SHAPES = ("circle", "square", "triangle", "cross", "star")
_FINER = 4  # drawn so much larger, then made smaller, for smooth edges
_NOISE = 6.0  # standard deviation of what is added to each value, of 255


class Canvas:
    """A square picture to draw shapes on.

    Args:
        size: Pixels of a side.
        ground: Red, green and blue of what is behind the shapes, 0 to 255.
    """

    def __init__(self, size: int, ground: tuple[int, int, int]):
        self.size = size
        self._picture = Image.new("RGB", (size * _FINER, size * _FINER), ground)
        self._pen = ImageDraw.Draw(self._picture)

    def draw(self, shape: str, colour: str, x: float, y: float, radius: float) -> tuple:
        """Draws a shape about a point, all in pixels.

        Returns:
            left, top, right, bottom of the box around it, ints.
        """
        half, middle = radius * _FINER, (x * _FINER, y * _FINER)
        left, right, top, bottom = (at + side * half for at in middle for side in (-1, 1))
        fill = COLOURS[colour]
        if shape == "circle":
            self._pen.ellipse((left, top, right, bottom), fill)
        elif shape == "square":
            self._pen.rectangle((left, top, right, bottom), fill)
        else:
            points = [(middle[0] + half * a, middle[1] + half * b) for a, b in _POINTS[shape]]
            self._pen.polygon(points, fill)
        ends = (int(end / _FINER) for end in (left, top, right, bottom))
        return tuple(end + (place > 1) for place, end in enumerate(ends))

    def pixels(self, rng: Generator) -> np.ndarray:
        """Returns (size, size, 3) uint8 with a little noise."""
        small = self._picture.resize((self.size, self.size), Image.Resampling.BOX)
        noisy = np.asarray(small, np.float32) + rng.normal(0, _NOISE, (self.size, self.size, 3))
        return np.clip(noisy, 0, 255).astype(np.uint8)


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

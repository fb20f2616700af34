"""Drawn clips: a coloured shape that moves, and what it does from each frame to the next.

One frame shows a shape in a place and no more; what it does, only its neighbours tell. So a model
that looks at each frame by itself can do little better than guess.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from tfrnn.data.shapes import COLOURS, SHAPES, Canvas

SIZE = 32  # pixels of a side
MOVES = {  # change of x, y and radius, as shares of a speed
    "still": (0, 0, 0),
    "left": (-1, 0, 0),
    "right": (1, 0, 0),
    "up": (0, -1, 0),
    "down": (0, 1, 0),
    "grows": (0, 0, 0.5),
    "shrinks": (0, 0, -0.5),
}
_FRAMES = (12, 25)  # of a clip, the last excluded
_LASTS = (3, 8)  # frames that a move lasts, likewise
_SPEED = (1.5, 3.0)  # pixels a frame
_RADIUS = (3.0, 10.0)


class Clip(NamedTuple):
    """A clip and what each of its frames is labelled.

    name: Where it comes from. frames: (frames, height, width, 3) uint8. labels: One a frame.
    """

    name: str
    frames: np.ndarray
    labels: tuple[str, ...]


def draw_clip(rng: Generator, name: str = "drawn") -> Clip:
    """Draws a clip; the label of a frame is the move to the next one, of the last the move there.

    >>> clip = draw_clip(np.random.default_rng(1))
    >>> clip.frames.shape[1:], len(clip.frames) == len(clip.labels)
    ((32, 32, 3), True)
    """
    count = int(rng.integers(*_FRAMES))
    ground = tuple(int(value) for value in rng.integers(200, 256, 3))
    shape, colour = SHAPES[rng.integers(len(SHAPES))], list(COLOURS)[rng.integers(len(COLOURS))]
    radius = rng.uniform(4.0, 7.0)
    place = np.array([*rng.uniform(radius, SIZE - radius, 2), radius])
    places, labels = [place], []
    while len(labels) < count - 1:
        move, change = _choose(rng, places[-1])
        for _ in range(min(int(rng.integers(*_LASTS)), count - 1 - len(labels))):
            if not _fits(places[-1] + change):
                break
            places.append(places[-1] + change)
            labels.append(move)
    frames = []
    for x, y, radius in places:
        canvas = Canvas(SIZE, ground)
        canvas.draw(shape, colour, x, y, radius)
        frames.append(canvas.pixels(rng))
    return Clip(name, np.stack(frames), (*labels, labels[-1]))


def _choose(rng, place):
    """Draws a move for which there is room for a frame at least, and its change a frame."""
    speed = rng.uniform(*_SPEED)
    changes = {move: speed * np.array(change) for move, change in MOVES.items()}
    able = [move for move, change in changes.items() if _fits(place + change)]
    move = able[rng.integers(len(able))]
    return move, changes[move]


def _fits(place):
    x, y, radius = place
    inside = radius <= min(x, y) and max(x, y) <= SIZE - radius
    return inside and _RADIUS[0] <= radius <= _RADIUS[1]


def draw_clips(count: int, *, seed: int) -> list[Clip]:
    """Draws clips; clip k depends on the seed and k alone."""
    return [draw_clip(np.random.default_rng([seed, k]), f"clip {k}") for k in range(count)]

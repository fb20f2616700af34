"""In what unit a loss is shown; readable without TensorFlow."""

import math
from typing import NamedTuple


class Axis(NamedTuple):
    """A unit, as it stands beside an axis, and how many of it one of the loss is."""

    label: str
    scale: float


BITS = Axis("bits a character", 1 / math.log(2))

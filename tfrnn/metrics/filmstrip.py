"""The frames of a clip in rows, with what each was labelled."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tfrnn.metrics.drawing import BAD, families, save, shown

_COLUMNS, _SIDE = 8, 1.3  # frames in a row, inches of each


def draw_filmstrip(
    path: Path,
    frames: np.ndarray,
    labels: Sequence[str],
    confidence: Sequence[float],
    *,
    truth: Sequence[str] | None = None,
) -> None:
    """Draws each frame with its number above, label and confidence below.

    Args:
        path: A .png file.
        frames: (frames, height, width, 3) uint8.
        labels: One a frame.
        confidence: The probability of each.
        truth: The right labels, where they are known; a wrong one is red, the right one beside it.

    Raises:
        OSError: If the place cannot be written.
    """
    rows = -(-len(frames) // _COLUMNS)
    columns = min(len(frames), _COLUMNS)
    figure = Figure(figsize=(columns * _SIDE, rows * (_SIDE + 0.45)), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.axis("off")
    for number, (ax, frame, label, share) in enumerate(zip(axes, frames, labels, confidence)):
        ax.imshow(frame)
        ax.set_title(str(number + 1), fontsize=7, color="0.5")
        right = truth is None or truth[number] == label
        text = f"{shown(label)}\n{share:.0%}" + ("" if right else f", is {shown(truth[number])}")
        colour = "black" if right else BAD
        options = {"family": families(), "fontsize": 8, "color": colour, "ha": "center"}
        ax.text(0.5, -0.04, text, transform=ax.transAxes, va="top", **options)
    save(figure, path)

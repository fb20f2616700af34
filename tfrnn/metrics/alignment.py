"""A picture of where a model looked at its source while it wrote."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tfrnn.metrics.drawing import families, save, shown

_CELL = 0.32  # inches


def draw_alignment(
    path: Path, weights: np.ndarray, source: Sequence[str], target: Sequence[str]
) -> None:
    """Draws a row for each word that was written and a column for each that was read.

    Args:
        path: A .png file.
        weights: (target, source), each row the shares of the attention; the darker, the more.
        source: The words that were read, in signs that a font may lack.
        target: Those that were written.

    Raises:
        ValueError: If there are not as many weights as words.
        OSError: If the place cannot be written.
    """
    if weights.shape != (len(target), len(source)):
        raise ValueError(
            f"draw_alignment needs weights ({len(target)}, {len(source)}), got {weights.shape}."
        )
    size = (2.2 + _CELL * max(len(source), 4), 1.8 + _CELL * max(len(target), 4))
    figure = Figure(figsize=size, layout="constrained")
    ax = figure.subplots()
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    font = {"family": families(), "fontsize": 9}
    turned = {"rotation": 60, "ha": "left", "rotation_mode": "anchor"}
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(source)), [shown(piece) for piece in source], **font, **turned)
    ax.set_yticks(range(len(target)), [shown(piece) for piece in target], **font)
    ax.set_xticks(np.arange(len(source) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(target) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="0.9", linewidth=0.6)
    ax.tick_params(which="both", length=0)
    ax.xaxis.set_label_position("top")
    ax.set(xlabel="read", ylabel="written")
    save(figure, path)

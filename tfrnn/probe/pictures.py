"""Pictures of gradients and gates."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure

from tfrnn.probe.gradients import Decay

DPI = 80
_LEAST = 1e-12  # the lowest norm that is drawn: below it a gradient is lost in float32's rounding
_FONT = "DejaVu Sans Mono"  # comes with matplotlib
_SIGNS = {"\n": "↵", "\t": "→", " ": "␣"}


def draw_gradients(path: Path, panels: Mapping[str, Mapping[str, Decay]]) -> None:
    """Draws norms by distance, one panel beside the other: a line is a median, a band its spread.

    Args:
        path: A .png file, written over.
        panels: Title -> curves by name.
    """
    figure = Figure(figsize=(4.5 * len(panels), 3.6), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for ax, (title, curves) in zip(axes, panels.items()):
        for name, decay in curves.items():
            distance = np.arange(len(decay.median))
            (line,) = ax.plot(distance, decay.median, linewidth=1.2, label=name)
            band = {"alpha": 0.15, "color": line.get_color(), "linewidth": 0}
            ax.fill_between(distance, decay.low, decay.high, **band)
        ax.set(title=title, xlabel="distance in time, steps", yscale="log")
        ax.grid(alpha=0.3)
        ax.legend(fontsize="small")
    lowest, highest = axes[0].get_ylim()
    axes[0].set_ylim(max(lowest, _LEAST), highest)
    axes[0].set_ylabel("gradient norm, relative")
    figure.savefig(path, dpi=DPI)


def draw_gates(
    path: Path, text: str, values: Mapping[str, np.ndarray], names: Sequence[str]
) -> None:
    """Draws heat maps, one below the other: characters along x, units along y.

    Args:
        path: A .png file, written over.
        text: (length,) characters.
        values: What `tfrnn.probe.gates.activations` gives, (length, units) each. A gate is drawn
            from 0 to 1, c as tanh(c), so that one cell that counts far does not outshine the rest.
        names: (units,), of the rows.
    """
    width, height = 1.6 + 0.11 * max(40, len(text)), 0.35 + 0.16 * len(names)
    figure = Figure(figsize=(width, 0.5 + height * len(values)), layout="constrained")
    axes = figure.subplots(len(values), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (letter, value) in zip(axes, values.items()):
        image = _heat_map(ax, letter, value.T)
        figure.colorbar(image, ax=ax, pad=0.01)
        ax.set_yticks(range(len(names)), names, fontsize=7)
    axes[-1].set_xticks(range(len(text)), _signs(text), fontsize=7, family=_FONT)
    figure.savefig(path, dpi=DPI)


def _heat_map(ax, letter, value):
    label, value = ("tanh c", np.tanh(value)) if letter == "c" else (letter, value)
    # Only ReLU units leave [-1, 1].
    most = max(1.0, float(np.abs(value).max()))
    signed = {"cmap": "RdBu", "vmin": -most, "vmax": most}
    scale = signed if letter in "ch" else {"cmap": "viridis", "vmin": 0, "vmax": 1}
    ax.set_ylabel(label, weight="bold")
    return ax.imshow(value, aspect="auto", interpolation="nearest", **scale)


def _signs(text):
    """The characters as labels; a box for those that the font of the picture has not."""
    font = font_manager.get_font(font_manager.findfont(_FONT))
    signs = [_SIGNS.get(character, character) for character in text]
    return [sign if font.get_char_index(ord(sign)) else "□" for sign in signs]

"""Where a captioner looked at a picture before it wrote each word."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from tfrnn.metrics.drawing import families, save, shown

_COLUMNS, _SIDE = 5, 2.0  # pictures in a row, inches of each
_PAGE_SIDE = 224  # pixels of a picture of the page
_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>
body {{ font-family: sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em;
  color-scheme: light dark }}
figure {{ display: inline-block; margin: 0 .6em 1em 0 }}
figcaption {{ text-align: center }}
</style></head><body><h1>{title}</h1>
<p>The brighter a place, the more the model looked at it before it wrote the word.</p>
"""


def overlaid(pixels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns a picture that is dark where a model did not look.

    Args:
        pixels: (height, width, 3) uint8.
        weights: (places high, places wide), 0 or more; the largest is shown as it is.

    >>> overlaid(np.full([4, 4, 3], 200, np.uint8), np.array([[1.0, 0.0]])).max()
    np.uint8(200)
    """
    height, width = pixels.shape[:2]
    share = np.asarray(weights, np.float32) / max(float(np.max(weights)), 1e-9)
    heat = Image.fromarray(share).resize((width, height), Image.Resampling.BICUBIC)
    light = 0.15 + 0.85 * np.clip(np.asarray(heat), 0, 1)
    return np.round(pixels * light[..., None]).astype(np.uint8)


def draw_gaze(path: Path, pixels: np.ndarray, words: Sequence[str], weights: np.ndarray) -> None:
    """Draws the picture, then one copy a word, bright where the model looked.

    Args:
        path: A .png file.
        pixels: (height, width, 3) uint8.
        words: Of the caption.
        weights: (words, places high, places wide).

    Raises:
        OSError: If the place cannot be written.
    """
    rows = -(-(len(words) + 1) // _COLUMNS)
    columns = min(len(words) + 1, _COLUMNS)
    figure = Figure(figsize=(columns * _SIDE, rows * (_SIDE + 0.3)), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    pictures = [pixels, *(overlaid(pixels, each) for each in weights)]
    for ax, picture, word in zip(axes, pictures, ("", *words)):
        ax.imshow(picture)
        ax.set_title(shown(word), family=families(), fontsize=10)
    for ax in axes:
        ax.axis("off")
    save(figure, path)


def gaze_page(title: str, pixels: np.ndarray, words: Sequence[str], weights: np.ndarray) -> str:
    """Returns one HTML page, which needs no other file, with what `draw_gaze` draws."""
    shrunk = np.asarray(Image.fromarray(pixels).resize((_PAGE_SIDE, _PAGE_SIDE)))
    parts = [_figure(shrunk, "the picture")]
    parts += [_figure(overlaid(shrunk, each), word) for each, word in zip(weights, words)]
    return _HEAD.format(title=html.escape(title)) + "\n".join(parts) + "\n</body></html>\n"


def _figure(pixels, word) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    data, word = base64.b64encode(stream.getvalue()).decode(), html.escape(word)
    picture = f'<img src="data:image/png;base64,{data}" alt="where the model looked: {word}">'
    return f"<figure>{picture}<figcaption>{word}</figcaption></figure>"

"""Outputs whose rows are padded to the longest of a batch, and how that is taken away again.

A request that ran together with longer ones would have wider outputs than alone. So axes that are
padded are known here by name, and cut back to what the request's own rows fill.
"""

from collections.abc import Collection, Mapping

import numpy as np

# The axes after the first of outputs that are padded; a name in brackets is of fixed length. The
# length of an axis is how far the strings go that `_TELLS` names, which are "" in the padding.
_TAGS = {"words": ("words",), "tags": ("words",), "probabilities": ("words",)}
_LABELLED_TAGS = _TAGS | {"label": (), "label_probability": ()}
_TRANSLATION = {
    "text": ("(nbest)",),
    "scores": ("(nbest)",),
    "ended": ("(nbest)",),
    "source": ("source",),
    "pieces": ("(nbest)", "steps"),
    "weights": ("(nbest)", "steps", "source"),
}
_CAPTION = {
    "text": ("(nbest)",),
    "scores": ("(nbest)",),
    "ended": ("(nbest)",),
    "grid": ("(2)",),
    "pieces": ("(nbest)", "steps"),
    "weights": ("(nbest)", "steps", "(places)"),
}
_KNOWN = (_TAGS, _LABELLED_TAGS, _TRANSLATION, _CAPTION)
_TELLS = {"words": "words", "source": "source", "steps": "pieces"}

Axes = Mapping[str, tuple[str, ...]]


def axes_of(outputs: Collection[str]) -> Axes:
    """Returns the axes of outputs with these names, or nothing where their padding is not known."""
    return next((known for known in _KNOWN if set(known) == set(outputs)), {})


def cut(outputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns a request's outputs without padding that none of its own rows needs.

    Args:
        outputs: By name, each with the rows of one request.
    """
    axes = axes_of(outputs)
    lengths = {name: _length(outputs[_TELLS[name]]) for name in _named(axes)}
    return {
        name: value[(slice(None), *(slice(lengths.get(axis)) for axis in axes.get(name, ())))]
        for name, value in outputs.items()
    }


def _named(axes: Axes) -> set[str]:
    return {axis for names in axes.values() for axis in names if axis in _TELLS}


def _length(strings: np.ndarray) -> int:
    """How far along the last axis there is a string that is not empty."""
    filled = (strings != b"").any(axis=tuple(range(strings.ndim - 1)))
    return int(np.max(np.flatnonzero(filled), initial=-1)) + 1

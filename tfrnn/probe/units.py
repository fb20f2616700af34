"""Which of hundreds of units are worth looking at."""

from typing import NamedTuple

import numpy as np

LEAST = 0.5  # of a correlation; weaker ones are common by chance among hundreds of units (ours)


class Pick(NamedTuple):
    """A unit worth looking at.

    unit: its number, from 0. feature: the property of the text that it follows, or "" where it
    follows none or was picked for its variance. correlation: Pearson's, with it; NaN without.
    """

    unit: int
    feature: str
    correlation: float

    def __str__(self):
        follows = f": {self.feature} ({self.correlation:.2f})" if self.feature else ""
        return f"unit {self.unit}{follows}"

    def row(self) -> tuple[str, str, str]:
        """Returns unit, feature and correlation for a table, "-" for what there is not."""
        return str(self.unit), self.feature or "-", f"{self.correlation:.2f}".replace("nan", "-")


def features(text: str) -> dict[str, np.ndarray]:
    r"""Returns properties of each character of a text that a unit might follow.

    Those of Karpathy, Johnson and Fei-Fei 2015, "Visualizing and Understanding Recurrent
    Networks", https://arxiv.org/abs/1506.02078, figure 2 (the place in a line, quotes, depth), and
    the place in a bar of music. What never changes within the text is left out.

    Returns:
        (length,) float64 each, of the text up to the character, itself included.

    >>> features("a|bc\nd")["place in the line"].tolist()
    [1.0, 2.0, 3.0, 4.0, 0.0, 1.0]
    """
    found = {
        "place in the text": np.arange(len(text), dtype=float),
        "place in the line": _since(text, "\n"),
        "place in the word": _since(text, " \t\n"),
        "inside quotes": _running(text, '"') % 2,
        "depth of brackets": _running(text, "([{") - _running(text, ")]}"),
    }
    if "|" in text:
        found["place in the bar"] = _since(text, "|\n")
    return {name: values for name, values in found.items() if np.ptp(values) > 0}


def _running(text, characters):
    return np.cumsum([character in characters for character in text]).astype(float)


def _since(text, characters):
    """How many characters ago one of `characters` came; before the first, since one at -1."""
    place = np.arange(len(text))
    found = np.where([character in characters for character in text], place, -1)
    return (place - np.maximum.accumulate(found)).astype(float)


def choose(values: np.ndarray, follows: dict[str, np.ndarray], count: int) -> list[Pick]:
    """Picks the units that follow a feature best, one a feature, then those that vary most.

    Args:
        values: (time, units).
        follows: (time,) each, as `features` gives.
        count: How many, at most.

    Returns:
        Distinct units, those with a feature first, the strongest correlation before others.

    Example:
    >>> values = np.array([[0, 0, 9], [1, 0, -9], [2, 1, 9], [3, 0, -9]])
    >>> [(pick.unit, pick.feature) for pick in choose(values, {"place": np.arange(4)}, 2)]
    [(0, 'place'), (2, '')]
    """
    best = {}
    for name, feature in follows.items():
        found = correlations(values, feature)
        unit = int(np.argmax(np.abs(found)))
        pick = Pick(unit, name, float(found[unit]))
        if abs(pick.correlation) >= max(LEAST, abs(best.get(unit, pick).correlation)):
            best[unit] = pick
    picks = sorted(best.values(), key=lambda pick: -abs(pick.correlation))
    most = np.argsort(-values.var(axis=0), kind="stable")
    picks += [Pick(int(unit), "", float("nan")) for unit in most if unit not in best]
    return picks[:count]


def describe(values: np.ndarray, follows: dict[str, np.ndarray], unit: int) -> Pick:
    """Returns a unit with the feature that it follows best, however weakly.

    Args:
        values: (time, units).
        follows: (time,) each, as `features` gives.
        unit: Its number.
    """
    found = {
        name: float(correlations(values[:, [unit]], feature)[0])
        for name, feature in follows.items()
    }
    best = max(found, key=lambda name: abs(found[name]), default="")
    return Pick(unit, best, found.get(best, float("nan")))


def correlations(values: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Returns Pearson's correlation of each unit with a feature, 0 where a unit never changes.

    Args:
        values: (time, units).
        feature: (time,), not constant.
    """
    values, feature = values - values.mean(axis=0), feature - feature.mean()
    scale = np.sqrt(np.square(values).sum(axis=0) * np.square(feature).sum())
    return np.divide(feature @ values, scale, out=np.zeros(values.shape[1]), where=scale > 0)

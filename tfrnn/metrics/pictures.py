"""Pictures of what a classifier does: confusions, calibration, rejection, attention.

Each function writes one PNG in one step, replacing one that is there, and touches no global state
of matplotlib. Names and words may be of any script.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import colors, ticker
from matplotlib.figure import Figure

from tfrnn.metrics.calibration import Reliability
from tfrnn.metrics.classification import most_confused
from tfrnn.metrics.drawing import BAD, GOOD, GREY, families, save, shown
from tfrnn.metrics.out_of_scope import at_threshold
from tfrnn.metrics.roc import auroc, roc

_SMALL = 8  # points, of what is written inside


def draw_confusions(path: Path, matrix: np.ndarray, names: Sequence[str], most: int = 20) -> None:
    """Draws which labels are taken for which; of many labels those that are confused most.

    The numbers are counts. Blue is right, orange wrong, and the darker, the larger the share of
    the row. The last column sums up the predictions that are not among those drawn.

    Args:
        path: A .png file.
        matrix: (classes, classes) int, rows true, columns predicted.
        names: (classes,), of the labels.
        most: Of more labels than that, so many are drawn.
    """
    chosen = _most_confused_labels(matrix, most)
    cells = matrix[np.ix_(chosen, chosen)]
    columns = [shown(names[label]) for label in chosen]
    if len(chosen) < len(matrix):
        cells = np.column_stack([cells, matrix[chosen].sum(1) - cells.sum(1)])
        columns.append(f"{len(matrix) - len(chosen)} others")
    rows = [f"{shown(names[label])}  ({matrix[label].sum():,})" for label in chosen]
    size = (3.4 + 0.36 * len(columns), 2.8 + 0.3 * len(rows))
    figure = Figure(figsize=(max(size[0], 5.2), size[1]), layout="constrained")
    ax = figure.subplots()
    _colour_cells(ax, cells)
    font = {"family": families(), "fontsize": _SMALL}
    turned = {"rotation": 55, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(columns)), columns, **font, **turned)
    ax.set_yticks(range(len(rows)), rows, **font)
    ax.set(xlabel="predicted label", ylabel="true label (how many)")
    ax.tick_params(length=0)
    of = "" if len(chosen) == len(matrix) else f", the {len(chosen)} most confused drawn"
    total, right = matrix.sum(), np.trace(matrix)
    figure.suptitle(
        f"{right:,} of {total:,} right ({100 * right / max(total, 1):.1f}%)\n"
        f"{len(matrix)} labels{of}",
        fontsize=10,
    )
    save(figure, path)


def draw_reliability(path: Path, tables: Mapping[str, Reliability]) -> None:
    """Draws how often predictions of a confidence are right, and how many there are of it.

    A whisker is the 95% interval of an accuracy that so few predictions allow (E. B. Wilson 1927,
    https://doi.org/10.1080/01621459.1927.10502953).

    Args:
        path: A .png file.
        tables: Title -> what is drawn below it; several, such as before and after a temperature,
            stand beside each other.
    """
    figure = Figure(figsize=(4.2 * len(tables) + 0.4, 5.2), layout="constrained")
    grid = {"sharex": True, "sharey": "row", "squeeze": False, "height_ratios": (3, 1)}
    axes = figure.subplots(2, len(tables), **grid)
    for (title, table), (top, bottom) in zip(tables.items(), axes.T):
        middles, filled = (table.edges[:-1] + table.edges[1:]) / 2, table.counts > 0
        width = np.diff(table.edges) * 0.92
        top.bar(middles[filled], table.accuracy[filled], width[filled], color=GOOD, alpha=0.75)
        low, high = _wilson(table.accuracy[filled], table.counts[filled])
        top.vlines(middles[filled], low, high, color="black", linewidth=0.8)
        top.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="calibrated")
        top.plot(
            table.confidence[filled],
            table.accuracy[filled],
            color=BAD,
            marker="o",
            markersize=4,
            linewidth=1,
            label="mean confidence, accuracy",
        )
        top.set_title(f"{title}\ncalibration error {table.error:.3f}", fontsize=10)
        top.legend(fontsize=_SMALL, loc="upper left", frameon=False)
        bottom.bar(middles, table.counts, width, color=GREY)
        bottom.set(xlabel="confidence", xlim=(0, 1), yscale="log")
        bottom.set_ylim(0.7, 2 * max(1, table.counts.max()))
        for ax in (top, bottom):
            _lighten(ax)
    axes[0, 0].set(ylabel="accuracy", ylim=(0, 1.02))
    axes[1, 0].set(ylabel="predictions")
    axes[1, 0].yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    save(figure, path)


def draw_rejection(
    path: Path,
    confidence: Sequence[float],
    outside: Sequence[bool],
    threshold: float | None = None,
) -> None:
    """Draws how sure a classifier is of texts in and out of scope, and the ROC curve.

    Args:
        path: A .png file.
        confidence: (texts,) float.
        outside: (texts,) bool, whether each is out of scope.
        threshold: What is below it is rejected.

    Raises:
        ValueError: If one of the two kinds of texts is missing.
    """
    confidence, outside = np.asarray(confidence, np.float64), np.asarray(outside, bool)
    area, curve = auroc(-confidence, outside), roc(-confidence, outside)
    figure = Figure(figsize=(9.2, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    bins = np.histogram_bin_edges(confidence, 40)
    for kind, name, colour in ((~outside, "in scope", GOOD), (outside, "out of scope", BAD)):
        weights = np.full(kind.sum(), 1 / kind.sum())
        style = {"color": colour, "alpha": 0.55, "label": f"{name} ({kind.sum():,} texts)"}
        left.hist(confidence[kind], bins, weights=weights, **style)
    left.set(title="Confidence", xlabel="confidence", ylabel="share of the texts of a kind")
    left.yaxis.set_major_formatter(ticker.PercentFormatter(1, decimals=0))
    right.plot(curve.false_alarms, curve.hits, color=GOOD, label=f"area {area:.3f}")
    right.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="chance 0.5")
    right.set(title="Rejection at every threshold", xlim=(-0.01, 1), ylim=(0, 1.01))
    right.set(xlabel="in-scope texts rejected", ylabel="out-of-scope texts rejected")
    for axis in (right.xaxis, right.yaxis):
        axis.set_major_formatter(ticker.PercentFormatter(1, decimals=0))
    if threshold is not None:
        found = at_threshold(confidence, ~outside, outside, threshold)
        rejected = f"below {threshold:.3g}: rejected"
        left.axvline(threshold, color="black", linestyle=":", linewidth=1.2, label=rejected)
        label = f"at {threshold:.3g}: {found.recall:.1%} for {1 - found.coverage:.1%}"
        right.plot([1 - found.coverage], [found.recall], "o", color="black", label=label)
    left.legend(fontsize=_SMALL, frameon=False)
    right.legend(fontsize=_SMALL, frameon=False, loc="lower right")
    for ax in (left, right):
        _lighten(ax)
    save(figure, path)


def draw_attention(
    path: Path, words: Sequence[str], weights: Sequence[float], title: str = "", most: int = 40
) -> None:
    """Draws how much each word of one text counted, from its first word down to its last.

    Args:
        path: A .png file.
        words: (words,); there may be none.
        weights: (words,) float, at least 0, such as those of attention pooling.
        title: Above it, such as the label that was found.
        most: Of a longer text so many words are drawn, those that count most, in their order.

    Raises:
        ValueError: If there is not one weight for each word.
    """
    weights = np.asarray(weights, np.float64)
    if weights.shape != (len(words),):
        raise ValueError(f"Attention needs {len(words)} weights, one a word, got {weights.shape}.")
    kept = np.sort(np.argsort(-weights, kind="stable")[:most])
    left_out = f"the {most} of {len(words):,} words that count most" if len(words) > most else ""
    figure = Figure(figsize=(6.4, 1.3 + 0.24 * max(1, len(kept))), layout="constrained")
    ax = figure.subplots()
    highest = weights.max(initial=0) or 1.0
    shades = [(*colors.to_rgb(GOOD), 0.3 + 0.7 * weights[i] / highest) for i in kept]
    bars = ax.barh(range(len(kept)), weights[kept], color=shades, height=0.78)
    ax.bar_label(bars, [f"{weights[i]:.1%}" for i in kept], padding=3, fontsize=_SMALL)
    labels = [shown(words[i]) for i in kept]
    ax.set_yticks(range(len(kept)), labels, family=families(), fontsize=9)
    ax.set(xlim=(0, 1.14 * highest), ylim=(max(1, len(kept)) - 0.4, -0.6))
    ax.set_xlabel("weight" if len(kept) else "no words", fontsize=_SMALL)
    heading = [shown(title, longest=70), left_out]
    ax.set_title("\n".join(filter(None, heading)), family=families(), fontsize=10, loc="left")
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=_SMALL)
    ax.xaxis.set_major_formatter(ticker.PercentFormatter(1, decimals=0))
    _lighten(ax)
    ax.grid(visible=False, axis="y")
    save(figure, path)


def _most_confused_labels(matrix, most):
    """Returns ids: all when they are few, otherwise both ends of the most frequent mistakes."""
    if len(matrix) <= most:
        return list(range(len(matrix)))
    pairs = most_confused(matrix, most=len(matrix) ** 2)
    found = dict.fromkeys(end for pair in pairs for end in (pair.label, pair.prediction))
    return [*found, *(label for label in range(len(matrix)) if label not in found)][:most]


def _colour_cells(ax, cells):
    """Draws rows of counts: the diagonal in blues, the rest in oranges, by share of the row."""
    shares = cells / np.maximum(cells.sum(1, keepdims=True), 1)
    right = np.eye(*cells.shape, dtype=bool)
    worst = max(shares[~right].max(initial=0), 1e-9)
    for cmap, kept, highest in (("Blues", right, 1.0), ("Oranges", ~right, worst)):
        values = np.ma.masked_where(~kept | (cells == 0), shares)
        ax.imshow(values, cmap=cmap, vmin=-0.15 * highest, vmax=1.15 * highest, aspect="auto")
    for row, column in np.argwhere(cells):
        scale = 1.0 if row == column else worst
        dark = shares[row, column] / scale > 0.6
        style = {"color": "white" if dark else "black", "fontsize": _SMALL}
        ax.text(column, row, f"{cells[row, column]:,}", ha="center", va="center", **style)
    ax.set_xticks(np.arange(cells.shape[1] + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(cells.shape[0] + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="#dddddd", linewidth=0.6)
    ax.tick_params(which="minor", length=0)
    for spine in ax.spines.values():
        spine.set_color("#bbbbbb")


def _wilson(shares, counts):
    """Returns the ends of the 95% intervals of shares of so many."""
    z = 1.96
    middle = (shares + z**2 / (2 * counts)) / (1 + z**2 / counts)
    half = z * np.sqrt(shares * (1 - shares) / counts + z**2 / (4 * counts**2))
    half = half / (1 + z**2 / counts)
    return middle - half, middle + half


def _lighten(ax):
    """Takes away the frame and puts a faint grid behind what is drawn."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)
    ax.set_axisbelow(True)

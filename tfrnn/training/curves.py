"""The picture of a run: what metrics.jsonl holds, drawn."""

import json
from pathlib import Path

from tfrnn.training.axes import BITS, Axis
from tfrnn.training.run import METRICS


def draw(folder: Path, loss: Axis = BITS, valid: Axis = BITS) -> Path | None:
    """Draws `folder`/curves.png: loss, held-out figure and gradient norm by step.

    Args:
        folder: Of the run.
        loss: The unit of the training loss.
        valid: That of the held-out figure; in another unit it has a panel of its own.

    Returns:
        The picture's path, or None when the run has no step yet.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    path = folder / METRICS
    if not path.exists():
        return None
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    records = [r for r in records if r["loss"] is not None]
    if not records:
        return None
    panels = 2 + (loss != valid)
    figure, axes = pyplot.subplots(
        panels, 1, sharex=True, figsize=(8, 3 + 1.5 * panels),
        height_ratios=(3, *[2] * (panels - 2), 1), layout="constrained",
    )  # fmt: skip
    steps = [r["step"] for r in records]
    losses = [r["loss"] * loss.scale for r in records]
    axes[0].plot(steps, losses, linewidth=0.6, alpha=0.6, label="training batch")
    axes[0].set(ylabel=loss.label)
    _draw_held_out(axes[panels - 2], records, valid)
    for axis in axes[:-1]:
        if axis.has_data():
            axis.legend()
    norms = [r["grad_norm"] for r in records]
    axes[-1].plot(steps, norms, linewidth=0.6, color="gray")
    axes[-1].set(ylabel="gradient norm", xlabel="step", yscale="log")
    figure.savefig(folder / "curves.png", dpi=120)
    pyplot.close(figure)
    return folder / "curves.png"


def _draw_held_out(axis, records, unit: Axis) -> None:
    """Draws what validation came to, and marks the best of it."""
    axis.set(ylabel=unit.label)
    held = [
        (r["step"], r["valid_loss"] * unit.scale)
        for r in records
        if r.get("valid_loss") is not None
    ]
    if not held:
        return
    best = min(held, key=lambda point: point[1])
    axis.plot(*zip(*held), marker="o", markersize=3, color="tab:orange", label="held-out")
    axis.axhline(best[1], linestyle=":", color="gray", linewidth=0.8)
    axis.annotate(
        f"best {best[1]:.3f} at step {best[0]:,}",
        best,
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
    )

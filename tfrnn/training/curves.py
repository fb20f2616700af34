"""The picture of a run: what metrics.jsonl holds, drawn."""

import json
import math
from pathlib import Path

from tfrnn.training.run import METRICS


def draw(folder: Path) -> Path | None:
    """Draws `folder`/curves.png: loss, held-out loss and gradient norm by step.

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
    steps = [r["step"] for r in records if r["loss"] is not None]
    if not steps:
        return None
    figure, (top, bottom) = pyplot.subplots(
        2, 1, sharex=True, figsize=(8, 6), height_ratios=(3, 1), layout="constrained"
    )
    losses = [r["loss"] / math.log(2) for r in records if r["loss"] is not None]
    top.plot(steps, losses, linewidth=0.6, alpha=0.6, label="training batch")
    held = [
        (r["step"], r["valid_loss"] / math.log(2))
        for r in records
        if r.get("valid_loss") is not None
    ]
    if held:
        best = min(held, key=lambda point: point[1])
        top.plot(*zip(*held), marker="o", markersize=3, label="held-out")
        top.axhline(best[1], linestyle=":", color="gray", linewidth=0.8)
        top.annotate(
            f"best {best[1]:.3f} at step {best[0]:,}",
            best,
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
        )
    top.set(ylabel="bits a character")
    top.legend()
    norms = [r["grad_norm"] for r in records if r["loss"] is not None]
    bottom.plot(steps, norms, linewidth=0.6, color="gray")
    bottom.set(ylabel="gradient norm", xlabel="step", yscale="log")
    figure.savefig(folder / "curves.png", dpi=120)
    pyplot.close(figure)
    return folder / "curves.png"

"""Averages the last checkpoints of a run: python -m models.average runs/mine runs/mean --last 5.

What Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 6.1, do after training. The
average that training itself keeps (`--train.average`) forgets exponentially instead; a run that
keeps one has each checkpoint's taken here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from models import preset
from models.files import DIGEST
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import parse
from tfrnn.errors import MissingInputError, UsageError
from tfrnn.training import checkpoint


@dataclass(frozen=True, kw_only=True)
class Options:
    """Which run is averaged, and into what."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of a run, which stays as it is; --train.keep says how many checkpoints it has."""
    out: Annotated[Path, tyro.conf.Positional]
    """Folder to write, which must not exist yet; it is scored, used and exported as a run is."""
    last: int = 5
    """How many of the last checkpoints are averaged."""
    debug: bool = False
    """Show tracebacks."""

    def __post_init__(self):
        if self.last < 2:
            raise UsageError(f"--last must be 2 or more, got {self.last}.")


def main(argv: list[str]) -> None:
    """Reads the command line and writes the average."""
    about = "Averages the weights of a run's last checkpoints."
    chosen = parse(Options, argv, prog="python -m models.average", description=about)
    config = preset.read_config(chosen.run, chosen.out)
    places = checkpoint.saved(chosen.run)[: chosen.last]
    if len(places) < chosen.last:
        raise MissingInputError(
            f"{chosen.run} has {len(places)} checkpoints, --last {chosen.last} needs as many; "
            "--train.keep has a run keep more."
        )
    points = [checkpoint.load(place) for place in places]
    weights = [checkpoint.model_weights(point) for point in points]
    newest = points[0]
    mean = {
        name: np.mean([each[name] for each in weights], 0, np.float64).astype(array.dtype)
        for name, array in weights[0].items()
    }
    # Nothing has validated it: it is the best that this folder has, and there is nothing to resume.
    meta = newest.meta | {"best_step": newest.step, "best_loss": None, "finished": True}
    preset.write(chosen.out, chosen.run, config, newest._replace(arrays=mean, meta=meta), [DIGEST])
    steps = ", ".join(f"{point.step:,}" for point in reversed(points))
    report.say("averaged", f"{chosen.out}: steps {steps} of {chosen.run}")
    report.say("next", f"python evaluate.py {chosen.out}")


if __name__ == "__main__":
    run_script(main)

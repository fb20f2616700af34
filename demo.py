"""Shows the package on a real corpus in a few minutes: make demo."""

import platform
import time
from pathlib import Path

import generate
import train
from models.files import CONFIG
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script

RUN, OUT = Path("out/demo/run"), Path("out/demo")
# Small enough for two minutes on two cores; ours, measured.
TRAIN = {
    "model.units": 256,
    "model.layers": 1,
    "model.dropout": 0.2,
    "data.other-keys": 0,
    "data.window": 128,
    "train.steps": 1200,
    "train.learning-rate": 5e-3,
    "train.evaluate-every": 300,
}


def main(argv: list[str]) -> None:
    """Trains a small music model, or goes on where an earlier demo stopped, and composes."""
    began = time.monotonic()
    report.say("[1/3]", f"environment: Python {platform.python_version()}, {platform.machine()}")
    report.say("[2/3]", "training a small model on O'Neill's 1850, which music21 brings along")
    if (RUN / CONFIG).exists():
        train.main(["music", "--out", str(RUN), "--resume", *argv])
    else:
        sizes = [f"--{name}={value}" for name, value in TRAIN.items()]
        train.main(["music", "--out", str(RUN), *sizes, *argv])
    report.say("[3/3]", "composing four tunes")
    generate.main(
        ["music", "--from", str(RUN), "--count", "4", "--seed", "1", "--out", str(OUT), *argv]
    )
    spent = report.duration(time.monotonic() - began)
    report.say("done", f"in {spent}. Open {OUT / 'index.html'} to read and hear them.")
    report.say("next", "python train.py music --data.source YOUR_TUNES.abc")


if __name__ == "__main__":
    run_script(main)

"""The options of a training run, which are also what its config.yaml holds."""

from dataclasses import dataclass, replace
from pathlib import Path

from models import ZOO
from tfrnn.cli.options import from_yaml, grouped
from tfrnn.errors import UsageError

# What belongs to one call of train.py, not to the run that it makes.
OF_A_CALL = ("out", "resume", "config", "debug")
LARGEST_SEED = 2**32 - 1  # that numpy, which Keras seeds too, takes


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What every run has, whatever its model; data, model and train come from the zoo's entry."""

    name: str = ""
    """The model; the first word says it already."""
    out: Path = Path()
    """Folder of the run, made when it is missing."""
    seed: int = 0
    """Of the splits, the first weights, the batches and dropout; equal seeds, equal weights."""
    init: Path | None = None
    """A run to start from: its weights, and what it knows (characters, or words, labels and tags),
    which must cover the data's."""
    resume: bool = False
    """Go on with the run in --out, exactly where its last checkpoint stands."""
    config: Path | None = None
    """A run's config.yaml, to repeat it; options beside it override it."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        check_seed(self.seed)


def check_seed(seed: int) -> None:
    """Refuses a seed that not everything random can be given.

    Raises:
        UsageError: If it is out of range.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"--seed must be 0 to {LARGEST_SEED}, got {seed}.")


def defaults(name: str) -> RunOptions:
    """Returns the options of a zoo entry, each with its default; the type differs by entry."""
    entry = ZOO[name]
    options = grouped(RunOptions, data=entry.data, model=entry.model, train=entry.train)
    return replace(options(), name=name, out=Path("runs") / name)


def read(path: Path, name: str) -> RunOptions:
    """Reads a config.yaml of a run of `name`."""
    base = defaults(name)
    return from_yaml(type(base), path, base)

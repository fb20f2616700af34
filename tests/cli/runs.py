"""A small run's options, as the scripts have them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large the model is."""

    units: int = 256
    """Width of the layer (Sutskever et al. 2014)."""
    dropout: float = 0.5
    """Share of activations dropped."""

    def __post_init__(self):
        if self.units < 1:
            raise ValueError(f"units must be 1 or more, got {self.units}.")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long to train."""

    steps: int
    """Optimizer steps."""
    learning_rate: float = 1e-3
    """Of Adam (ours)."""
    rates: tuple[float, ...] = (0.1, 0.2)
    """Shares, from first to last."""
    stop_after: int | None = None
    """Scores without a new best."""
    ema: bool = True
    """Averages the weights."""
    compile: Literal["auto", "graph", "xla"] = "auto"
    """Who compiles the step."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run."""

    texts: tyro.conf.Positional[tuple[str, ...]] = ()
    """What to work on."""
    model: Sizes = field(default_factory=Sizes)
    train: Pace
    out: Path
    """Folder of the run."""
    name: str = ""
    """What to call it."""
    seed: int = 0
    """Of everything random."""
    temperature: float = 1.0
    """0 is always the likeliest."""
    from_: Annotated[Path | None, tyro.conf.arg(name="from")] = None
    """Folder of another run."""
    resume: bool = False
    """Goes on where the run stopped."""
    config: Path | None = None
    """A YAML file of options."""

    def __post_init__(self):
        if self.temperature < 0:
            raise UsageError(f"--temperature must be 0 or more, got {self.temperature}.")

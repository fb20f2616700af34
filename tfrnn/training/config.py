"""How a model is trained: numbers and choices, readable without TensorFlow."""

from dataclasses import dataclass
from typing import Literal

from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How long and how fast to train; the sizes of the model are not its business.

    Raises:
        UsageError: If a number is out of range; the message names its option.

    Example:
        >>> TrainConfig(steps=100, learning_rate=1e-3).schedule
        'cosine'
    """

    steps: int
    """Optimizer steps of the whole run."""
    learning_rate: float
    """Of Adam, at the top of the schedule."""
    schedule: Literal["constant", "exponential", "cosine"] = "cosine"
    """How the learning rate falls from its top to `final_rate` times it at the last step."""
    final_rate: float = 0.02
    """Share of the learning rate that is left at the last step (not for constant)."""
    warmup: int = 100
    """Steps over which the learning rate rises from 0 to its top."""
    clip_norm: float = 1.0
    """Largest global norm of a gradient; Pascanu et al. 2013, https://arxiv.org/abs/1211.5063."""
    evaluate_every: int = 200
    """Steps between two scores on the validation split, each followed by a checkpoint."""
    patience: int = 10
    """Scores without a new best after which training stops; 0 never stops early."""
    keep: int = 2
    """Checkpoints to keep, besides the best."""
    bad_steps: int = 20
    """Steps in a row without a usable loss and gradient after which the run gives up."""
    precision: Literal["auto", "float32", "mixed_bfloat16"] = "auto"
    """mixed_bfloat16 multiplies in bfloat16 and keeps weights and states in float32."""
    compile: Literal["auto", "graph", "xla"] = "auto"
    """Whether XLA compiles the training step; auto measures both on this machine."""
    shards: int = 0
    """Parts of a batch that are computed side by side; 0 measures whether one a core is faster."""

    def __post_init__(self):
        for name in ("steps", "evaluate_every", "keep", "bad_steps"):
            self._check(name, getattr(self, name) >= 1, "1 or more")
        for name in ("warmup", "patience", "shards"):
            self._check(name, getattr(self, name) >= 0, "0 or more")
        for name in ("learning_rate", "clip_norm"):
            self._check(name, 0 < getattr(self, name) < float("inf"), "above 0")
        self._check("final_rate", 0 <= self.final_rate <= 1, "0 to 1")

    def _check(self, name, right, wanted):
        if not right:
            flag = f"--train.{name.replace('_', '-')}"
            raise UsageError(f"{flag} must be {wanted}, got {getattr(self, name)}.")

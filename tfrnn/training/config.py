"""How a model is trained: numbers and choices, readable without TensorFlow."""

from dataclasses import dataclass, replace
from typing import Literal

from tfrnn.errors import UsageError

LEAST_STEPS = 1000  # that passes over little data are repeated for (ours)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How long and how fast to train; the sizes of the model are not its business.

    Raises:
        UsageError: If a number is out of range; the message names its option.

    Example:
        >>> TrainConfig(steps=100, learning_rate=1e-3).schedule
        'cosine'
    """

    steps: int = 0
    """Optimizer steps of the whole run; 0 takes as many as --train.epochs passes, or 1,000."""
    epochs: int = 0
    """Passes over the training data, where it is read in passes and --train.steps is 0."""
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
    accumulate: int = 1
    """Batches whose gradients make one step, as if they were one batch: for where a large one does
    not fit. Steps, and the schedule with them, count updates."""
    evaluate_every: int = 200
    """Steps between two scores on the validation split, each followed by a checkpoint; 0 is a
    pass over the training data, but 50 at least."""
    patience: int = 10
    """Scores without a new best after which training stops; 0 never stops early."""
    average: float = 0.0
    """Share of the weights' running average that a step keeps, such as 0.999; what is scored and
    used is then that average. 0 uses the weights as they are."""
    keep: int = 2
    """Checkpoints to keep, besides the best."""
    bad_steps: int = 20
    """Steps in a row without a usable loss and gradient after which the run gives up."""
    precision: Literal["auto", "float32", "mixed_bfloat16"] = "auto"
    """mixed_bfloat16 multiplies in bfloat16 and keeps weights and states in float32."""
    compile: Literal["auto", "graph", "xla", "llvm"] = "auto"
    """What compiles the training step: nothing, XLA, or LLVM its recurrences; auto measures what
    can on this machine."""
    shards: int = 0
    """Parts of a batch that are computed side by side; 0 measures whether one a core is faster."""

    def __post_init__(self):
        for name in ("keep", "bad_steps", "accumulate"):
            self._check(name, getattr(self, name) >= 1, "1 or more")
        self._check("steps", self.steps >= 1 or self.steps == 0 < self.epochs, "1 or more")
        for name in ("epochs", "evaluate_every", "warmup", "patience", "shards"):
            self._check(name, getattr(self, name) >= 0, "0 or more")
        for name in ("learning_rate", "clip_norm"):
            self._check(name, 0 < getattr(self, name) < float("inf"), "above 0")
        self._check("final_rate", 0 <= self.final_rate <= 1, "0 to 1")
        self._check("average", 0 <= self.average < 1, "0 or more, below 1")

    def settle(self, epoch: int) -> "TrainConfig":
        """Replaces the zeros of `steps` and `evaluate_every` by numbers of steps.

        Args:
            epoch: Steps of a pass over the training data, 0 where it is not read in passes.

        Raises:
            UsageError: If it is not, and there is a zero.

        Example:
            >>> TrainConfig(epochs=20, evaluate_every=0, learning_rate=1e-3).settle(300).steps
            6000
        """
        if not epoch and not (self.steps and self.evaluate_every):
            raise UsageError(
                "this data is not read in passes: --train.steps and --train.evaluate-every must "
                "be 1 or more."
            )
        updates = -(-epoch // self.accumulate)
        steps = self.steps or max(LEAST_STEPS, -(-self.epochs * epoch // self.accumulate))
        return replace(self, steps=steps, evaluate_every=self.evaluate_every or max(50, updates))

    def _check(self, name, right, wanted):
        if not right:
            flag = f"--train.{name.replace('_', '-')}"
            raise UsageError(f"{flag} must be {wanted}, got {getattr(self, name)}.")

"""How a model is trained: numbers and choices, readable without TensorFlow."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How long and how fast to train; the sizes of the model are not its business."""

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
    """Steps in a row without a finite loss and gradient after which the run gives up."""
    precision: Literal["auto", "float32", "mixed_bfloat16"] = "auto"
    """mixed_bfloat16 multiplies in bfloat16 and keeps weights and states in float32."""
    compile: Literal["auto", "graph", "xla"] = "auto"
    """Whether XLA compiles the training step; auto measures both on this machine."""

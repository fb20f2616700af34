"""Sizes of the models, as tables; readable without TensorFlow."""

from dataclasses import dataclass

from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class CharRNNConfig:
    """Sizes of a character model; the vocabulary comes from the data.

    Raises:
        UsageError: If a number is out of range; the message names its option.
    """

    units: int = 512
    """Width of each LSTM layer; Sturm et al. 2016 use 512."""
    layers: int = 1
    """LSTM layers on top of each other; Sturm et al. 2016 use 3, each doubles the time (ours)."""
    embed: int = 64
    """Width of a character's vector (ours)."""
    dropout: float = 0.5
    """Share of activations dropped after each layer while training; Sturm et al. 2016."""

    def __post_init__(self):
        for name in ("units", "layers", "embed"):
            if getattr(self, name) < 1:
                raise UsageError(f"--model.{name} must be 1 or more, got {getattr(self, name)}.")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"--model.dropout must be 0 or more, below 1, got {self.dropout}.")

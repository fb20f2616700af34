"""Sizes of the models, as tables; readable without TensorFlow."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CharRNNConfig:
    """Sizes of a character model; the vocabulary comes from the data."""

    units: int = 512
    """Width of each LSTM layer; Sturm et al. 2016 use 512."""
    layers: int = 2
    """LSTM layers on top of each other; Sturm et al. 2016 use 3."""
    embed: int = 64
    """Width of a character's vector (ours)."""
    dropout: float = 0.5
    """Share of activations dropped after each layer while training; Sturm et al. 2016."""

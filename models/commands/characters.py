"""Models of characters: how boldly they draw, and what writes with them."""

from dataclasses import dataclass
from pathlib import Path

from models.commands.use import Options, is_exported
from models.options import check_seed
from tfrnn.decoding.choice import Choice
from tfrnn.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class DrawingOptions(Options):
    """What every use of a model of characters has."""

    seed: int = 0
    """Of the first result; the next has the next. The same seed gives the same again."""
    temperature: float = 1.0
    """0 is always the likeliest character; below 1 is safer, above 1 bolder."""
    top_k: int | None = None
    """Draw from this many of the likeliest characters only."""
    top_p: float = 1.0
    """Draw from the likeliest characters that hold this share of the probability."""

    def __post_init__(self):
        check_seed(self.seed)
        self.choice()  # refuses what cannot be, before anything is loaded

    def choice(self) -> Choice:
        """Returns how boldly characters are drawn."""
        return Choice(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)


def open_writer(folder: Path, *, length: int, free: bool = False, drafts: int | None = None):
    """Opens what writes: a run, a preset, or an exported model, whose constraint is inside."""
    if is_exported(folder):
        from models.served import ServedWriter

        if drafts is not None:
            raise UsageError("an exported model has its own number of --drafts.")
        return ServedWriter(folder)
    from models.bundle import COMPILE_FROM, open_bundle

    return open_bundle(folder).writer(free=free, drafts=drafts, jit=length >= COMPILE_FROM)

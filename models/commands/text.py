"""text: writing that goes on from a prime."""

from dataclasses import dataclass
from pathlib import Path

from models.commands.characters import DrawingOptions, open_writer
from tfrnn.cli.report import Score
from tfrnn.errors import UsageError

FIRST = ("from", "prime", "length")


@dataclass(frozen=True, kw_only=True)
class TextOptions(DrawingOptions):
    """Text that goes on from a prime."""

    prime: str = ""
    """What the text begins with."""
    length: int = 500
    """Most characters, those of the prime included."""
    stream: bool = False
    """Print the text while it is written."""


def write(folder: Path, chosen: TextOptions) -> None:
    """Writes on from the prime, all at once or as a stream."""
    writer = open_writer(folder, length=chosen.length)
    if not chosen.stream:
        (draft,) = writer.write(
            [chosen.prime], [chosen.seed], limit=chosen.length, choice=chosen.choice()
        )
        print(draft.text)
        return
    if not hasattr(writer, "stream"):
        raise UsageError("an exported model cannot --stream: its loop runs to the end.")
    for chunk in writer.stream(
        chosen.prime, chosen.seed, limit=chosen.length, choice=chosen.choice()
    ):
        print(chunk, end="", flush=True)
    print()


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Scores held-out text."""
    from models import scoring
    from models.bundle import open_bundle

    del chosen, out  # nothing of it is drawn or written
    return scoring.held_out(open_bundle(run), data)

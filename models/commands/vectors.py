"""skip_thought: sentences as vectors, and those that are most alike."""

from dataclasses import dataclass
from pathlib import Path

from models.commands.reading import ReadingOptions, chunks
from models.commands.use import is_exported, writing
from tfrnn.cli import report
from tfrnn.errors import MissingInputError, UsageError

FIRST = ("from", "file", "vectors", "among", "nearest")


@dataclass(frozen=True, kw_only=True)
class VectorOptions(ReadingOptions):
    """The vector of each sentence, or the sentences that are most like it."""

    vectors: Path | None = None
    """A .npy file to write: (sentences, units) float32, in their order."""
    among: Path | None = None
    """A UTF-8 file with a sentence a line, of which those most alike are printed, with the cosine
    of their vectors; an empty line after each sentence."""
    nearest: int = 5
    """How many of them."""

    def __post_init__(self):
        super().__post_init__()
        if not self.vectors and not self.among:
            raise UsageError(
                "pass --vectors FILE.npy, which keeps the vectors, or --among FILE, of which the "
                "sentences most alike are printed."
            )
        if self.vectors and self.vectors.suffix != ".npy":
            raise UsageError(f"--vectors must be a .npy file, got {self.vectors}.")
        if self.nearest < 1:
            raise UsageError(f"--nearest must be 1 or more, got {self.nearest}.")


def embed(folder: Path, chosen: VectorOptions) -> None:
    """Writes the vectors, prints the sentences most alike, or both."""
    import numpy as np

    from tfrnn.metrics.retrieval import unit

    embedder = open_embedder(folder)
    texts = [text for chunk in chunks(chosen) for text in chunk]
    vectors = embedder.embed(texts)
    if chosen.vectors:
        with writing(chosen.vectors):
            np.save(chosen.vectors, vectors)
        report.say("written", f"{chosen.vectors}: {vectors.shape[0]:,} x {vectors.shape[1]:,}")
    if not chosen.among:
        return
    known = _lines(chosen.among)
    table = unit(embedder.embed(known))
    for vector in unit(vectors):
        cosines = table @ vector
        best = np.argsort(-cosines, kind="stable")[: chosen.nearest]
        print("".join(f"{cosines[i]:.3f}\t{known[i]}\n" for i in best))


def open_embedder(folder: Path):
    """Opens what makes vectors: a run or an exported model."""
    if is_exported(folder):
        from models.served import ServedEmbedder

        return ServedEmbedder(folder)
    from models.sentence_vectors import open_embedder

    return open_embedder(folder)


def _lines(path: Path) -> list[str]:
    from tfrnn.data.files import lines_of, read_file

    if not path.is_file():
        raise MissingInputError(f"{path}: no such file.")
    return [line for _, line in lines_of(read_file(path)) if line.strip()]

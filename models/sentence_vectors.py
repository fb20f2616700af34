"""Opens what a run of skip-thought vectors left behind, to use it."""

from pathlib import Path

from models import ZOO
from models.bundle import load_best
from models.embedder import Embedder
from models.sentences import run_options
from tfrnn.data.lexicon import TARGET
from tfrnn.data.skipping import coder_of, sizes_of
from tfrnn.data.translations import load_pieces


def open_embedder(folder: Path) -> Embedder:
    """Loads an encoder of sentences, with the weights that validated best.

    Raises:
        MissingInputError: If the folder holds no run, or none that was saved yet.
        DataError: If a file of it is damaged.
    """
    options = run_options(folder)
    pieces = load_pieces(folder / TARGET)
    model = ZOO[options.name].build(options.model, "float32", **sizes_of(pieces))
    load_best(model, folder)
    return Embedder(model, coder_of(pieces, options.data))

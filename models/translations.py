"""Opens what a run or a preset of a translator left behind, to use it."""

from pathlib import Path

from models import ZOO
from models.bundle import load_best
from models.interpreter import Interpreter
from models.sentences import run_options
from tfrnn.data.lexicon import SOURCE, TARGET
from tfrnn.data.translations import coders_of, load_pieces, sizes_of
from tfrnn.decoding.search import Search

SERVED = Search(beam=5, nbest=5)  # how an exported model searches


def open_interpreter(folder: Path) -> Interpreter:
    """Loads a translator, with the weights that validated best.

    Raises:
        MissingInputError: If the folder holds no run, or none that was saved yet.
        DataError: If a file of it is damaged.
    """
    options = run_options(folder)
    source, target = (load_pieces(folder / name) for name in (SOURCE, TARGET))
    build = ZOO[options.name].build
    # float32, however it was trained: a step of a search gains nothing from bfloat16.
    model = build(options.model, "float32", **sizes_of(source, target))
    load_best(model, folder)
    return Interpreter(model, coders_of(source, target, options.data), wish=SERVED)

"""Opens what a run or a preset of a translator left behind, to use it; scores one that learns."""

from collections.abc import Callable
from pathlib import Path

import keras

from models import ZOO
from models.bundle import load_best
from models.interpreter import GREEDY, Interpreter
from models.sentences import run_options
from tfrnn.data.lexicon import SOURCE, TARGET
from tfrnn.data.options import PairsOptions
from tfrnn.data.translations import TranslationData, coders_of, load_pieces, sizes_of
from tfrnn.decoding.search import Search
from tfrnn.metrics.translation import bleu

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


def lacking(
    model: keras.Model, data: TranslationData, options: PairsOptions
) -> Callable[[], float]:
    """Returns what says how far greedy translations of the validation pairs are from their truth.

    That is 1 less a hundredth of their BLEU: the less, the better.

    Args:
        model: Built; it may learn between two calls.
        data: Whose pieces the model has.
        options: How texts are cut.
    """
    interpreter = Interpreter(model, coders_of(data.source, data.target, options), wish=GREEDY)
    sources, truth = zip(*((pair.source, pair.target) for pair in data.valid))

    def score() -> float:
        found = interpreter.translate(sources, GREEDY)
        return 1 - bleu([best.text for (best,) in found], truth).score / 100

    return score

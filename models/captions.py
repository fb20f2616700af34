"""Opens what a run or a preset of a captioner left behind, to use it."""

from pathlib import Path

from models import ZOO
from models.bundle import load_best
from models.describer import Describer
from models.files import best_checkpoint
from models.picture_rows import encoder_of, reader_of
from models.sentences import run_options
from tfrnn.data.captioned import NETWORK, coder_of, load_picture_sizes, sizes_of
from tfrnn.data.lexicon import TARGET
from tfrnn.data.translations import load_pieces
from tfrnn.decoding.search import Search
from tfrnn.training.loop import named_weights
from tfrnn.training.run import load_weights

SERVED = Search(beam=3, nbest=3, length_penalty=0.7)  # how an exported model searches


def begin(model, folder: Path) -> None:
    """Puts the weights of a run into a new model, which may fine-tune what the run only used.

    Raises:
        MissingInputError: If the folder holds no checkpoint.
        DataError: If it is damaged, or of a model of other sizes.
    """
    point = best_checkpoint(folder)
    inside = {k: v.numpy() for k, v in named_weights(model).items() if k.startswith("model/eye/")}
    load_weights(model, point._replace(arrays=inside | point.arrays))


def open_describer(folder: Path) -> Describer:
    """Loads a captioner, with the weights that validated best.

    Raises:
        MissingInputError: If the folder holds no run, or none that was saved yet.
        DataError: If a file of it is damaged.
    """
    options = run_options(folder)
    pieces, picture = load_pieces(folder / TARGET), load_picture_sizes(folder)
    # float32, however it was trained: a step of a search gains nothing from bfloat16.
    build = ZOO[options.name].build
    model = build(options.model, "float32", **sizes_of(pieces, picture))
    load_best(model, folder)
    reader = None
    if encoder_of(options.model, options.data):
        reader = reader_of(options.model, options.data, folder / NETWORK)
    return Describer(model, coder_of(pieces, options.data), reader, wish=SERVED)

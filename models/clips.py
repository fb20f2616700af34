"""Opens what a run or a preset of a labeller of frames left behind, to use it."""

from pathlib import Path

from models import ZOO
from models.bundle import load_best
from models.clip_reader import ClipReader
from models.sentences import run_options
from tfrnn.data.framed import sizes_of
from tfrnn.data.lexicon import LABELS, load_lines


def open_clip_reader(folder: Path) -> ClipReader:
    """Loads a labeller of frames, with the weights that validated best.

    Raises:
        MissingInputError: If the folder holds no run, or none that was saved yet.
        DataError: If a file of it is damaged.
    """
    options = run_options(folder)
    labels = load_lines(folder / LABELS)
    build = ZOO[options.name].build
    model = build(options.model, "float32", **sizes_of(labels, options.data))
    load_best(model, folder)
    return ClipReader(model, labels)

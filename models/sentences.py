"""Opens what a run or a preset of a model of sentences left behind, to use it."""

from pathlib import Path

from models import ZOO
from models.bundle import load_best
from models.calibration import NOT_FITTED, Calibration
from models.files import CONFIG, model_name
from models.labeller import Labeller
from models.options import RunOptions, read
from models.word_tagger import WordTagger
from tfrnn.data.lexicon import LABELS, TAGS, WORDS, load_lines
from tfrnn.data.sentences import encoder_of


def open_labeller(folder: Path, *, calibrated: bool = True) -> Labeller:
    """Loads a classifier of texts, with the weights that validated best.

    Args:
        folder: Of a run or a preset.
        calibrated: Whether its probabilities and its threshold are those fitted on validation.

    Raises:
        MissingInputError: If the folder holds no run, or none that was saved yet.
        DataError: If a file of it is damaged.
    """
    options = run_options(folder)
    words, labels = load_lines(folder / WORDS), load_lines(folder / LABELS)
    model = ZOO[options.name].build(options.model, "float32", words=len(words), labels=len(labels))
    load_best(model, folder)
    return Labeller(
        model,
        encoder_of(words, options.data),
        labels,
        rejects=labels[-1] == options.data.oos_label,
        calibration=Calibration.load(folder) if calibrated else NOT_FITTED,
    )


def open_tagger(folder: Path) -> WordTagger:
    """Loads a tagger, with labels or without, with the weights that validated best.

    Raises:
        MissingInputError: If the folder holds no run, or none that was saved yet.
        DataError: If a file of it is damaged.
    """
    options = run_options(folder)
    words, tags = load_lines(folder / WORDS), load_lines(folder / TAGS)
    labels = load_lines(folder / LABELS) if (folder / LABELS).exists() else ()
    sizes = {"words": len(words), "tags": len(tags)} | ({"labels": len(labels)} if labels else {})
    model = ZOO[options.name].build(options.model, "float32", **sizes)
    load_best(model, folder)
    return WordTagger(model, encoder_of(words, options.data), tags, labels)


def run_options(folder: Path) -> RunOptions:
    """Returns the options of the run or preset in a folder."""
    config = folder / CONFIG
    return read(config, model_name(config))

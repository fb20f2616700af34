"""Opens what a run or a preset left behind, to use it."""

from pathlib import Path
from typing import NamedTuple

from models import ZOO
from models.files import CONFIG, best_checkpoint, model_name
from models.options import RunOptions, read
from models.writer import Writer
from tfrnn.data.vocabulary import VOCABULARY, Vocabulary
from tfrnn.errors import DataError
from tfrnn.training.run import load_weights

# Characters of a text from which XLA's compilation, a second more, is earned back: it saves about
# half a millisecond a character (docs/decisions/0009-generation-speed.md).
COMPILE_FROM = 2000


class Bundle(NamedTuple):
    """A trained model and what it takes to use it. step: of the checkpoint, the best one."""

    options: RunOptions
    vocabulary: Vocabulary
    model: object
    step: int

    def writer(self, *, free: bool = False, drafts: int | None = None, jit: bool = False) -> Writer:
        """Returns what samples from and scores with the model.

        Args:
            free: Whether the zoo's constraint, such as legal ABC, is left out.
            drafts: See `Writer`; None is as many as the zoo's entry says.
            jit: See `Writer`; compiling pays from about `COMPILE_FROM` characters on.

        Raises:
            DataError: If the corpus had not the characters that the constraint needs.
            UsageError: If `drafts` is not positive.
        """
        entry = ZOO[self.options.name]
        try:
            constraint = None if free else entry.constrain(self.vocabulary)
        except ValueError as error:
            raise DataError(f"{error} The corpus lacks one; --free needs none.") from error
        drafts = entry.drafts if drafts is None else drafts
        return Writer(self.model, self.vocabulary, constraint=constraint, drafts=drafts, jit=jit)


def open_bundle(folder: Path) -> Bundle:
    """Loads the model of a run or preset, with the weights that validated best.

    Raises:
        MissingInputError: If the folder holds no run, or none that was saved yet.
        DataError: If a file of it is damaged.
    """
    name = model_name(folder / CONFIG)
    options = read(folder / CONFIG, name)
    vocabulary = Vocabulary.load(folder / VOCABULARY)
    # float32, however it was trained: small batches gain nothing from bfloat16.
    model = ZOO[name].build(options.model, "float32", vocab=len(vocabulary))
    step = load_best(model, folder)
    return Bundle(options, vocabulary, model, step)


def load_best(model, folder: Path) -> int:
    """Puts the weights of the best checkpoint of a run into a built model; returns its step.

    Raises:
        MissingInputError: If the folder holds no checkpoint.
        DataError: If it is damaged, or of a model of other sizes.
    """
    point = best_checkpoint(folder)
    load_weights(model, point)
    return point.step

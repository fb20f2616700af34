"""The zoo: every model of the repository, by the name the command line uses.

The dict below is the whole registry. To add a model, write models/<name>.py, its sizes in
models/configs.py, an entry in models/entries, and a line here; nothing registers itself and
nothing is imported by its name. Importing this module does not load TensorFlow, so that --help
answers at once: what needs it is imported where it is called.
"""

from pathlib import Path
from typing import Any

from models.entries.captions import CAPTIONER
from models.entries.characters import MUSIC, TEXT
from models.entries.frames import FRAMES
from models.entries.labels import INTENT, SENTIMENT
from models.entries.sentences import SKIP_THOUGHT
from models.entries.tags import SLOTS, TAGGER
from models.entries.translations import DATES, TRANSLATOR
from models.entry import Entry
from tfrnn.errors import MissingInputError

ZOO: dict[str, Entry] = {
    "music": MUSIC,
    "text": TEXT,
    "intent": INTENT,
    "sentiment": SENTIMENT,
    "tagger": TAGGER,
    "slots": SLOTS,
    "translator": TRANSLATOR,
    "dates": DATES,
    "captioner": CAPTIONER,
    "frames": FRAMES,
    "skip_thought": SKIP_THOUGHT,
}


def load(source: str | Path) -> Any:
    """Opens a trained model to use it from Python, with the weights that validated best.

    `load("music").compose(wish=Wish(meter="6/8", key="D"), seed=7)` composes a jig with the preset
    of the package, `load("runs/text").write(["HAMLET:"], [0], limit=500)` goes on from a prime,
    `load("intent").answer(["what time is it"])` names a label, `load("tagger").tag(["Time flies"])`
    tags words.

    Args:
        source: A name of the zoo for the preset that ships with the package, or the folder of a
            run. A folder that has the name of a model is `Path(name)`.

    Returns:
        For `music` a `models.composer.Composer`, for `text` a `models.writer.Writer`, for `intent`
        and `sentiment` a `models.labeller.Labeller`, for `tagger` and `slots` a
        `models.word_tagger.WordTagger`, for `translator` and `dates` a
        `models.interpreter.Interpreter`, for `captioner` a `models.describer.Describer`, for
        `frames` a `models.clip_reader.ClipReader`, for `skip_thought` a
        `models.embedder.Embedder`.

    Raises:
        MissingInputError: If there is no such preset or run, or nothing was saved in it yet.
        DataError: If a file of it is damaged.
    """
    from models.files import CONFIG, PRESETS, model_name

    folder = PRESETS / source if isinstance(source, str) and source in ZOO else Path(source)
    if folder.parent == PRESETS and not (folder / CONFIG).exists():
        raise MissingInputError(
            f"{source} has no preset: train one by `python train.py {source}` and load its folder."
        )
    return ZOO[model_name(folder / CONFIG)].open(folder)

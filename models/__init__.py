"""The zoo: every model of the repository, by the name the command line uses.

The dict below is the whole registry. To add a model, write models/<name>.py, its sizes in
models/configs.py, and one entry here; nothing registers itself and nothing is imported by its
name. Importing this module does not load TensorFlow, so that --help answers at once: what needs
it is imported where it is called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.configs import CharRNNConfig
from tfrnn.data.options import TextOptions, TunesOptions
from tfrnn.errors import MissingInputError
from tfrnn.training.config import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model, its data, its loss and its run: callables and numbers, never names.

    summary: One line for the list of the zoo. data, model, train: The defaults of the command
    line. read: (data options, seed=) -> the data, split. build: (model config, precision, **sizes)
    -> a built model. loss: (outputs, batch) -> a number for each target. constrain: vocabulary
    -> what may be generated, or None. drafts: Of how many one is kept where that is constrained.
    use: Writer -> what `load` returns. source: Where the sizes come from.
    """

    summary: str
    data: Any
    model: Any
    train: TrainConfig
    read: Callable[..., Any]
    build: Callable[..., Any]
    loss: Callable[..., Any]
    constrain: Callable[[Any], Any]
    drafts: int
    use: Callable[[Any], Any]
    source: str


def _read_tunes(options: TunesOptions, *, seed: int):
    from tfrnn.data.characters import read_tunes
    from tfrnn.music.legal import are_legal

    return read_tunes(options, seed=seed, are_legal=are_legal)


def _read_text(options: TextOptions, *, seed: int):
    from tfrnn.data.characters import read_text

    return read_text(options, seed=seed)


def _build_char_rnn(config: CharRNNConfig, precision: str, **sizes: int):
    from models.char_rnn import CharRNN

    model = CharRNN(config, dtype=precision, **sizes)
    model.build()
    return model


def _cross_entropy(logits, batch):
    from tfrnn.training.losses import cross_entropy

    return cross_entropy(logits, batch)


def _legal_abc(vocabulary):
    from tfrnn.music.grammar import AbcGrammar

    return AbcGrammar(("", *vocabulary.characters), end=0)


def _composer(writer):
    from models.composer import Composer

    return Composer(writer)


ZOO: dict[str, Entry] = {
    "music": Entry(
        summary="composes folk tunes in ABC notation, a character at a time",
        data=TunesOptions(other_keys=3),
        model=CharRNNConfig(),
        train=TrainConfig(steps=2000, learning_rate=3e-3),
        read=_read_tunes,
        build=_build_char_rnn,
        loss=_cross_entropy,
        constrain=_legal_abc,
        drafts=4,
        use=_composer,
        source="https://arxiv.org/abs/1604.08723, section 3, smaller; ours, measured",
    ),
    "text": Entry(
        summary="writes text like the one it read, a character at a time",
        data=TextOptions(),
        model=CharRNNConfig(dropout=0.3),
        train=TrainConfig(steps=2000, learning_rate=3e-3),
        read=_read_text,
        build=_build_char_rnn,
        loss=_cross_entropy,
        constrain=lambda vocabulary: None,
        drafts=1,
        use=lambda writer: writer,
        source="https://arxiv.org/abs/1308.0850; ours, measured",
    ),
}


def load(source: str | Path) -> Any:
    """Opens a trained model to use it from Python, with the weights that validated best.

    `load("music").compose(wish=Wish(meter="6/8", key="D"), seed=7)` composes a jig with the preset
    of the package, `load("runs/text").write(["HAMLET:"], [0], limit=500)` goes on from a prime.

    Args:
        source: A name of the zoo for the preset that ships with the package, or the folder of a
            run. A folder that has the name of a model is `Path(name)`.

    Returns:
        For `music` a `models.composer.Composer`, for `text` a `models.writer.Writer`.

    Raises:
        MissingInputError: If there is no such preset or run, or nothing was saved in it yet.
        DataError: If a file of it is damaged.
    """
    from models.bundle import open_bundle
    from models.files import CONFIG, PRESETS

    folder = PRESETS / source if isinstance(source, str) and source in ZOO else Path(source)
    if folder.parent == PRESETS and not (folder / CONFIG).exists():
        raise MissingInputError(
            f"{source} has no preset: train one by `python train.py {source}` and load its folder."
        )
    bundle = open_bundle(folder)
    return ZOO[bundle.options.name].use(bundle.writer())

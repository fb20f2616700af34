"""The zoo: every model of the repository, by the name the command line uses.

The dict below is the whole registry. To add a model, write models/<name>.py, its sizes in
models/configs.py, and one entry here; nothing registers itself and nothing is imported by its
name. Importing this module does not load TensorFlow, so that --help answers at once: what needs
it is imported where it is called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.configs import CharRNNConfig
from tfrnn.data.options import TextOptions, TunesOptions
from tfrnn.training.config import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A model, its data, its loss and its run: callables and numbers, never names.

    summary: One line for the list of the zoo. data, model, train: The defaults of the command
    line. read: (data options, seed=) -> the data, split. build: (model config, precision, **sizes)
    -> a built model. loss: (outputs, batch) -> a number for each target. constrain: vocabulary
    -> what may be generated, or None. source: Where the sizes come from.
    """

    summary: str
    data: Any
    model: Any
    train: TrainConfig
    read: Callable[..., Any]
    build: Callable[..., Any]
    loss: Callable[..., Any]
    constrain: Callable[[Any], Any]
    source: str


def _read_tunes(options: TunesOptions, *, seed: int):
    from tfrnn.data.characters import read_tunes

    return read_tunes(options, seed=seed)


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


ZOO: dict[str, Entry] = {
    "music": Entry(
        summary="composes folk tunes in ABC notation, a character at a time",
        data=TunesOptions(),
        model=CharRNNConfig(),
        train=TrainConfig(steps=4000, learning_rate=2e-3),
        read=_read_tunes,
        build=_build_char_rnn,
        loss=_cross_entropy,
        constrain=_legal_abc,
        source="https://arxiv.org/abs/1604.08723, section 3, smaller; ours, measured",
    ),
    "text": Entry(
        summary="writes text like the one it read, a character at a time",
        data=TextOptions(),
        model=CharRNNConfig(dropout=0.3),
        train=TrainConfig(steps=4000, learning_rate=2e-3),
        read=_read_text,
        build=_build_char_rnn,
        loss=_cross_entropy,
        constrain=lambda vocabulary: None,
        source="https://arxiv.org/abs/1308.0850; ours, measured",
    ),
}

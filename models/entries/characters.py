"""music and text: models of characters."""

from pathlib import Path

from models.configs import CharRNNConfig
from models.entry import CharacterEntry, bits, bits_alone
from tfrnn.data.options import TextOptions, TunesOptions
from tfrnn.training.config import TrainConfig


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


def _cross_entropy(config: CharRNNConfig):
    from tfrnn.training.losses import cross_entropy

    return cross_entropy


def _legal_abc(vocabulary):
    from tfrnn.music.grammar import AbcGrammar

    return AbcGrammar(("", *vocabulary.characters), end=0)


def _open_composer(folder: Path):
    from models.bundle import open_bundle
    from models.composer import Composer

    return Composer(open_bundle(folder).writer())


def _open_writer(folder: Path):
    from models.bundle import open_bundle

    return open_bundle(folder).writer()


def _text_module(folder: Path, *, free: bool = False):
    from models.bundle import open_bundle
    from tfrnn.data.vocabulary import VOCABULARY
    from tfrnn.export.saved_model import TextModule

    bundle = open_bundle(folder)
    writer = bundle.writer(free=free)
    return TextModule(bundle.model, folder / VOCABULARY, writer.write_ids, writer.nats)


MUSIC = CharacterEntry(
    summary="composes folk tunes in ABC notation, a character at a time",
    data=TunesOptions(other_keys=3),
    model=CharRNNConfig(),
    train=TrainConfig(steps=2000, learning_rate=3e-3),
    read=_read_tunes,
    build=_build_char_rnn,
    loss=_cross_entropy,
    tell_loss=bits_alone,
    tell_valid=bits,
    counted="characters",
    open=_open_composer,
    module=_text_module,
    constrain=_legal_abc,
    drafts=4,
    source="https://arxiv.org/abs/1604.08723, section 3, smaller; ours, measured",
)

TEXT = CharacterEntry(
    summary="writes text like the one it read, a character at a time",
    data=TextOptions(),
    model=CharRNNConfig(dropout=0.3),
    train=TrainConfig(steps=2000, learning_rate=3e-3),
    read=_read_text,
    build=_build_char_rnn,
    loss=_cross_entropy,
    tell_loss=bits_alone,
    tell_valid=bits,
    counted="characters",
    open=_open_writer,
    module=_text_module,
    constrain=lambda vocabulary: None,
    drafts=1,
    source="https://arxiv.org/abs/1308.0850; ours, measured",
)

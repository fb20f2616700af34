"""The zoo: every model of the repository, by the name the command line uses.

The dict below is the whole registry. To add a model, write models/<name>.py, its sizes in
models/configs.py, and one entry here; nothing registers itself and nothing is imported by its
name. Importing this module does not load TensorFlow, so that --help answers at once: what needs
it is imported where it is called.
"""

from functools import partial
from pathlib import Path
from typing import Any

from models.configs import CharRNNConfig, ClassifierConfig
from models.entry import CharacterEntry, Entry, bits, bits_alone, nats, right
from tfrnn.data.options import LabelledOptions, TextOptions, TunesOptions
from tfrnn.errors import MissingInputError
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


def _read_labels(options: LabelledOptions, *, seed: int):
    from tfrnn.data.sentences import read_labels

    return read_labels(options, seed=seed)


def _build_classifier(config: ClassifierConfig, precision: str, **sizes: int):
    from models.classifier import SentenceClassifier

    model = SentenceClassifier(config, dtype=precision, **sizes)
    model.build()
    return model


def _smooth_cross_entropy(config: ClassifierConfig):
    from tfrnn.training.losses import smooth_cross_entropy

    return partial(smooth_cross_entropy, smoothing=config.smoothing)


def _missed(logits, batch):
    from tfrnn.training.losses import missed

    return missed(logits, batch)


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


def _open_labeller(folder: Path):
    from models.sentences import open_labeller

    return open_labeller(folder)


def _calibrate(folder: Path, data):
    from models.calibrating import calibrate

    return calibrate(folder, data)


# How models of sentences are trained. Their steps are small, and XLA cannot compile those that
# look at each distinct word once.
SENTENCES = {
    "evaluate_every": 0,
    "patience": 0,
    "average": 0.998,
    "precision": "float32",
    "compile": "graph",
}

ZOO: dict[str, Entry] = {
    "music": CharacterEntry(
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
    ),
    "text": CharacterEntry(
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
    ),
    "intent": Entry(
        summary="names what a short text wants, or that it is out of scope",
        data=LabelledOptions(batch_size=128),
        model=ClassifierConfig(),
        train=TrainConfig(epochs=20, learning_rate=4e-3, **SENTENCES),
        read=_read_labels,
        build=_build_classifier,
        loss=_smooth_cross_entropy,
        judge=_missed,
        tell_loss=nats,
        tell_valid=right,
        counted="texts",
        finish=_calibrate,
        open=_open_labeller,
        module=_open_labeller,
        source="https://arxiv.org/abs/1607.04606, https://arxiv.org/abs/1512.08756; ours, measured",
    ),
    "sentiment": Entry(
        summary="tells how a text is meant, such as positive or negative",
        data=LabelledOptions(batch_size=64),
        model=ClassifierConfig(),
        train=TrainConfig(epochs=8, learning_rate=2e-3, **SENTENCES),
        read=_read_labels,
        build=_build_classifier,
        loss=_smooth_cross_entropy,
        judge=_missed,
        tell_loss=nats,
        tell_valid=right,
        counted="texts",
        finish=_calibrate,
        open=_open_labeller,
        module=_open_labeller,
        source="https://arxiv.org/abs/1607.04606, https://arxiv.org/abs/1512.08756; ours, measured",
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
    from models.files import CONFIG, PRESETS, model_name

    folder = PRESETS / source if isinstance(source, str) and source in ZOO else Path(source)
    if folder.parent == PRESETS and not (folder / CONFIG).exists():
        raise MissingInputError(
            f"{source} has no preset: train one by `python train.py {source}` and load its folder."
        )
    return ZOO[model_name(folder / CONFIG)].open(folder)

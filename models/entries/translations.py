"""translator, dates: a text in another language, or in another form."""

from dataclasses import replace
from pathlib import Path

from models.configs import TranslatorConfig
from models.entry import SENTENCES, Entry, missed, nats, right, smooth_cross_entropy
from tfrnn.data.options import DatesOptions, PairsOptions
from tfrnn.training.axes import Axis
from tfrnn.training.config import TrainConfig


def _read_translations(options: PairsOptions, *, seed: int):
    from tfrnn.data.translations import read_translations

    return read_translations(options, seed=seed)


def _read_dates(options: DatesOptions, *, seed: int):
    from tfrnn.data.dates import draw_dates
    from tfrnn.data.translations import learn_pieces

    if options.source:
        return _read_translations(options, seed=seed)
    return learn_pieces(draw_dates(options, seed=seed), options)


def _build_translator(config: TranslatorConfig, precision: str, **sizes: int):
    from models.translator import Translator

    model = Translator(config, dtype=precision, **sizes)
    model.build()
    return model


def _lacking(model, data, options: PairsOptions):
    from models.translations import lacking

    return lacking(model, data, options)


def _judged(entry: Entry, config: TranslatorConfig) -> Entry:
    """The entry, which goes by BLEU if the config says so."""
    if config.judge == "pieces":
        return entry
    return replace(entry, score=_lacking, tell_valid=_bleu, valid_axis=Axis("100 - BLEU", 100))


def _bleu(lacking: float) -> str:
    return f"BLEU {100 * (1 - lacking):.1f}"


def _open_interpreter(folder: Path):
    from models.translations import open_interpreter

    return open_interpreter(folder)


TRANSLATOR = Entry(
    summary="translates texts, by parallel ones that it has seen",
    data=PairsOptions(),
    model=TranslatorConfig(),
    train=TrainConfig(
        epochs=20, learning_rate=1e-3, **SENTENCES | {"precision": "auto", "average": 0.999}
    ),
    read=_read_translations,
    build=_build_translator,
    loss=smooth_cross_entropy,
    judge=missed,
    judged=_judged,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=Axis("nats a piece, smoothed", 1.0),
    valid_axis=Axis("% wrong, given the pieces before", 100),
    counted="pieces",
    open=_open_interpreter,
    module=_open_interpreter,
    source="https://arxiv.org/abs/1409.0473, https://arxiv.org/abs/1608.05859; ours, measured",
)

DATES = replace(
    TRANSLATOR,
    summary="reads dates as people write them, a character at a time",
    data=DatesOptions(),
    model=TranslatorConfig(embed=32, units=128, attention_units=64, dropout=0.1, smoothing=0.0),
    train=TrainConfig(
        steps=500,
        learning_rate=4e-3,
        warmup=50,
        **SENTENCES | {"average": 0.99, "evaluate_every": 100},
    ),
    read=_read_dates,
    counted="characters",
    loss_axis=Axis("nats a character", 1.0),
    source="https://arxiv.org/abs/1409.0473; ours, measured",
)

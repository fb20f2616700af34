"""captioner: what a picture shows, in words."""

from pathlib import Path

from models.configs import CaptionerConfig
from models.entry import SENTENCES, Entry, missed, nats, right, smooth_cross_entropy
from tfrnn.data.options import CaptionsOptions
from tfrnn.training.axes import Axis
from tfrnn.training.config import TrainConfig


def _read_captions(options: CaptionsOptions, *, seed: int):
    from tfrnn.data.captioned import read_captioned

    return read_captioned(options, seed=seed)


def _prepare(data, config: CaptionerConfig, options: CaptionsOptions):
    from models.picture_rows import prepared

    return prepared(data, config, options)


def _build_captioner(config: CaptionerConfig, precision: str, **sizes):
    from models.captioner import Captioner

    model = Captioner(config, dtype=precision, **sizes)
    model.build()
    return model


def _begin_captioner(model, folder: Path) -> None:
    from models.captions import begin

    begin(model, folder)


def _open_describer(folder: Path):
    from models.captions import open_describer

    return open_describer(folder)


CAPTIONER = Entry(
    summary="says what a picture shows, by captioned ones that it has seen",
    data=CaptionsOptions(),
    model=CaptionerConfig(),
    train=TrainConfig(
        epochs=15, learning_rate=1e-3, **SENTENCES | {"precision": "auto", "compile": "auto"}
    ),
    read=_read_captions,
    prepare=_prepare,
    build=_build_captioner,
    begin=_begin_captioner,
    loss=smooth_cross_entropy,
    judge=missed,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=Axis("nats a word, smoothed", 1.0),
    valid_axis=Axis("% wrong, given the words before", 100),
    counted="words",
    open=_open_describer,
    module=_open_describer,
    source="https://arxiv.org/abs/1411.4555, https://arxiv.org/abs/1502.03044; ours, measured",
)

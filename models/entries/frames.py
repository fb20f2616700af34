"""frames: a label for each frame of a clip."""

from pathlib import Path

from models.configs import FramesConfig
from models.entries.tags import missed_tags, tag_nats
from models.entry import SENTENCES, Entry, nats, right
from tfrnn.data.options import ClipsOptions
from tfrnn.training.axes import Axis
from tfrnn.training.config import TrainConfig


def _read_framed(options: ClipsOptions, *, seed: int):
    from tfrnn.data.framed import read_framed

    return read_framed(options, seed=seed)


def _build_frame_labeller(config: FramesConfig, precision: str, **sizes):
    from models.frame_labeller import FrameLabeller

    model = FrameLabeller(config, dtype=precision, **sizes)
    model.build()
    return model


def _open_clip_reader(folder: Path):
    from models.clips import open_clip_reader

    return open_clip_reader(folder)


FRAMES = Entry(
    summary="labels each frame of a clip, such as with what moves how",
    data=ClipsOptions(),
    model=FramesConfig(),
    train=TrainConfig(epochs=6, learning_rate=4e-3, **SENTENCES),
    read=_read_framed,
    build=_build_frame_labeller,
    loss=tag_nats,
    judge=missed_tags,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=Axis("nats a frame", 1.0),
    valid_axis=Axis("% wrong", 100),
    counted="frames",
    open=_open_clip_reader,
    module=_open_clip_reader,
    source="https://arxiv.org/abs/1411.4389; ours, measured",
)

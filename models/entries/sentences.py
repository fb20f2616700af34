"""skip_thought: sentences as vectors."""

from pathlib import Path

from models.configs import SkipThoughtConfig
from models.entry import SENTENCES, Entry, missed, nats, right, smooth_cross_entropy
from tfrnn.data.options import BookOptions
from tfrnn.training.axes import Axis
from tfrnn.training.config import TrainConfig


def _read_book(options: BookOptions, *, seed: int):
    from tfrnn.data.skipping import read_book

    return read_book(options, seed=seed)


def _build_skip_thought(config: SkipThoughtConfig, precision: str, **sizes: int):
    from models.skip_thought import SkipThought

    model = SkipThought(config, dtype=precision, **sizes)
    model.build()
    return model


def _open_embedder(folder: Path):
    from models.sentence_vectors import open_embedder

    return open_embedder(folder)


SKIP_THOUGHT = Entry(
    summary="makes vectors of sentences, from what stands before and after them in books",
    data=BookOptions(),
    model=SkipThoughtConfig(),
    train=TrainConfig(
        epochs=15, learning_rate=1e-3, **SENTENCES | {"precision": "auto", "average": 0.999}
    ),
    read=_read_book,
    build=_build_skip_thought,
    loss=smooth_cross_entropy,
    judge=missed,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=Axis("nats a piece", 1.0),
    valid_axis=Axis("% wrong, given the pieces before", 100),
    counted="pieces",
    open=_open_embedder,
    module=_open_embedder,
    source="https://arxiv.org/abs/1506.06726; ours",
)

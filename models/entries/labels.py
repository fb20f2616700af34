"""intent and sentiment: a label for a text."""

from pathlib import Path

from models.configs import ClassifierConfig
from models.entry import SENTENCES, Entry, missed, nats, right
from tfrnn.data.options import LabelledOptions
from tfrnn.training.axes import Axis
from tfrnn.training.config import TrainConfig

LOSS_AXIS = Axis("nats a text, smoothed", 1.0)


def _read_labels(options: LabelledOptions, *, seed: int):
    from tfrnn.data.sentences import read_labels

    return read_labels(options, seed=seed)


def _build_classifier(config: ClassifierConfig, precision: str, **sizes: int):
    from models.classifier import SentenceClassifier

    model = SentenceClassifier(config, dtype=precision, **sizes)
    model.build()
    return model


def _label_nats(config: ClassifierConfig):
    from models.classifier import nats

    return nats(config)


def _open_labeller(folder: Path):
    from models.sentences import open_labeller

    return open_labeller(folder)


def _calibrate(folder: Path, data):
    from models.calibrating import calibrate

    return calibrate(folder, data)


INTENT = Entry(
    summary="names what a short text wants, or that it is out of scope",
    data=LabelledOptions(batch_size=128),
    model=ClassifierConfig(),
    train=TrainConfig(epochs=14, learning_rate=4e-3, **SENTENCES),
    read=_read_labels,
    build=_build_classifier,
    loss=_label_nats,
    judge=missed,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=LOSS_AXIS,
    valid_axis=Axis("% wrong", 100),
    counted="texts",
    finish=_calibrate,
    open=_open_labeller,
    module=_open_labeller,
    source="https://arxiv.org/abs/1607.04606, https://arxiv.org/abs/1512.08756; ours, measured",
)

SENTIMENT = Entry(
    summary="tells how a text is meant, such as positive or negative",
    data=LabelledOptions(batch_size=64, oos_label=""),
    model=ClassifierConfig(buckets=8192, readings=2, wide=0),
    train=TrainConfig(epochs=8, learning_rate=2e-3, **SENTENCES),
    read=_read_labels,
    build=_build_classifier,
    loss=_label_nats,
    judge=missed,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=LOSS_AXIS,
    valid_axis=Axis("% wrong", 100),
    counted="texts",
    finish=_calibrate,
    open=_open_labeller,
    module=_open_labeller,
    source="https://arxiv.org/abs/1607.04606, https://arxiv.org/abs/1512.08756; ours, measured",
)

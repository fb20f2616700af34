"""tagger and slots: a tag for each word."""

from pathlib import Path

from models.configs import IntentSlotsConfig, TaggerConfig
from models.entry import SENTENCES, Entry, nats, right
from tfrnn.data.options import TaggedOptions
from tfrnn.training.axes import Axis
from tfrnn.training.config import TrainConfig

LOSS_AXIS = Axis("nats a word", 1.0)


def _read_tags(options: TaggedOptions, *, seed: int):
    from tfrnn.data.sentences import read_tags

    return read_tags(options, seed=seed)


def _build_tagger(config: TaggerConfig, precision: str, **sizes: int):
    from models.tagger import Tagger

    model = Tagger(config, dtype=precision, **sizes)
    model.build()
    return model


def tag_nats(config):
    """Returns what a model of tags, one for each step, learns from: `models.tag_costs.nats`."""
    from models.tag_costs import nats

    return nats


def missed_tags(chain, batch):
    """Is `models.tag_costs.missed`, which is imported where it is called."""
    from models.tag_costs import missed

    return missed(chain, batch)


def _read_labels_and_tags(options: TaggedOptions, *, seed: int):
    from tfrnn.data.sentences import read_labels_and_tags

    return read_labels_and_tags(options, seed=seed)


def _build_intent_slots(config: IntentSlotsConfig, precision: str, **sizes: int):
    from models.intent_slots import IntentSlots

    model = IntentSlots(config, dtype=precision, **sizes)
    model.build()
    return model


def _intent_slots_nats(config: IntentSlotsConfig):
    from models.intent_slots import nats

    return nats


def _missed_intent_slots(reading, batch):
    from models.intent_slots import missed

    return missed(reading, batch)


def _open_tagger(folder: Path):
    from models.sentences import open_tagger

    return open_tagger(folder)


TAGGER = Entry(
    summary="tags the words of a sentence, such as with their parts of speech",
    data=TaggedOptions(lower="words"),
    model=TaggerConfig(),
    train=TrainConfig(epochs=12, learning_rate=3e-3, **SENTENCES),
    read=_read_tags,
    build=_build_tagger,
    loss=tag_nats,
    judge=missed_tags,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=LOSS_AXIS,
    valid_axis=Axis("% wrong", 100),
    counted="words",
    open=_open_tagger,
    module=_open_tagger,
    source="https://arxiv.org/abs/1603.01354; ours, measured",
)

SLOTS = Entry(
    summary="names what a sentence wants, and tags the words that say the particulars",
    data=TaggedOptions(lower="words"),
    model=IntentSlotsConfig(),
    train=TrainConfig(epochs=14, learning_rate=3e-3, clip_norm=5.0, **SENTENCES),
    read=_read_labels_and_tags,
    build=_build_intent_slots,
    loss=_intent_slots_nats,
    judge=_missed_intent_slots,
    tell_loss=nats,
    tell_valid=right,
    loss_axis=LOSS_AXIS,
    valid_axis=Axis("% wrong", 100),
    counted="labels and tags",
    open=_open_tagger,
    module=_open_tagger,
    source="https://arxiv.org/abs/1609.01454, https://arxiv.org/abs/1603.01354; ours, measured",
)

"""The presets that ship: small, told of in a card, and of use before any training."""

import pytest

from models import ZOO, load
from models.files import CONFIG, PRESETS, model_name

NAMES = sorted(path.name for path in PRESETS.iterdir() if (path / CONFIG).exists())
MOST = 8e6  # bytes


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small_and_has_a_card(name):
    assert name in ZOO and model_name(PRESETS / name / CONFIG) == name
    size = sum(path.stat().st_size for path in (PRESETS / name).rglob("*") if path.is_file())
    assert size <= MOST
    card = (PRESETS / name / "README.md").read_text(encoding="utf-8")
    for what in ("licence", "python train.py", "seed", "baseline"):
        assert what in card


def test_the_classifier_knows_what_is_asked():
    known, odd = load("intent").answer(["what time is it in lisbon", "who wrote war and peace"])
    assert known.label == "time" and known.familiar and known.confidence > 0.9
    assert not odd.familiar


def test_the_tagger_knows_its_words():
    (found,) = load("tagger").tag(["She quickly painted two old boats."])
    assert found.tags == ("PRON", "ADV", "VERB", "NUM", "ADJ", "NOUN", "PUNCT")

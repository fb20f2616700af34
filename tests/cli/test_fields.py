"""Dotted names: what there is, what was typed, what differs, what was meant."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.runs import Pace, Run, Sizes
from tfrnn.cli.fields import REQUIRED, differences, given, leaves, nearest, values

RUN = Run(train=Pace(steps=10), out=Path("runs/a"))


def test_leaves_have_dotted_names_and_the_text_below_the_field():
    found = {leaf.key: leaf for leaf in leaves(Run)}

    assert list(found)[:3] == ["model.units", "model.dropout", "train.steps"]
    assert found["model.units"].help == "Width of the layer (Sutskever et al. 2014)."
    assert found["train.learning_rate"].flag == "--train.learning-rate"
    assert found["train.ema"].negation == "--train.no-ema"
    assert found["resume"].negation == "--no-resume"
    assert found["seed"].negation is None
    assert "from" in found
    assert "texts" not in found


def test_defaults_are_the_fields_own_or_those_of_an_instance():
    own = {leaf.key: leaf.default for leaf in leaves(Run)}
    told = {leaf.key: leaf.default for leaf in leaves(Run, RUN)}

    assert (own["model.units"], own["out"], own["train.steps"]) == (256, REQUIRED, REQUIRED)
    assert (told["model.units"], told["out"], told["train.steps"]) == (256, Path("runs/a"), 10)


def test_values_follow_the_fields():
    assert list(values(Pace(steps=10)).items())[:2] == [("steps", 10), ("learning_rate", 1e-3)]


def test_differences_name_what_changed_and_nothing_else():
    other = replace(RUN, model=Sizes(units=512), seed=1)

    assert differences(RUN, other) == {"model.units": (256, 512), "seed": (0, 1)}
    assert differences(RUN, RUN) == {}


def test_differences_need_the_same_fields():
    with pytest.raises(ValueError, match="needs one type"):
        differences(RUN, Sizes())


@pytest.mark.parametrize(
    ("argv", "keys"),
    [
        ([], set()),
        (["--model.units", "5", "--seed=1"], {"model.units", "seed"}),
        (["--train.learning_rate", "1"], {"train.learning_rate"}),
        (["--train.learning-rate=1"], {"train.learning_rate"}),
        (["--no-resume", "--train.no_ema"], {"resume", "train.ema"}),
        (["--from", "a"], {"from"}),
        (["--nothing", "5", "--units"], set()),
        (["a text", "--", "--seed"], set()),
    ],
)
def test_given_are_the_options_that_the_user_typed(argv, keys):
    assert given(Run, argv) == keys


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--model.unit", "--model.units"),
        ("--units", "--model.units"),
        ("--modle.dropout", "--model.dropout"),
        ("--zzz", None),
    ],
)
def test_nearest(typed, meant):
    assert nearest(typed, [leaf.flag for leaf in leaves(Run)]) == meant

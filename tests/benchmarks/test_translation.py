"""The table of the translator, in a tiny size: both sides learn alike, both searches find alike."""

import dataclasses

import pytest

from benchmarks import targets, translation
from benchmarks.contenders import our_ways
from benchmarks.sides import TORCH, installed

pytestmark = pytest.mark.slow  # it compiles four training steps and two searches


@pytest.fixture(scope="module")
def rows(stage):
    return translation.measure(stage, texts=12, repeats=2, small=True)


def test_a_search_in_a_graph_finds_what_a_loop_finds(rows, saved):
    ours, loop = (row for row in rows if row.task == "a text, beam 5")
    assert (ours.contender, loop.contender) == (translation.OURS, translation.LOOP)
    assert ours.over > 0 and loop.over is None and not ours.wrong
    assert len(saved(rows, translation)) == len(rows)
    assert "loop in Python" in translation.as_text(rows)


@pytest.mark.skipif(not installed(TORCH), reason="PyTorch is not installed")
def test_both_sides_learn_alike(rows):
    for precision in translation.PRECISIONS:
        found = [row for row in rows if row.task == f"step, {precision}"]
        losses = {row.contender: row.loss for row in found}
        gap = abs(losses[translation.OURS] - losses[TORCH])
        assert gap <= translation.TOLERANCE[precision]
        assert losses[translation.OURS] < 3.9  # of log 50 at the start


def test_without_pytorch_a_row_says_so(stage, monkeypatch):
    monkeypatch.setattr(translation, "installed", lambda library: False)
    found = translation.measure_steps(stage, "float32", 1, small=True)
    assert [row.contender for row in found] == [*our_ways(), "torch, not installed"]
    assert translation.as_text(found) and found[0].over is None and not found[0].wrong


def test_what_differs_is_told_and_targets_are_held_up(rows):
    wrong = [dataclasses.replace(row, wrong="1 of 12 translations differ") for row in rows[-2:]]
    assert translation.mistakes(wrong) == ["a text, beam 5: 1 of 12 translations differ"]
    assert translation.mistakes(rows) == []
    (fast,) = (row for row in rows if row.task == "a text, beam 5" and row.over)
    found = [*targets.of_translation([dataclasses.replace(fast, over=5.5)])]
    assert [(target.wanted, target.met) for target in found] == [(5.0, True)]

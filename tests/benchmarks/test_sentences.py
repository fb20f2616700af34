"""The table of the models of sentences: Keras' layers in the same model learn alike."""

import dataclasses

import pytest

from benchmarks import sentences
from benchmarks.contenders import KERAS, our_ways

pytestmark = pytest.mark.slow  # two models at their real sizes


@pytest.fixture(scope="module")
def rows(stage):
    return sentences.measure_steps(stage, "intent", 8, 1)


def test_all_have_the_same_loss_after_a_few_steps(rows, saved):
    assert [row.contender for row in rows] == [*our_ways(), KERAS, sentences.THROUGHOUT]
    losses = [row.loss for row in rows]
    assert losses == pytest.approx([losses[-1]] * len(losses), abs=1e-4)
    assert sentences.mistakes(rows) == []
    assert rows[-2].over_keras == rows[-1].over_throughout == 1
    assert len(sentences.as_text(rows).splitlines()) == 1 + len(rows)
    assert len(saved(rows, sentences)) == len(rows)


def test_another_loss_is_told(rows):
    found = sentences.mistakes([dataclasses.replace(row, wrong=True) for row in rows[:2]])
    assert len(found) == 1
    assert found[0].startswith("intent, step of 8 words: losses differ: tfrnn")


def test_texts_a_second_are_printed(rows):
    task = f"intent, a text of {sentences.TEXTS:,}"
    use = sentences.Row(task=task, contender="tfrnn", seconds=[1e-4])
    assert sentences.as_text([*rows, use]).endswith("10,000 texts a second")

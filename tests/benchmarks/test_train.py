"""All sides train from the same weights to the same loss, and a side that does not is told."""

import math

import pytest

from benchmarks import memory, peak, results, sides, startup, train
from benchmarks.contenders import PYTORCH, REFERENCE, Contender
from benchmarks.sides import TORCH
from benchmarks.tasks import Task, batches, first_weights, tasks
from tests.benchmarks.toys import EVERYONE, PEAK, PLAIN, TASKS, TINY


@pytest.fixture(scope="module")
def trained(stage):
    """All contenders at the first task, the plain ones at the others."""
    everyone = [EVERYONE, *[PLAIN] * (len(TASKS) - 1)]
    return [train.measure_task(stage, task, 1, PEAK, who) for task, who in zip(TASKS, everyone)]


def test_every_contender_reaches_the_same_loss(trained):
    for rows in trained:
        for row in filter(lambda row: not row.note, rows):
            limit = 1e-5 if row.precision == "float32" else 3e-3
            assert row.gap < limit, row
            assert not row.wrong
            assert abs(row.loss - row.first_loss) > 1e-3, "nothing was learnt"
        assert train.mistakes(rows) == []


def test_every_contender_has_a_row(trained, saved):
    first = trained[0]
    assert [row.contender for row in first] == [contender.name for contender in EVERYONE]
    for row in filter(lambda row: not row.note, first):
        assert row.gflops == pytest.approx(row.share * PEAK[row.precision])
        assert len(row.seconds) == 1
    assert first[EVERYONE.index(REFERENCE)].over_keras == 1
    assert len(train.as_text(first).splitlines()) == 1 + len(first)
    rows = saved(first, train)
    assert [row["loss"] for row in rows] == [row.loss for row in first]


def test_another_loss_is_told(stage, monkeypatch):
    monkeypatch.setattr(train, "TOLERANCE", -1.0)
    rows = train.measure_task(stage, TASKS[0], 1, PEAK, PLAIN[:2])
    assert [line.partition(" has loss")[0] for line in train.mistakes(rows)] == [
        "lstm tiny: tfrnn float32 graph",
        "lstm tiny: keras float32 graph",
    ]


def test_a_loss_that_is_not_a_number_is_wrong():
    contender = PLAIN[0]
    begun = {contender: (1.0, [3.0, math.nan]), REFERENCE: (1.0, [3.0, 2.0])}
    seconds = {contender: [1.0], REFERENCE: [2.0]}
    row = train.row_of(TASKS[0], contender, begun, seconds, PEAK)
    assert (row.wrong, row.over_keras, row.over_torch) == (True, 2.0, None)


def test_what_is_not_installed_has_a_row_that_says_so(stage, monkeypatch, saved):
    monkeypatch.setattr(sides, "find_spec", lambda name: None if name == TORCH else True)
    contenders = [REFERENCE, Contender(PYTORCH, "float32")]
    rows = train.measure_task(stage, TASKS[0], 1, PEAK, contenders)
    assert [row.note for row in rows] == ["", results.NOT_INSTALLED]
    assert results.NOT_INSTALLED in train.as_text(rows)
    assert len(saved(rows, train)) == 2
    assert [memory.measure_one(stage, TASKS[0], who).note for who in contenders[1:]] == [
        results.NOT_INSTALLED
    ]
    assert startup.missing("import torch") == results.NOT_INSTALLED


def test_the_products_of_a_step_are_counted():
    task = Task("gru", "x", batch=2, steps=5, units=4, embed=3, vocab=7, layers=2, both=True)
    products = 0
    for weight in first_weights(task)[1:]:  # those of the embedding are rows, not a product
        if weight.ndim == 2 and len(weight) > 2:  # a GRU's bias has two rows
            products += weight.size
    assert task.flops == 3 * 2 * 2 * 5 * products


def test_batches_have_something_to_learn():
    ids = batches(TASKS[0], 50)
    assert ids.shape == (50, TINY["batch"], TINY["steps"] + 1)
    assert 0 <= ids.min() < ids.max() < TINY["vocab"]
    follows = ids[..., 1:] == (7 * ids[..., :-1] + 3) % TINY["vocab"]
    assert 0.45 < follows.mean() < 0.65


def test_the_lstm_is_also_measured_in_two_layers_and_both_ways():
    names = [task.name for task in tasks(["A", "B"], ["lstm", "rnn"])]
    assert names[:4] == ["lstm A", "rnn A", "lstm B", "rnn B"]
    assert names[4:] == ["lstm B, 2 layers", "lstm B, bidirectional"]


def test_the_peak_is_that_of_the_fastest_library(stage):
    found = peak.measure_peak(stage, rounds=2, size=64)
    assert list(found) == ["float32", "bfloat16"]
    assert all(0 < rate < math.inf for rate in found.values())

"""serve.py under a small load: all are answered or told to come back, and nothing is cut off."""

import dataclasses
import json

import pytest

from benchmarks import serving, targets
from benchmarks.sides import installed
from tests.serving import toys

pytestmark = pytest.mark.skipif(not installed("aiohttp"), reason="aiohttp is not installed")


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    root = tmp_path_factory.mktemp("exports")
    toys.numbers(root / "numbers" / "1")
    bodies = [json.dumps({"inputs": {"x": [n]}, "signature_name": "multiply"}) for n in range(3)]
    return serving.measure_model(root, "numbers", bodies, clients=24, seconds=1.0)


def test_every_request_is_answered_or_told_to_come_back(rows, saved):
    ways = {row.way: row for row in rows}
    assert list(ways) == [
        serving.ONE, serving.APART, serving.TOGETHER, serving.CROWDED, serving.ENDED
    ]  # fmt: skip
    assert serving.mistakes(rows) == []
    assert all(row.answered > 5 for row in rows)
    assert ways[serving.CROWDED].refused > 0
    assert ways[serving.ONE].refused == ways[serving.TOGETHER].refused == 0
    for row in rows:
        assert 0 < row.median <= row.slowest
    over = ways[serving.TOGETHER].rate / ways[serving.APART].rate
    assert ways[serving.TOGETHER].over == pytest.approx(over)
    assert len(serving.as_text(rows).splitlines()) == 1 + len(rows)
    assert len(saved(rows, serving)) == len(rows)


def test_what_went_wrong_is_told(rows):
    wrong = [dataclasses.replace(rows[0], wrong=3)]
    assert serving.mistakes(wrong) == ["one client: 3 requests went wrong"]


def test_targets_are_ratios_and_a_time(rows):
    streamed = serving.Row(way=serving.STREAMED, median=0.05, slowest=0.07)
    together = dataclasses.replace(rows[2], over=6.2)
    found = list(targets.of_serving([rows[0], together, streamed]))
    assert [(round(t.found, 1), t.met) for t in found] == [(6.2, True), (20.0, True)]


def test_without_clients_a_row_says_so(monkeypatch):
    monkeypatch.setattr(serving, "installed", lambda library: False)
    rows = serving.measure(clients=2, seconds=1.0)
    assert "not installed" in serving.as_text(rows)
    assert list(targets.of_serving(rows)) == []

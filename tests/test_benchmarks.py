"""The benchmarks measure what they say: the same weights, every character, finite times."""

import json

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import generate, ways
from benchmarks.timing import interleaved
from tfrnn.music.grammar import AbcGrammar

SIZE = {"units": 8, "batch": 2, "length": 40}


@pytest.fixture(scope="module")
def rows():
    return generate.measure(**SIZE, repeats=2)


def test_every_way_is_measured(rows):
    assert [row.way for row in rows][:5] == [
        ways.TUTORIAL,
        ways.GRAPH,
        ways.XLA,
        ways.GRAPH + ways.LEGAL,
        ways.XLA + ways.LEGAL,
    ]
    for row in rows:
        assert len(row.seconds) == 2
        assert 0 < row.fastest <= row.median < float("inf")
    assert rows[0].speedup == 1


def test_the_table_and_the_file_hold_every_row(rows, tmp_path):
    machine = {"cores": 2}
    assert len(generate.as_text(rows, machine).splitlines()) == 3 + len(rows)
    generate.write(rows, machine, tmp_path / "new" / "found.json")
    found = json.loads((tmp_path / "new" / "found.json").read_text())
    assert [row["seconds"] for row in found["rows"]] == [row.seconds for row in rows]
    assert (tmp_path / "new" / "found.png").stat().st_size > 1000


def test_a_legal_text_goes_on_beyond_every_end():
    legal = ways.Endless(AbcGrammar(("", *ways.VOCABULARY.characters), end=0))
    (text,) = ways.ours(ways.untrained(8), 1, 150, constraint=legal, jit=False)()
    assert text.startswith("X:1\n")
    assert len(text) == 150


def test_a_way_that_writes_too_little_is_seen(monkeypatch):
    monkeypatch.setattr(ways, "NEVER", 1e4)
    with pytest.raises(RuntimeError, match="eager loop must write 2 x 40 characters, wrote"):
        generate.measure(**SIZE, repeats=1)


def test_the_tutorials_model_is_ours():
    model = ways.untrained(8)
    ids = np.array([[0, 5, 7], [0, 80, 9]], np.int32)
    twin = ways.keras_twin(model, 2)
    found = tf.concat([twin(ids[:, t : t + 1]) for t in range(3)], 1)
    np.testing.assert_allclose(found, model({"ids": ids}), atol=1e-5)


def test_the_model_of_pytorch_is_ours():
    torch = pytest.importorskip("torch")
    model = ways.untrained(8)
    ids = np.array([[0, 5, 7], [0, 80, 9]], np.int32)
    embed, lstm, linear = ways.torch_twin(model, "float32")
    with torch.no_grad():
        found = linear(lstm(embed(torch.from_numpy(ids)))[0])
    np.testing.assert_allclose(found.numpy(), model({"ids": ids}), atol=1e-5)


def test_ways_take_turns_after_one_run_each():
    ran = []
    found = interleaved(
        {name: lambda name=name: ran.append(name) for name in "ab"},
        2,
        check=lambda name, result: ran.append(name.upper()),
    )
    assert "".join(ran) == "aAbB" * 3
    assert {name: len(times.later) for name, times in found.items()} == {"a": 2, "b": 2}

"""Choosing how to compute: what was asked for stays, the rest goes to the fastest."""

import keras
import pytest

from tests.training.toys import batch, config
from tests.training.toys import bigram as build_bigram
from tfrnn.drop_in import LSTM
from tfrnn.kernels.llvm.machine import machine
from tfrnn.training import choose as module
from tfrnn.training.choose import choose
from tfrnn.training.losses import cross_entropy


def bigram(precision):
    keras.config.set_dtype_policy(precision)
    try:
        return build_bigram()
    finally:
        keras.config.set_dtype_policy("float32")


def recurrent(precision):
    keras.config.set_dtype_policy(precision)
    try:
        model = keras.Sequential([keras.layers.Embedding(8, 4), LSTM(64, return_sequences=True)])
        model.build([None, None])
    finally:
        keras.config.set_dtype_policy("float32")
    return model


def refuse(precision):
    raise AssertionError("nothing was left to measure")


@pytest.fixture
def seconds(monkeypatch):
    """Dictates what the measurements say."""
    told = {}

    def measure(model, loss_fn, config, batch):
        assert model.dtype_policy.name == config.precision
        way = config.precision, config.compile
        return told[way if config.shards == 1 else (*way, config.shards)]

    monkeypatch.setattr(module, "_measure", measure)
    monkeypatch.setattr(module, "cores", lambda: 2)
    monkeypatch.setattr(module, "_precisions", lambda: ["float32", "mixed_bfloat16"])
    return told


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("compile_", ["graph", "xla"])
def test_what_was_asked_for_is_not_measured(precision, compile_):
    asked = config(precision=precision, compile=compile_)
    assert choose(refuse, cross_entropy, asked, batch()) == (asked, "as asked")


def test_no_choice_is_no_measurement(monkeypatch):
    monkeypatch.setattr(module, "_precisions", lambda: ["float32"])
    choice = choose(refuse, cross_entropy, config(precision="auto", compile="xla"), batch())
    assert choice == (config(compile="xla"), "this processor has no bfloat16 products")


@pytest.mark.parametrize("fastest", [0, 1, 2, 3])
def test_the_fastest_way_is_chosen(seconds, fastest, monkeypatch):
    monkeypatch.setattr(module, "_has_gpu", lambda: True)
    ways = [(p, c) for p in ("float32", "mixed_bfloat16") for c in ("graph", "xla")]
    seconds.update(zip(ways, [0.02, 0.03, 0.04, 0.05]))
    seconds[ways[fastest]] = 0.0075
    asked = config(precision="auto", compile="auto", steps=9)
    choice = choose(bigram, cross_entropy, asked, batch())
    assert (choice.config.precision, choice.config.compile) == ways[fastest]
    assert choice.config.steps == 9
    assert choice.reason.startswith("measured a step: float32 graph ")
    assert choice.reason.count("bfloat16") == 2
    assert " 8 ms" in choice.reason


def test_bfloat16_under_xla_is_not_tried_on_a_cpu(seconds, monkeypatch):
    monkeypatch.setattr(module, "_has_gpu", lambda: False)
    tried = [("float32", "graph"), ("float32", "xla"), ("mixed_bfloat16", "graph")]
    seconds.update(zip(tried, [3.0, 2.0, 1.0]))  # a fourth would be a KeyError
    choice = choose(bigram, cross_entropy, config(precision="auto", compile="auto"), batch())
    assert (choice.config.precision, choice.config.compile) == tried[2]


def test_only_what_is_open_is_measured(seconds):
    seconds.update({("mixed_bfloat16", "graph"): 2.0, ("mixed_bfloat16", "xla"): 1.0})
    asked = config(precision="mixed_bfloat16", compile="auto")
    assert choose(bigram, cross_entropy, asked, batch()).config.compile == "xla"


@pytest.mark.skipif(machine() is None, reason="no vectors that the kernels know")
@pytest.mark.parametrize("fastest", ["graph", "llvm"])
def test_recurrences_are_tried_by_llvm(seconds, fastest):
    """Which precisions it is tried in is what this processor multiplies in."""
    seconds.update({("float32", "graph"): 2.0, ("float32", "xla"): 3.0})
    seconds.update({("mixed_bfloat16", "graph"): 2.0, ("mixed_bfloat16", "llvm"): 2.5})
    seconds["float32", "llvm"] = {"graph": 2.1, "llvm": 1.9}[fastest]
    choice = choose(recurrent, cross_entropy, config(precision="auto", compile="auto"), batch())
    assert choice.config == config(compile=fastest)
    assert "float32 llvm " in choice.reason


def test_llvm_is_not_tried_where_a_gpu_is(seconds, monkeypatch):
    monkeypatch.setattr(module, "_has_gpu", lambda: True)
    seconds.update({("float32", "graph"): 2.0, ("float32", "xla"): 1.0})
    choice = choose(recurrent, cross_entropy, config(compile="auto"), batch())
    assert choice.config.compile == "xla"


@pytest.mark.parametrize(("together", "shards"), [(0.9, 2), (1.1, 1)])
def test_shards_are_measured_in_the_fastest_way(seconds, together, shards):
    seconds.update({("float32", "graph"): 2.0, ("float32", "xla"): 1.0})
    seconds["float32", "xla", 2] = together
    asked = config(compile="auto", shards=0)
    choice = choose(bigram, cross_entropy, asked, batch())
    assert choice.config == config(compile="xla", shards=shards)
    assert choice.reason.endswith(f"float32 xla 2 shards {1e3 * together:.0f} ms")


@pytest.mark.parametrize("why", ["one core", "one row", "a gpu"])
def test_a_batch_that_is_not_to_be_cut(seconds, monkeypatch, why):
    monkeypatch.setattr(module, "cores", lambda: 1 if why == "one core" else 2)
    monkeypatch.setattr(module, "_has_gpu", lambda: why == "a gpu")
    rows = 1 if why == "one row" else 4
    choice = choose(refuse, cross_entropy, config(shards=0), batch(rows=rows))
    assert choice == (config(shards=1), "as asked")


def test_a_real_measurement_leaves_the_model_as_it_was():
    model = bigram("float32")
    before = [v.numpy().copy() for v in model.variables]
    choice = choose(lambda _: model, cross_entropy, config(compile="auto"), batch())
    assert choice.config.compile in ("graph", "xla")
    for variable, value in zip(model.variables, before):
        assert (variable.numpy() == value).all()

"""The other tables: pipelines, growth, memory, start-up; and the processes they run in."""

import sys

import pytest

from benchmarks import linear, memory, pipeline, startup
from benchmarks.contenders import KERAS, Contender
from benchmarks.sides import TENSORFLOW, Side, Turn
from benchmarks.timing import interleaved
from tests.benchmarks.toys import PLAIN, TASKS, TINY
from tfrnn.errors import Failure


def test_pipelines_are_measured_beside_a_step(stage, saved):
    rows = pipeline.measure_task(stage, TASKS[0], 1, 2000)
    ways = [row.way for row in rows]
    assert ways.count(pipeline.STREAM) == 1
    assert sorted(ways)[0] == "keras timeseries_dataset_from_array"
    for row in filter(lambda row: row.seconds, rows):
        rate = TINY["batch"] * TINY["steps"] / row.seconds[0]
        assert row.rate == pytest.approx(rate)
    assert len(pipeline.as_text(rows).splitlines()) == 1 + len(rows)
    assert len(saved(rows, pipeline)) == len(rows)


def test_time_is_measured_along_both_axes(stage, saved):
    sizes = {"lengths": [8, 16], "sizes": [2]}
    rows = linear.measure(stage, shape="tiny", repeats=1, contenders=PLAIN[1:2], **sizes)
    found = [(row.axis, row.size) for row in rows]
    assert found == [(linear.STEPS, 8), (linear.STEPS, 16), (linear.BATCH, 2)]
    assert len(saved(rows, linear)) == 3
    assert linear.as_text(rows).count("exponent") == 2


def test_the_exponent_is_that_of_the_power():
    rows = [
        linear.Row(axis=linear.STEPS, size=n, contender="x", seconds=[3e-3 * n**1.5])
        for n in (50, 200, 5000)
    ]
    assert [row.exponent for row in linear.with_exponents(rows)] == pytest.approx([1.5] * 3)


def test_the_peak_of_memory_is_that_of_a_process_of_its_own(stage, saved):
    (row,) = memory.measure(
        stage, shapes=["tiny"], cells=["lstm"], contenders=[Contender(KERAS, "float32")]
    )
    if row.note:
        pytest.skip(row.note)
    assert 50 < row.before < row.peak
    assert row.added == row.peak - row.before
    assert len(memory.as_text([row]).splitlines()) == 2
    assert len(saved([row], memory)) == 1


def test_help_is_timed_and_does_not_load_tensorflow(saved):
    rows = startup.measure(repeats=1, wanted=lambda what: what.startswith("train"))
    assert [(row.what, row.tensorflow) for row in rows] == [("train.py --help", False)]
    assert startup.mistakes(rows) == []
    assert len(startup.as_text(rows).splitlines()) == 2
    assert len(saved(rows, startup)) == 1


def test_help_that_loads_tensorflow_is_told():
    row = startup.Row(what="x.py --help", seconds=[9.0], tensorflow=True, wrong=True)
    assert startup.mistakes([row]) == ["x.py --help loads TensorFlow"]
    fake = "import types; sys.modules['tensorflow'] = types.ModuleType('tensorflow')"
    assert startup.loads_tensorflow([sys.executable, "-c", fake])


def test_a_command_that_fails_is_one_line():
    with pytest.raises(Failure, match="ended with 3: no such thing"):
        startup.run([sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr)"
                     "; sys.exit(3)"])  # fmt: skip


def test_turns_are_taken_one_after_the_other():
    ran = []
    ways = {name: lambda name=name: ran.append(name) or Turn(1.0, []) for name in "ab"}
    found = interleaved(ways, 3)
    assert "".join(ran) == "ab" * 3
    assert {name: len(turns) for name, turns in found.items()} == {"a": 3, "b": 3}


def test_a_side_says_what_went_wrong_there(stage):
    with pytest.raises(RuntimeError, match="tensorflow: ZeroDivisionError: "):
        stage.side(TENSORFLOW).run(divmod, 1, 0)
    assert stage.side(TENSORFLOW).run(divmod, 7, 2) == (3, 1)


def test_a_side_that_dies_is_a_failure():
    side = Side("json")
    with pytest.raises(Failure, match="the process of json ended by itself with 7"):
        side.run(sys.exit, 7)
    side.close()

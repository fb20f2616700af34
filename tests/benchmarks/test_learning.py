"""The same text learnt by each library: equal scores on the way, and who got there when."""

import itertools

import pytest

from benchmarks import learning
from benchmarks.learning import LEG, Leg, Row
from tests.benchmarks.toys import PLAIN
from tfrnn.errors import DataError

SIZES = {"batch": 4, "steps": 8, "units": 16, "embed": 8, "layers": 1}
LINES = [f"{a} and {b} went out to {c}\n" for a, b, c in itertools.permutations(
    ("Ann", "Ben", "Cy", "Dot", "Eve"), 3)]  # fmt: skip


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "lines.txt"
    path.write_text("".join(LINES))
    return learning.read(path, SIZES)


def test_windows_cover_the_text_once_and_leave_its_end_out(tmp_path):
    path = tmp_path / "unlike.txt"  # a text in which no character comes twice
    path.write_text("".join(map(chr, range(0x4E00, 0x4E00 + 1000))))
    task, ids, held_out = learning.read(path, SIZES)
    assert (task.batch, ids.shape, held_out.shape) == (4, (28, 4, 9), (8, 9))
    learnt = ids[..., 1:].ravel()
    assert len(set(learnt)) == len(learnt) == 28 * 4 * 8  # of 900 characters
    assert not {*learnt} & {*held_out[:, 1:].ravel()}


def test_too_short_a_text_is_refused(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("a word\n" * 30)
    with pytest.raises(DataError, match=r"short.txt: 210 characters are too few: 10% of them"):
        learning.read(path, SIZES)


def test_all_have_the_same_scores_and_learn(stage, text, saved):
    rows = learning.measure(stage, text=text, bound=0.0, limit=2 * LEG, contenders=PLAIN)
    ours = rows[0].held_out
    assert len(ours) == 2
    assert ours[1] < ours[0] - 0.1
    for row in rows:
        if not row.note:
            assert row.held_out == pytest.approx(ours, abs=2e-3)
            assert row.reached is row.steps is None
    assert "not reached" in learning.as_text(rows)
    assert len(saved(rows, learning)) == len(PLAIN)


def test_each_stops_below_the_bound(stage, text):
    (row,) = learning.measure(stage, text=text, bound=99.0, limit=9 * LEG, contenders=PLAIN[:1])
    assert (row.steps, len(row.held_out), row.over_ours) == (LEG, 1, 1.0)


def test_seconds_are_compared_with_ours():
    ours, keras, _ = PLAIN
    legs = {ours: [Leg(2.0, 3.0, 1.7), Leg(1.0, 2.0, 1.5)], keras: [Leg(4.0, 3.0, 1.7)] * 2}
    legs[keras].append(Leg(4.0, 2.0, 1.5))
    mine, theirs = learning.summed([ours, keras], legs, 1.6)
    assert (mine.reached, mine.steps) == (3.0, 2 * LEG)
    assert (theirs.reached, theirs.steps, theirs.over_ours) == (12.0, 3 * LEG, 4.0)
    assert learning.as_text([mine, theirs]).splitlines()[2].split()[-4:] == [
        "60", "12", "4.00", "1.500"
    ]  # fmt: skip


def test_a_row_without_seconds_is_drawn(tmp_path):
    learning.draw([Row(contender="x", bound=1.0, note="not installed")], tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 5000

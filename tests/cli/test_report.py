"""What is printed, where, and how often."""

import os
import pty
import re
import subprocess
import sys

import pytest

from tfrnn.cli import report
from tfrnn.cli.report import Progress, Score, amount, count, duration, say, scores, table

MOVE = """
import fcntl, struct, sys, termios
from tfrnn.cli.report import Progress, say

fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", {lines}, {columns}, 0, 0))
with Progress("train", 4000, start=1000) as progress:
    progress._bar.mininterval = 0
    progress.update(1500, "loss 1.02")
    say("note", "a message between")
    progress.update(4000, "loss 0.98")
"""


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves."""
    now = [100.0]
    monkeypatch.setattr(report.time, "monotonic", lambda: now[0])
    return now


def on_terminal(code: str) -> tuple[str, str]:
    """Runs code whose stderr is a terminal; returns stdout and what the terminal got."""
    terminal, stderr = pty.openpty()
    child = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=stderr)
    os.close(stderr)
    shown = b""
    while True:
        try:
            block = os.read(terminal, 4096)
        except OSError:  # Linux says EIO at the end of a terminal.
            break
        if not block:
            break
        shown += block
    os.close(terminal)
    assert child.returncode == 0, shown.decode()
    return child.stdout.decode(), shown.decode()


def test_lines_align_and_leave_stdout_to_results(capsys):
    say("data", "faq.csv: 4,120 rows")
    say("next", "python generate.py intent")

    out, err = capsys.readouterr()
    assert out == ""
    assert err == "data      faq.csv: 4,120 rows\nnext      python generate.py intent\n"


def test_a_plain_line_every_few_seconds_and_one_at_the_end(capsys, clock):
    with Progress("train", 3000, every=5) as progress:
        for step in range(100, 3001, 100):
            clock[0] += 1
            progress.update(step, f"loss {step}")

    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "train     500/3,000  loss 500  0:25 left"
    assert lines[1] == "train     1,000/3,000  loss 1000  0:20 left"
    assert lines[-1] == "train     3,000/3,000  loss 3000"
    assert len(lines) == 6


def test_time_left_goes_by_the_pace_of_this_run(capsys, clock):
    with Progress("train", 3000, start=2000, every=5) as progress:
        clock[0] += 10
        progress.update(2100, "loss 1")

    assert capsys.readouterr().err == "train     2,100/3,000  loss 1  1:30 left\n"


@pytest.mark.parametrize(("lines", "columns"), [(24, 80), (0, 0)])
def test_one_line_moves_on_a_terminal(lines, columns):
    out, shown = on_terminal(MOVE.format(lines=lines, columns=columns))

    assert out == ""
    moved = [line.rstrip() for line in re.split(r"[\r\n]+", shown)]
    assert any(
        re.fullmatch(r"train     1,500/4,000 █{7}░{13}  loss 1\.02  0:00 left", m) for m in moved
    )
    assert "note      a message between" in moved
    assert moved[-2] == f"train     4,000/4,000 {'█' * 20}  loss 0.98"
    assert shown.count("\n") == 2


def test_a_narrow_terminal_keeps_the_text_and_shortens_the_bar():
    _, shown = on_terminal(MOVE.format(lines=24, columns=54))

    assert re.search(r"1,500/4,000 [█░]{9}  loss 1\.02  0:00 left", shown)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1.0 k"), (999_960, "1.0 M"), (3e9, "3.0 G")],
)
def test_amounts_change_unit_where_they_round_up(number, text):
    assert amount(number) == text


def test_clocks_carry():
    assert (duration(59.6), duration(3599.7), duration(0)) == ("1:00", "1:00:00", "0:00")


def test_counts_mark_thousands():
    assert (count(0), count(1_234_567)) == ("0", "1,234,567")


def test_every_score_stands_beside_its_baseline():
    text = scores(
        [
            Score("accuracy", "93.4%", "6.1%", "majority"),
            Score("calibration error", "0.021", "0.1", "n-gram regression"),
        ]
    )

    assert text.splitlines() == [
        "measure            model  baseline  against",
        "accuracy           93.4%      6.1%  majority",
        "calibration error  0.021       0.1  n-gram regression",
    ]


def test_a_row_with_a_missing_cell_is_refused():
    with pytest.raises(ValueError):
        table(("a", "b"), [("1", "2"), ("3",)], left=("a",))

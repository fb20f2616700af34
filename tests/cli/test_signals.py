"""The first signal is a request; the second Ctrl-C is an order."""

import os
import signal
import subprocess
import sys

import pytest

from tfrnn.cli.signals import stop_requested

LOOP = """
import sys, time
from tfrnn.cli.signals import stop_requested

with stop_requested() as stop:
    print("ready", flush=True)
    while not stop:
        time.sleep(0.01)
    print("asked by", stop.signal.name, flush=True)
    {after}
"""

HOLD = """
    try:
        print("working", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def start():
    """Starts loops, and ends those that a failed test leaves behind."""
    started = []

    def start(after: str) -> subprocess.Popen:
        child = subprocess.Popen(
            [sys.executable, "-c", LOOP.format(after=after)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        assert child.stdout.readline() == "ready\n"
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_lets_the_step_end(start, number):
    child = start("print('saved')")

    child.send_signal(number)

    assert child.communicate(timeout=30)[0] == f"asked by {number.name}\nsaved\n"
    assert child.returncode == 0


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_after_a_request_stops_at_once(start, first):
    child = start("time.sleep(60); print('too late')")

    child.send_signal(first)
    assert child.stdout.readline() == f"asked by {first.name}\n"
    child.send_signal(signal.SIGINT)

    out, err = child.communicate(timeout=30)
    assert out == ""
    assert err.splitlines()[-1] == "KeyboardInterrupt"


def test_third_ctrl_c_does_not_wait_for_python(start):
    child = start(HOLD)

    child.send_signal(signal.SIGINT)
    for heard in ("asked by SIGINT\n", "working\n"):
        assert child.stdout.readline() == heard
    child.send_signal(signal.SIGINT)
    assert child.stdout.readline() == "held\n"
    child.send_signal(signal.SIGINT)

    # Python, too, ends by SIGINT after a KeyboardInterrupt, but not without its traceback.
    assert child.communicate(timeout=30) == ("", "")
    assert child.returncode == -signal.SIGINT


def test_a_repeated_sigterm_does_not_hurry():
    with stop_requested() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)

        assert stop.signal is signal.SIGTERM


def test_handlers_come_back():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with stop_requested() as stop:
        assert not stop
        assert signal.getsignal(signal.SIGINT) != before[0]

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before

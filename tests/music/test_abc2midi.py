"""abc2midi as a judge: what it says is passed on, whether it is there or not."""

import shutil
import stat

import pytest

from tfrnn.errors import StorageError
from tfrnn.music import abc2midi

GOOD = "X:1\nT:Good\nM:4/4\nL:1/8\nK:D\nABcd efga|a4 A4|]"
SHORT = "X:1\nT:Short\nM:4/4\nL:1/8\nK:D\nABcd efga|a4 A2|ABcd efga|]"
SLEEP = shutil.which("sleep")


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A PATH with nothing on it but what a test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def script(path, text):
    file = path / "abc2midi"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(not abc2midi.is_installed(), reason="abc2midi is not installed")
def test_the_real_one():
    """A bar too short is complained of, in its own tune; characters beyond ASCII are not."""
    other = GOOD.replace("T:Good", "T:Où est 𝄞")
    good, short, again = abc2midi.complaints([GOOD, SHORT, other])
    assert good == again == []
    assert short
    assert all(line.startswith(("Warning", "Error")) for line in short)


def test_only_complaints_are_passed_on(path):
    lines = "echo writing nothing; echo Warning in line 3 : a; echo Error in line 4 : b >&2; exit 1"
    script(path, lines)
    assert abc2midi.is_installed()
    found = abc2midi.complaints(["X:1", "X:2"])
    assert found == [["Warning in line 3 : a", "Error in line 4 : b"]] * 2


def test_it_is_asked_about_the_tune_as_it_is(path):
    script(path, '[ "$2" = -c ] && while read -r line; do echo "Warning: $line"; done < "$1"')
    assert abc2midi.complaints(["X:1\nT:é"]) == [["Warning: X:1", "Warning: T:é"]]


def test_bytes_that_are_no_text_are_told_all_the_same(path):
    script(path, r"printf 'Warning \377\n'")
    assert abc2midi.complaints(["X:1"]) == [["Warning \ufffd"]]


def test_where_it_is_not_installed(path):
    assert not abc2midi.is_installed()
    with pytest.raises(StorageError, match="abc2midi cannot be run"):
        abc2midi.complaints(["X:1"])
    assert abc2midi.complaints([]) == []


def test_one_that_hangs_is_given_up(path, monkeypatch):
    monkeypatch.setattr(abc2midi, "SECONDS", 0.2)
    script(path, f"exec {SLEEP} 60")
    with pytest.raises(StorageError, match=r"abc2midi cannot be run: .*timed out"):
        abc2midi.complaints(["X:1"])

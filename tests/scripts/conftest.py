"""The runs of `runs`, and a way to call a script that gives what a shell would see."""

import pytest

from tests.scripts import runs
from tests.scripts.runs import Outcome
from tfrnn.cli import exits


@pytest.fixture(scope="session")
def music(tmp_path_factory):
    return runs.music(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def text(tmp_path_factory):
    return runs.text(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def intent(tmp_path_factory):
    return runs.intent(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def tagger(tmp_path_factory):
    return runs.tagger(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def slots(tmp_path_factory):
    return runs.slots(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def translator(tmp_path_factory):
    return runs.translator(tmp_path_factory.getbasetemp())


@pytest.fixture
def call(capsys):
    """What calls a script with words, in this process, and returns the `Outcome`."""

    def call(main, *argv):
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            exits.run(main, [str(word) for word in argv])
        return Outcome(leaving.value.code, *capsys.readouterr())

    return call


@pytest.fixture
def refused(call):
    """What checks that a call ends with a code and one line, and returns that line."""

    def refused(code, words, main, *argv):
        found = call(main, *argv)
        *before, line = found.err.splitlines()
        assert (found.code, found.out) == (code, ""), found.err
        assert line.startswith("error: ")
        assert words in line
        assert not [other for other in before if "error" in other or "Traceback" in other]
        return line

    return refused

"""ServedWriter: an export behind the calls of a Writer, with a Writer's refusals."""

import math

import pytest

import export
from models.bundle import open_bundle
from models.composer import Composer, Wish
from models.served import ServedWriter
from tests.scripts import runs
from tfrnn.decoding.choice import Choice
from tfrnn.errors import DataError, UsageError


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    return runs.music(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def folder(music, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports") / "free"
    export.main([str(music), f"--out={folder}", "--free"])
    return folder / "1"


@pytest.fixture(scope="module")
def served(folder):
    return ServedWriter(folder)


def test_it_writes_what_the_run_writes(served, music):
    writer = open_bundle(music).writer(free=True, jit=False)
    primes, seeds = ["", "X:1\nT:Fox\n", "AB", "g"], [0, 3, -9, 2**40 + 1]
    wish = {"limit": 70, "choice": Choice(temperature=0.8, top_p=0.9)}
    ours, theirs = (one.write(primes, seeds, **wish) for one in (writer, served))
    assert [draft.text for draft in theirs] == [draft.text for draft in ours]
    assert [draft.ended for draft in theirs] == [draft.ended for draft in ours]
    assert all(math.isnan(draft.bits) for draft in theirs)
    free = {"count": 2, "seed": 4, "limit": 60, "wish": Wish(title="Fox")}
    (ours, theirs) = (Composer(one).compose(**free) for one in (writer, served))
    assert [draft.text for draft in theirs] == [draft.text for draft in ours]


@pytest.mark.parametrize(
    ("prime", "options", "words"),
    [
        ("X:1\n", {"choice": Choice(top_k=3)}, "--top-k is not an input of an exported model"),
        ("X:1\nT:🎻", {}, "'X:1.*🎻' has a character that the model has never seen"),
        ("X:1\n", {"limit": 4}, "the prime has 4 characters, --length is 4"),
        ("X:1\n", {"limit": 0}, "the prime has 0 characters, --length is 0"),
    ],
)
def test_what_a_writer_refuses_it_refuses(served, prime, options, words):
    """The graph must answer anything; what calls it need not take that for an answer."""
    with pytest.raises(UsageError, match=words):
        served.write(["", prime], [0, 1], **{"limit": 40} | options)


def test_what_is_no_export(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"no such thing")
    with pytest.raises(DataError, match=rf"{tmp_path}: not a SavedModel of export.py"):
        ServedWriter(tmp_path)

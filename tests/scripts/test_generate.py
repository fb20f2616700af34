"""generate.py: results on stdout and nothing else, the same for the same seed."""

import pytest

import generate
from models.commands import use
from tests.scripts import runs
from tfrnn.music import abc2midi
from tfrnn.music.abc import validate


@pytest.fixture
def compose(call, music):
    """What composes with the run and returns the tunes, once everything about the call is right."""

    def compose(*argv):
        done = call(generate.main, "music", "--from", music, "--length=160", *argv)
        assert done.code == 0, done.err
        tunes = done.out.removesuffix("\n").split("\n\n")
        assert done.out == "\n\n".join(tunes) + "\n"
        assert [line for line in done.err.splitlines() if not line.startswith("seed ")] == []
        assert len(done.err.splitlines()) == len(tunes)
        return tunes, done.err.splitlines()

    return compose


def test_tunes_to_order(compose):
    wish = ["--meter=6/8", "--key=D", "--title=The Old Fox", "--rhythm=jig"]
    tunes, lines = compose("--count=3", "--seed=5", *wish)
    for number, (tune, line) in enumerate(zip(tunes, lines, strict=True), 5):
        assert tune.startswith("X:1\nT:The Old Fox\nR:jig\nM:6/8\nL:")
        assert "\nK:D\n" in tune
        assert validate(tune) == []
        assert len(tune) < 160
        assert line == f"seed {number}    valid"
    assert len(set(tunes)) == 3
    assert compose("--seed=6", *wish)[0] == tunes[1:2]
    if abc2midi.is_installed():
        said = [line for lines in abc2midi.complaints(tunes) for line in lines]
        # The standard lets a |: go unwritten; abc2midi supplies it, and says so.
        assert [line for line in said if "Assuming repeat" not in line] == []


def test_what_is_not_asked_for_is_the_models(compose):
    tunes, _ = compose("--count=4", "--key=Em")
    assert all("\nK:Em\n" in tune and validate(tune) == [] for tune in tunes)
    assert len({tune[: tune.index("K:")] for tune in tunes}) > 1


def test_free(compose):
    """An untrained model without rules writes nonsense, and the line about it says so."""
    tunes, lines = compose("--free", "--count=2", "--temperature=1.3")
    for tune, line in zip(tunes, lines, strict=True):
        assert tune.startswith("X:1\n")
        assert f"not valid: {validate(tune)[0]}" in line
        assert ("cut at 160 characters" in line) == (len(tune) == 160)


def test_a_gallery(call, music, tmp_path):
    argv = ["--from", music, "--count=2", "--seed=3", "--length=160", f"--out={tmp_path / 'page'}"]
    done = call(generate.main, "music", *argv)
    assert done.code == 0, done.err
    tunes = done.out.removesuffix("\n").split("\n\n")
    page = tmp_path / "page"
    for number, tune in enumerate(tunes, 1):
        assert (page / f"{number:03}.abc").read_text(encoding="utf-8") == tune + "\n"
        assert (page / f"{number:03}.mid").read_bytes().startswith(b"MThd")
        assert (page / f"{number:03}.wav").read_bytes().startswith(b"RIFF")
        assert "<svg" in (page / f"{number:03}.svg").read_text(encoding="utf-8")
    assert "001.wav" in (page / "index.html").read_text(encoding="utf-8")
    assert str(page / "index.html") in done.err.splitlines()[-1]


def test_a_gallery_of_a_run_whose_corpus_has_gone(call, music, tmp_path):
    """The tunes matter more than what they copy."""
    run, corpus = runs.copy(music, tmp_path), tmp_path / "corpus.abc"
    config = run / "config.yaml"
    config.write_text(config.read_text().replace(str(music.parent / "music.abc"), str(corpus)))
    for content in (None, "no tunes any more\n"):
        if content:
            corpus.write_text(content)
        argv = ["--from", run, "--length=160", f"--out={tmp_path / 'page'}"]
        done = call(generate.main, "music", *argv)
        assert (done.code, done.out[:4]) == (0, "X:1\n"), done.err


def test_an_illegal_wish(refused, music):
    argv = ["music", "--from", music]
    for option, words in {
        "--temperature=-1": "--temperature must be 0 (always the likeliest) or more, got -1.0.",
        "--temperature=nan": "--temperature must be 0 (always the likeliest) or more, got nan.",
        "--top-p=2": "--top-p must be above 0 and at most 1, got 2.0.",
        "--top-k=0": "--top-k must be 1 or more, got 0.",
        "--length=0": "--length is 0",
        "--length=20": "cannot begin a legal tune of 20 characters",
        "--title=The 🎻 Reel": "'🎻' (U+1F3BB) at offset 10",
        "--title=Jig\nK:C": "cannot begin a legal tune",
        "--key=Q": "cannot begin a legal tune",
    }.items():
        refused(64, words, generate.main, *argv, option)


def test_text_goes_on_from_its_prime(call, text):
    argv = ["text", "--from", text, "--prime=the café", "--length=90", "--seed=2"]
    done = call(generate.main, *argv)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("the café")
    assert len("the café") < len(done.out.removesuffix("\n")) <= 90
    assert call(generate.main, *argv) == done
    other = call(generate.main, *argv, "--seed=3")
    assert other.out != done.out
    streamed = call(generate.main, *argv, "--stream")
    assert streamed == done
    greedy = [call(generate.main, *argv, "--temperature=0", f"--seed={i}").out for i in (1, 2)]
    assert greedy[0] == greedy[1] != done.out


def test_an_unknown_character_in_a_prime(refused, text):
    argv = ["text", "--from", text, "--prime=the caffè"]
    refused(64, "the prime has 'è' (U+00E8) at offset 8", generate.main, *argv)


def test_no_preset(refused, tmp_path, monkeypatch):
    monkeypatch.setattr(use, "PRESETS", tmp_path)
    refused(66, "music has no preset: train one", generate.main, "music")

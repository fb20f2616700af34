"""The gallery: its files, its page, what a hostile or broken tune does to it."""

import io
import os
import sys
import wave
from html.parser import HTMLParser
from pathlib import Path

import mido
import pytest

from tfrnn.errors import CannotCreateError, DataError, StorageError
from tfrnn.music import gallery
from tfrnn.music.gallery import Composed, write_gallery
from tfrnn.music.novelty import NoveltyReport

REEL = "X:1\nT:The Cat & the Fiddle\nR:Reel\nM:4/4\nL:1/8\nK:Ador\n|:ABcd efga|a4 A4:|\n"
EVIL = 'X:2\nT:<script>alert("T")</script>\nM:none\nL:1/8\nK:C\n"<img src=x>"C D]|\n'
HIGH = "X:3\nM:none\nK:C\nc''''''|\n"
REPORT = NoveltyReport(11, "<b>Old & tired</b>", 13, 0.5, 0.75)


class Page(HTMLParser):
    """Collects the tags, with their attributes, and the text of each."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self._open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        self.texts.append((self._open[-1] if self._open else "", data.strip()))

    def of(self, tag):
        return [text for inside, text in self.texts if inside == tag and text]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery") / "new" / "folder"
    tunes = [Composed(REEL, 7, REPORT), Composed(EVIL, 8), Composed(HIGH, 9)]
    index = write_gallery(folder, tunes, title="Tunes <of> today")
    return index, Page(index.read_text(encoding="utf-8"))


def test_files(written):
    index, _ = written
    names = sorted(path.name for path in index.parent.iterdir())
    endings = ("-narrow.svg", ".abc", ".mid", ".svg", ".wav")
    silent = ("-narrow.svg", ".abc", ".svg")  # MIDI has no such note
    assert names == sorted(
        ["index.html"]
        + [stem + ending for stem in ("001", "002") for ending in endings]
        + ["003" + ending for ending in silent]
    )
    assert (index.parent / "001.abc").read_text() == REEL
    assert (index.parent / "001.svg").read_text().startswith("<svg")
    assert len(mido.MidiFile(index.parent / "001.mid").tracks[0]) > 20
    with wave.open(io.BytesIO((index.parent / "001.wav").read_bytes())) as file:
        assert file.getnframes() > 4 * file.getframerate()


def test_every_link_leads_to_a_file_beside_the_page(written):
    index, page = written
    links = [a.get(key) for _, a in page.tags for key in ("href", "src", "srcset") if a.get(key)]
    assert len(links) == 3 * 4 + 2 * 3  # score three times and ABC; MIDI and sound twice
    assert all((index.parent / link).is_file() for link in links)


def test_the_page_stands_alone(written):
    index, page = written
    text = index.read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object"})
    assert ("meta", {"charset": "utf-8"}) in page.tags


def test_what_the_tune_says_is_shown_as_text(written):
    _, page = written
    assert page.of("h1") == ["Tunes <of> today"]
    assert page.of("h2") == ["The Cat & the Fiddle", '<script>alert("T")</script>', "Tune 3"]
    assert page.of("pre") == [REEL.strip(), EVIL.strip(), HIGH.strip()]
    assert not any(a.get("src") == "x" for _, a in page.tags)
    assert any("“<b>Old & tired</b>”" in text for text in page.of("dd"))


def test_scores_have_no_markup_of_the_tune(written):
    index, _ = written
    svg = (index.parent / "002.svg").read_text()
    assert "<script" not in svg
    assert "<img" not in svg


def test_facts(written):
    _, page = written
    first, second = page.of("dd")[:4], page.of("dd")[4:]
    assert first == [
        "11 notes from “<b>Old & tired</b>”; in any key 13",
        "50% of the bars, 75% of the runs of eight notes",
        "7",
        "8",
    ]
    assert second == ["9"]
    notation = [text for text in page.of("span") if not text.isdigit()]
    assert notation == ["valid", "line 6, column 17: ']' means nothing here", "valid"]
    assert page.of("p") == [
        "3 tunes, 2 valid",
        *["reel · 4/4 · A dorian · 2 bars, 0:05", "C major · 1 bar, 0:00"],
        *["C major · 1 bar, 0:00"],
        "No sound: line 4, column 1: the pitch is outside of MIDI's 0 to 127: (144,)",
    ]


def test_a_tune_that_has_no_score_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "scores", lambda tunes, width: [DataError("ink <spilt>")])
    page = Page(write_gallery(tmp_path, [Composed(REEL, 1)]).read_text())
    assert page.of("p")[2] == "No score: ink <spilt>"
    assert not (tmp_path / "001.svg").exists()


def test_the_same_tunes_give_the_same_files(written, tmp_path):
    index, _ = written
    tunes = [Composed(REEL, 7, REPORT), Composed(EVIL, 8), Composed(HIGH, 9)]
    write_gallery(tmp_path, tunes, title="Tunes <of> today")
    for path in index.parent.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_no_tunes(tmp_path):
    page = Page(write_gallery(tmp_path, []).read_text())
    assert page.of("p") == ["0 tunes, all valid"]


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_file_in_the_way(tmp_path, folder):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotCreateError, match="cannot be made"):
        write_gallery(tmp_path / folder, [])


def test_a_folder_in_the_way_of_a_file(tmp_path):
    (tmp_path / "index.html").mkdir()
    with pytest.raises(CannotCreateError, match=r"index\.html: cannot be written"):
        write_gallery(tmp_path, [])


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk(tmp_path):
    (tmp_path / "001.abc").symlink_to("/dev/full")
    with pytest.raises(StorageError, match=r"001\.abc: writing failed: No space left"):
        write_gallery(tmp_path, [Composed(REEL, 1)])
    assert not (tmp_path / "index.html").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path):
    Path(tmp_path).chmod(0o500)
    with pytest.raises(CannotCreateError, match="cannot be written: Permission denied"):
        write_gallery(tmp_path, [])

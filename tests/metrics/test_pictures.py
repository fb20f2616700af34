"""Pictures of what a classifier does: each is drawn, in one step, whatever the names."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from tfrnn.metrics import pictures
from tfrnn.metrics.calibration import reliability
from tfrnn.metrics.drawing import BOX, families, save, shown

PNG = b"\x89PNG\r\n\x1a\n"
ODD = ["$5 or less$", "時計", "a\x00b", "مرحبا", "x" * 300, "", "naïve", "👍🏽", "a_b^c", "\\frac"]


@pytest.fixture
def texts(monkeypatch):
    """What a saved figure says: titles, labels, ticks and legends."""
    found, write = [], Figure.savefig

    def watch(figure, *args, **kwargs):
        write(figure, *args, **kwargs)
        every = figure.findobj(match=lambda artist: hasattr(artist, "get_text"))
        found.append([*dict.fromkeys(text.get_text() for text in every)])  # ticks have two

    monkeypatch.setattr(Figure, "savefig", watch)
    return found


def check(path):
    assert path.read_bytes().startswith(PNG)
    assert [*path.parent.iterdir()] == [path]  # nothing half written is left


def test_confusions_of_few_labels(tmp_path, texts):
    matrix = np.array([[5, 2], [0, 3]])
    pictures.draw_confusions(tmp_path / "c.png", matrix, ["cold", "warm"])
    check(tmp_path / "c.png")
    said = "\n".join(texts[0])
    assert "8 of 10 right (80.0%)" in said
    assert "cold  (7)" in said and "warm  (3)" in said
    assert {"5", "2", "3"} <= set(texts[0])


def test_confusions_of_many_labels_draw_the_worst(tmp_path, texts):
    matrix = np.diag(np.full(50, 9))
    matrix[7, 31], matrix[40, 7] = 6, 2
    names = [f"label {i}" for i in range(50)]
    pictures.draw_confusions(tmp_path / "c.png", matrix, names, most=3)
    check(tmp_path / "c.png")
    rows = [text for text in texts[0] if text.startswith("label ") and "(" in text]
    assert rows == ["label 7  (15)", "label 31  (9)", "label 40  (11)"]
    assert "47 others" in texts[0]
    assert any("the 3 most confused drawn" in text for text in texts[0])


@pytest.mark.parametrize("matrix", [np.zeros([1, 1], int), np.array([[4]]), np.eye(10, dtype=int)])
def test_confusions_of_odd_names_and_sizes(tmp_path, matrix):
    pictures.draw_confusions(tmp_path / "c.png", matrix, ODD[: len(matrix)])
    check(tmp_path / "c.png")


def test_reliability(tmp_path, texts):
    rng = np.random.default_rng(0)
    confidence = rng.random(500)
    table = reliability(confidence, rng.random(500) < confidence)
    pictures.draw_reliability(tmp_path / "r.png", {"before": table, "after": table})
    check(tmp_path / "r.png")
    said = "\n".join(texts[0])
    assert said.count(f"calibration error {table.error:.3f}") == 2
    assert "before" in said and "after" in said
    pictures.draw_reliability(tmp_path / "r.png", {"one": reliability([1.0], [True])})
    check(tmp_path / "r.png")


def test_rejection(tmp_path, texts):
    confidence = np.array([0.9, 0.8, 0.7, 0.3, 0.2])
    outside = np.array([False, False, True, False, True])
    pictures.draw_rejection(tmp_path / "o.png", confidence, outside, threshold=0.75)
    check(tmp_path / "o.png")
    said = "\n".join(texts[0])
    assert "in scope (3 texts)" in said and "out of scope (2 texts)" in said
    assert "area 0.833" in said  # 5 of 6 pairs in the right order
    assert "below 0.75: rejected" in said
    pictures.draw_rejection(tmp_path / "o.png", [0.5, 0.5], [True, False])
    check(tmp_path / "o.png")
    with pytest.raises(ValueError, match=r"both|one"):
        pictures.draw_rejection(tmp_path / "none.png", [0.5], [True])
    assert not (tmp_path / "none.png").exists()


def test_attention(tmp_path, texts):
    pictures.draw_attention(tmp_path / "a.png", ["to", "be"], [0.25, 0.75], title="play")
    check(tmp_path / "a.png")
    assert {"to", "be", "25.0%", "75.0%", "play"} <= set(texts[0])
    pictures.draw_attention(tmp_path / "a.png", ODD, np.full(10, 0.1), title="\x00 $ 時")
    pictures.draw_attention(tmp_path / "a.png", [], [])
    check(tmp_path / "a.png")
    words, weights = [f"w{i}" for i in range(90)], np.arange(90) / 90
    pictures.draw_attention(tmp_path / "a.png", words, weights, most=5)
    assert [text for text in texts[-1] if text.startswith("w8")] == [f"w{i}" for i in range(85, 90)]
    with pytest.raises(ValueError, match="2 weights, one a word"):
        pictures.draw_attention(tmp_path / "b.png", ["to", "be"], [1.0])
    assert not (tmp_path / "b.png").exists()


def test_names_that_can_be_drawn():
    assert shown("plain") == "plain"
    assert shown("two\tlines\nhere") == "two lines here"
    assert shown("\x07") == BOX
    assert shown("$") == r"\$"
    assert shown("abcdefghij", longest=5) == "ab…ij"
    assert "DejaVu Sans" in families()


def test_a_picture_replaces_another_or_leaves_it(tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(b"old")

    class Broken:
        def savefig(self, place, **kwargs):
            place.write_bytes(b"half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        save(Broken(), path)
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]
    save(Figure(), path)
    check(path)

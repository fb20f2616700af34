"""What is written: pictures that can be opened, pages that say what the text says, numbers."""

import csv
import html
import re

import matplotlib.image
import numpy as np
from matplotlib import pyplot

from tfrnn.probe.gradients import Decay
from tfrnn.probe.page import coloured, page
from tfrnn.probe.pictures import draw_gates, draw_gradients
from tfrnn.probe.records import write_gates, write_gradients

TEXT = 'A$ <b>\t"&\n𝄞$'  # signs with a meaning in HTML or mathtext, and one that no font here has


def curves(base):
    norms = base ** np.arange(30.0)
    return {"a": Decay(norms, norms / 2, norms * 2), "dead": Decay(*np.full([3, 30], np.nan))}


def values(seed=0):
    rng = np.random.default_rng(seed)
    return {"f": rng.random((len(TEXT), 3)), "c": 9 * rng.normal(size=(len(TEXT), 3))}


def test_gradients_are_drawn(tmp_path):
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    draw_gradients(first, {"state": curves(0.5), "inputs": curves(1.1)})
    draw_gradients(second, {"state": curves(0.5), "inputs": curves(0.9)})
    one, two = matplotlib.image.imread(first), matplotlib.image.imread(second)
    assert one.shape == two.shape == (288, 720, 4)
    assert (one != two).any()
    assert pyplot.get_fignums() == []


def test_gates_are_drawn(tmp_path):
    """White and blue say little: the picture must change with one value of one map."""
    found, changed = values(), values()
    changed["c"][2, 1] *= -1
    pictures = []
    for number, given in enumerate((found, found, changed)):
        path = tmp_path / f"{number}.png"
        draw_gates(path, TEXT, given, [4, 0, 511])
        pictures.append(matplotlib.image.imread(path))
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[0] != pictures[2]).any()


def test_a_coloured_text_is_the_text():
    found = coloured(TEXT, np.linspace(-1, 1, len(TEXT)))
    shown = html.unescape(re.sub(r"<[^>]*>", "", found))
    assert shown == TEXT.replace("\n", "↵\n")
    colours = re.findall(r"#(\w{6})", found)
    assert (colours[0], colours[-1]) == ("ca0020", "0571b0")
    assert coloured("a", np.zeros(1)) == '<span style="background:#ffffff">a</span>'


def test_a_page_stands_alone():
    found = page("<x>", TEXT, [("unit 1", np.ones(len(TEXT))), ("<2>", -np.ones(len(TEXT)))])
    assert re.findall(r"<h\d>([^<]*)", found) == ["&lt;x&gt;", "unit 1", "&lt;2&gt;"]
    assert found.count("<span ") == 2 * len(TEXT)
    assert not re.search(r"(src|href)=|url\(", found)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_numbers_come_back(tmp_path):
    path = tmp_path / "numbers.csv"
    write_gradients(path, {"state": curves(0.5)})
    rows = read(path)
    assert len(rows) == 60
    wanted = {"gradient": "a", "of": "state", "distance": "3"}
    assert rows[3] == wanted | {"median": "0.125", "low": "0.0625", "high": "0.25"}
    found = values()
    write_gates(path, TEXT, [4, 0, 511], found)
    rows = read(path)
    assert "".join(row["character"] for row in rows[::3]) == TEXT
    assert [row["unit"] for row in rows[:3]] == ["4", "0", "511"]
    for letter, expected in found.items():
        given = np.array([float(row[letter]) for row in rows]).reshape(len(TEXT), 3)
        np.testing.assert_allclose(given, expected, rtol=1e-5)

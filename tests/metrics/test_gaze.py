"""Pictures of where a captioner looked."""

import re

import numpy as np
from PIL import Image

from tfrnn.metrics.gaze import draw_gaze, gaze_page, overlaid

PIXELS = np.full([8, 12, 3], 200, np.uint8)
WEIGHTS = np.array([[[1.0, 0.0]], [[0.5, 0.5]]])


def test_it_is_bright_where_the_model_looked():
    left = overlaid(PIXELS, WEIGHTS[0])
    assert left[:, 0].min() > 190 and left[:, -1].max() < 60
    np.testing.assert_array_equal(overlaid(PIXELS, WEIGHTS[1]), PIXELS)  # everywhere alike


def test_a_picture_a_word(tmp_path):
    draw_gaze(tmp_path / "gaze.png", PIXELS, ["a", "dog"], WEIGHTS)
    assert [path.name for path in tmp_path.iterdir()] == ["gaze.png"]
    with Image.open(tmp_path / "gaze.png") as picture:
        assert picture.width > 300


def test_a_page_needs_no_other_file():
    page = gaze_page("<b>", PIXELS, ["<i>", "dog"], WEIGHTS)
    assert page.count("<figure>") == 3 and "<b>" not in page and "<i>" not in page
    assert "<figcaption>&lt;i&gt;</figcaption>" in page
    assert all(src.startswith("data:image/png;") for src in re.findall(r'src="([^"]*)"', page))

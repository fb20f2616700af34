"""The page in a browser, on the presets: what a person fills in, and what then stands there.

Screenshots go to the folder TFRNN_SCREENSHOTS names, where it is set.
"""

import os
import re
import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models import load
from tests.serving import toys
from tfrnn.data.clips import draw_clips
from tfrnn.data.scenes import draw_scenes

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
NAMES = ("music", "text", "intent", "tagger", "dates", "captioner", "frames")
SECOND = 1000  # milliseconds
MARKUP = "<script>throw 1</script>"
SIZES = {"width": 1100, "height": 900}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    root = tmp_path_factory.mktemp("presets")
    for name in NAMES:
        toys.preset(name, root)
    with toys.listening(toys.opened(root)) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, url):
    """What opens the page; at the end there was no error, and no request to another host."""
    with ExitStack() as stack:
        wrong, asked = [], []

        def opened(**options):
            context = browser.new_context(**{"viewport": SIZES} | options)
            stack.callback(context.close)
            page = context.new_page()
            page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else 0)
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("dialog", lambda box: wrong.append(f"a dialog: {box.message}"))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(url)
            page.get_by_text(f"{len(NAMES)} models are served.").wait_for()
            return page

        yield opened
        assert wrong == []
        assert asked and all(address.startswith((url, "blob:", "data:")) for address in asked)


def panel(page, name):
    """The section of a model."""
    return page.locator("section", has=page.get_by_role("heading", name=f"— {name}"))


def kept(section, name):
    """Keeps a picture of a section, where pictures are wanted."""
    if folder := os.environ.get("TFRNN_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        section.screenshot(path=str(Path(folder) / f"{name}.png"))


def submit(section, button, within=60):
    section.get_by_role("button", name=button, exact=True).click()
    section.locator(".result[aria-busy=false]").wait_for(timeout=within * SECOND)
    assert section.locator(".problem").is_hidden(), section.locator(".problem").inner_text()
    return section.locator(".result")


def test_a_tune_is_composed_seen_heard_and_kept(opened):
    page = opened(accept_downloads=True)
    section = panel(page, "music")
    section.get_by_label("Title").fill(MARKUP)
    section.get_by_label("Meter").select_option("6/8")
    section.get_by_label("Key").fill("D")
    section.get_by_text("How boldly").click()
    section.get_by_label("Most characters").fill("200")
    section.get_by_label("Seed").fill("3")
    result = submit(section, "Compose")
    abc = result.locator("pre").inner_text()
    assert re.search(r"^M:6/8$", abc, re.M) and re.search(r"^K:D$", abc, re.M)
    assert f"T:{MARKUP}" in abc  # as it was typed, and never run
    score = result.locator("img.score")
    page.wait_for_function("image => image.complete && image.naturalHeight > 50",
                           arg=score.element_handle())  # fmt: skip
    player = result.locator("audio")
    player.evaluate("player => { player.load(); }")
    page.wait_for_function("player => player.duration > 1 || player.preload === 'none'",
                           arg=player.element_handle())  # fmt: skip
    starts = {"ABC": abc.encode()[:4], "MIDI": b"MThd", "SVG": b"<svg", "WAV": b"RIFF"}
    for name, start in starts.items():
        with page.expect_download() as coming:
            result.get_by_role("link", name=name, exact=True).click()
        assert Path(coming.value.path()).read_bytes().startswith(start), name
    kept(section, "compose")


def test_a_text_goes_on_as_it_is_written(opened):
    section = panel(opened(), "text")
    section.get_by_label("Begins with").fill("HAMLET:")
    section.get_by_text("How boldly").click()
    section.get_by_label("Most characters").fill("120")
    written = submit(section, "Write").locator("pre").inner_text()
    assert written.startswith("HAMLET:") and len(written) > 60
    kept(section, "continue")


def test_an_intent_has_bars_and_a_verdict(opened):
    section = panel(opened(), "intent")
    section.get_by_label("Text").fill("what time is it in lisbon")
    result = submit(section, "Classify")
    assert result.locator(".verdict.inside strong").inner_text() == "time"
    shares = [float(cell.rstrip("%")) for cell in result.locator("td:last-child").all_inner_texts()]
    widths = result.locator("td.bar span").evaluate_all(
        "spans => spans.map((span) => span.offsetWidth / span.parentElement.offsetWidth)"
    )
    assert len(shares) == 5 and shares == sorted(shares, reverse=True)
    assert widths[0] > 0.7 and widths[1] < 0.2
    kept(section, "intent")
    section.get_by_label("Text").fill(f"who wrote war and peace {MARKUP}")
    assert submit(section, "Classify").locator(".verdict").inner_text().startswith("Out of scope.")


def test_tags_stand_over_the_words_and_markup_is_text(opened):
    section = panel(opened(), "tagger")
    section.get_by_label("Text").fill(f"She quickly painted it {MARKUP}")
    result = submit(section, "Tag")
    words = result.locator("li span").all_inner_texts()
    assert words[:2] == ["She", "quickly"] and "script" in words and "<" in words
    assert result.locator("li b").all_inner_texts()[:2] == ["PRON", "ADV"]
    above, below = (result.locator(f"li:first-child {tag}").bounding_box() for tag in ("b", "span"))
    assert above["y"] < below["y"]
    kept(section, "tags")


def test_a_translation_has_a_map_of_its_alignment(opened):
    section = panel(opened(), "dates")
    section.get_by_label("Text").fill("the third of May, 1987")
    result = submit(section, "Translate")
    first = result.locator(".choices button").first
    assert first.inner_text().startswith("1987-05-03") and first.get_attribute("aria-pressed")
    rows = result.locator("table.map tbody tr")
    heads = result.locator("table.map thead th")
    assert "".join(rows.locator("th").all_inner_texts()).strip("▁").startswith("1987-05-03")
    assert heads.count() > 15
    shares = rows.first.locator("td").evaluate_all(
        "cells => cells.map((cell) => Number(cell.style.getPropertyValue('--share')))"
    )
    assert sum(shares) == pytest.approx(1, abs=0.02) and max(shares) > 0.1
    kept(section, "translation")
    result.locator(".choices button").nth(1).click()
    assert first.get_attribute("aria-pressed") == "false"


def test_a_picture_has_a_caption_and_shows_where_the_model_looked(opened, tmp_path):
    scene = draw_scenes(1, seed=77)[0]
    Image.fromarray(scene.pixels).save(tmp_path / "scene.png")
    page = opened()
    section = panel(page, "captioner")
    section.get_by_label("Picture").set_input_files(tmp_path / "scene.png")
    result = submit(section, "Describe")
    assert result.locator(".choices button").first.inner_text().startswith(scene.caption)
    words = result.locator(".looks button")
    assert words.all_inner_texts()[1:-1] == scene.caption.split()
    light = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    whole = np.array(result.locator("canvas").evaluate(light))
    words.nth(3).click()  # the shape
    looked = np.array(result.locator("canvas").evaluate(light))
    assert looked.mean() < whole.mean() - 10  # all but the place is dimmed
    assert scene.caption.split()[2] in result.locator("canvas").get_attribute("aria-label")
    kept(section, "picture")


def test_the_frames_of_a_clip_have_labels(opened, tmp_path):
    drawn = draw_clips(1, seed=77)[0]
    paths = [tmp_path / f"{n}.png" for n in range(len(drawn.frames))]
    for path, frame in zip(paths, drawn.frames):
        Image.fromarray(frame).save(path)
    page = opened()
    section = panel(page, "frames")
    section.get_by_label("Frames").set_input_files(paths[::-1])  # the page sorts them
    shown = submit(section, "Label").locator(".words li")
    assert shown.count() == len(paths) > 10  # so that 10.png comes after 2.png
    labels = shown.locator("span").all_inner_texts()
    assert labels == list(load("frames").read([drawn.frames])[0].labels)
    assert shown.nth(10).locator("canvas").get_attribute("aria-label") == f"10.png: {labels[10]}"
    kept(section, "clip")


def test_what_is_no_picture_is_told(opened, tmp_path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    section = panel(opened(), "captioner")
    section.get_by_label("Picture").set_input_files(tmp_path / "x.png")
    section.get_by_role("button", name="Describe", exact=True).click()
    section.locator(".problem:not([hidden])").wait_for()
    assert section.locator(".problem").inner_text()


def test_it_is_used_by_keys_alone(opened):
    page = opened()
    section = panel(page, "intent")
    section.get_by_label("Text").focus()
    page.keyboard.type("play some music")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Classify"
    page.keyboard.press("Enter")
    section.locator(".verdict").wait_for()
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") in ("skip", "")


def test_it_fits_a_phone(opened):
    page = opened(viewport={"width": 360, "height": 740})
    section = panel(page, "dates")
    section.get_by_label("Text").fill("the third of May, 1987")
    submit(section, "Translate")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    kept(section, "phone")


def test_dark_is_dark_and_light_is_light(opened):
    def ground(scheme):
        page = opened(color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        if "(0, 0, 0, 0)" in colour:
            colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        kept(page.locator("header"), scheme)
        return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3

    assert ground("dark") < 80 < 200 < ground("light")

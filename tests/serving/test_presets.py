"""What ships trained, exported and asked through the server: a date, and a drawn scene."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from models import load
from tests.serving import toys
from tfrnn.data.scenes import draw_scenes
from tfrnn.decoding.search import Search

SCENES = draw_scenes(12, seed=77)  # which it was not taught


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    root = tmp_path_factory.mktemp("presets")
    for name in ("dates", "captioner"):
        toys.preset(name, root)
    with toys.client_of(toys.opened(root)) as client:
        yield client


def encoded(pixels, form="PNG"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return {"image": {"b64": base64.b64encode(file.getvalue()).decode()}}


def test_dates_are_read_together_and_alone(client):
    texts = [
        "the third of May, 1987",
        "",
        "Monday, 30 Nov 2099",
        "July the fourth, nineteen oh four",
    ]
    rows = client.predict("dates", {"instances": texts}).json()["predictions"]
    assert [row["text"][0] for row in rows] == ["1987-05-03", "", "2099-11-30", "1904-07-04"]
    alone = client.predict("dates", {"instances": texts[:1]}).json()["predictions"][0]
    assert alone["text"] == rows[0]["text"] and "".join(alone["source"][:4]) == "▁the"
    np.testing.assert_allclose(alone["scores"], rows[0]["scores"], atol=1e-4)
    looks = np.array(alone["weights"][0])
    assert looks.shape == (len(alone["pieces"][0]), len(alone["source"]))


def test_scenes_are_described_as_by_the_run(client):
    rows = client.predict("captioner", {"instances": [encoded(s.pixels) for s in SCENES]}).json()
    told = [row["text"][0] for row in rows["predictions"]]
    assert np.mean([a == scene.caption for a, scene in zip(told, SCENES)]) > 0.9
    wish = Search(beam=3, length_penalty=0.7)
    found = load("captioner").describe([scene.pixels for scene in SCENES], wish)
    assert told == [best.text for best, *_ in found]
    one = rows["predictions"][0]
    assert one["grid"] == [6, 6] and np.shape(one["weights"][0])[1] == 36
    words = [piece for piece in one["pieces"][0] if piece]
    assert words[:-1] == told[0].split() and words[-1] == "<end>"
    high = client.predict("captioner", {"instances": [encoded(np.zeros([900, 40, 3], np.uint8))]})
    assert high.status_code == 200


def test_it_says_what_is_wrong_with_a_picture(client):
    cut = {"image": {"b64": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(30)).decode()}}
    for picture, reason in [
        (encoded(SCENES[0].pixels, "GIF"), "a picture is a JPEG, a PNG or a WebP file"),
        (cut, "Invalid PNG"),
    ]:
        told = client.predict("captioner", {"instances": [encoded(SCENES[0].pixels), picture]})
        assert told.status_code == 400
        assert told.json()["error"].startswith(f"the model does not take this: {reason}")


def test_a_translation_is_streamed_as_it_is_written(client):
    text = "Wednesday, the twenty-third of September, nineteen eighty-one"
    found = client.post("/v1/models/dates:stream", {"inputs": {"text": [text]}})
    blocks = found.text.strip().split("\n\n")
    assert blocks[0] == 'event: start\ndata: {"way": "grown"}'
    assert blocks[-1] == "event: end\ndata: {}"
    pieces = [json.loads(block.removeprefix("data: "))["text"] for block in blocks[1:-1]]
    assert pieces == ["198", "1-09", "-23"]  # of 4 pieces, of which one is a space, 8, and all
    greedy = load("dates").translate([text], Search(beam=1))[0][0]
    assert "".join(pieces) == greedy.text
    limited = {"text": [text], "limit": 6}
    found = client.post("/v1/models/dates:stream", {"inputs": limited})
    assert '"198"' in found.text and '"1-"' in found.text
    empty = client.post("/v1/models/dates:stream", {"inputs": {"text": [""]}})
    assert empty.status_code == 200 and empty.text.endswith("event: end\ndata: {}\n\n")
    wrong = client.post("/v1/models/dates:stream", {"inputs": limited | {"limit": 0}})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "limit must be 1 or more, got 0.")

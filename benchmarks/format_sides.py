"""One model in one form, asked in a process of its own: what it says, and what that takes."""

import json
import statistics
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import machine

LENGTH = 100  # characters of a text, the likeliest each time
SCENE = 5  # the seed of the picture and of the clip
ASKED = {
    "intent": "what time is it in lisbon",
    "sentiment": "a fine film",
    "tagger": "Time flies like an arrow",
    "slots": "play the song at noon",
    "dates": "the third of May, 1987",
    "translator": "A dog runs through the snow.",
    "skip_thought": "It was a dark night.",
}
WRITERS, LABELLERS, TAGGERS = ("music", "text"), ("intent", "sentiment"), ("tagger", "slots")
TRANSLATORS = ("dates", "translator")


class Found(NamedTuple):
    """What came of it.

    load, request: Seconds. memory: MB once it is loaded; None where another process has it.
    answer: As text, to be compared.
    """

    load: float | None
    request: float
    memory: float | None
    answer: str


def timed(load: Callable[[], Callable[[], str]], calls: int) -> Found:
    """Loads, asks twice, then asks `calls` times and takes the median."""
    began = time.perf_counter()
    ask = load()
    loaded = time.perf_counter() - began
    ask()
    answer, seconds = ask(), []
    for _ in range(calls):
        began = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - began)
    return Found(loaded, statistics.median(seconds), machine.memory().get("now"), answer)


def of_run(name: str, folder: str, calls: int) -> Found:
    """Asks a run as generate.py does."""
    return timed(lambda: _asker(name, _opened(name, Path(folder))), calls)


def of_saved_model(name: str, folder: str, calls: int) -> Found:
    """Asks an exported model as generate.py does."""
    from models import served

    kinds = {
        WRITERS: served.ServedWriter, LABELLERS: served.ServedLabeller,
        TAGGERS: served.ServedTagger, TRANSLATORS: served.ServedInterpreter,
        ("captioner",): served.ServedDescriber, ("frames",): served.ServedClipReader,
        ("skip_thought",): served.ServedEmbedder,
    }  # fmt: skip
    (kind,) = (kind for names, kind in kinds.items() if name in names)
    return timed(lambda: _asker(name, kind(Path(folder))), calls)


def of_step(kind: str, file: str, calls: int) -> Found:
    """Writes with the step of a .tflite or .onnx file."""
    from tfrnn.export.runtimes import run_litert, run_onnx

    open_file = {"litert": run_litert, "onnx": run_onnx}[kind]

    def load():
        card, run = json.loads(Path(f"{file}.json").read_text("utf-8")), open_file(Path(file))
        return lambda: _written(run, card)

    return timed(load, calls)


def of_server(name: str, url: str, calls: int) -> Found:
    """Asks a server that has loaded the model already, by the address of its :predict."""
    body = json.dumps(_request(name)).encode()

    def ask() -> str:
        asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked) as reply:
            answer = json.load(reply)
        if "outputs" in answer:
            texts = answer["outputs"]
            return (texts["text"] if isinstance(texts, dict) else texts)[0]
        (row,) = answer["predictions"]
        if name in LABELLERS:
            return row["labels"][0]
        if name in (*TAGGERS, "frames"):
            return " ".join(row["labels" if name == "frames" else "tags"])
        return spelt(row) if name == "skip_thought" else row["text"][0]

    return timed(lambda: ask, calls)._replace(memory=None)


def _opened(name, folder):
    from models import load
    from models.bundle import open_bundle

    return open_bundle(folder).writer(free=True) if name in WRITERS else load(folder)


def _asker(name, model) -> Callable[[], str]:
    from tfrnn.decoding.choice import Choice
    from tfrnn.decoding.search import Search

    if name in WRITERS:
        wish = {"limit": LENGTH, "choice": Choice(temperature=0)}
        return lambda: model.write([""], [0], **wish)[0].text
    if name in LABELLERS:
        return lambda: model.answer([ASKED[name]])[0].label
    if name in TAGGERS:
        return lambda: " ".join(model.tag([ASKED[name]])[0].tags)
    if name in TRANSLATORS:
        return lambda: model.translate([ASKED[name]], Search(beam=5))[0][0].text
    if name == "skip_thought":
        return lambda: spelt(model.embed([ASKED[name]])[0])
    if name == "frames":
        return lambda: " ".join(model.read([clip()])[0].labels)
    pixels = picture()
    return lambda: model.describe([pixels], Search(beam=3, length_penalty=0.7))[0][0].text


def _request(name) -> dict:
    if name in WRITERS:
        wish = {"prime": [""], "length": LENGTH, "temperature": 0.0, "top_p": 1.0, "seed": [0]}
        return {"signature_name": "compose", "inputs": wish}
    if name in ASKED:
        return {"instances": [ASKED[name]]}
    if name == "frames":
        return {"instances": [{"image": [_as_json(frame) for frame in clip()]}]}
    return {"instances": [{"image": _as_json(picture())}]}


def spelt(vector: Sequence[float]) -> str:
    """Returns the signs of a vector's numbers: what differs by a rounding has the same."""
    return "".join("-" if number < 0 else "+" for number in vector)


def _as_json(pixels: np.ndarray) -> dict[str, str]:
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"b64": b64encode(file.getvalue()).decode()}


def picture() -> np.ndarray:
    """Returns a drawn scene."""
    from tfrnn.data.scenes import draw_scenes

    return draw_scenes(1, seed=SCENE)[0].pixels


def clip() -> np.ndarray:
    """Returns the frames of a drawn clip."""
    from tfrnn.data.clips import draw_clips

    return draw_clips(1, seed=SCENE)[0].frames


def _written(run, card) -> str:
    states = {name: np.zeros(shape, np.float32) for name, shape in card["states"].items()}
    written, last = [], 0
    while len(written) < LENGTH:
        logits, *after = run({"ids": np.array([last], np.int32), **states})
        states, last = dict(zip(states, after)), int(np.argmax(logits[0]))
        if last == 0:
            break
        written.append(card["characters"][last])
    return "".join(written)

"""What a model of each entry is asked, and its answer as text: of ours, and of a server's."""

import functools
from base64 import b64encode
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from models.commands.captions import open_describer
from models.commands.characters import open_writer
from models.commands.frames import open_clip_reader
from models.commands.labels import open_labeller
from models.commands.tags import open_tagger
from models.commands.translations import open_interpreter
from models.commands.vectors import open_embedder

LENGTH = 100  # characters of a text, the likeliest each time
SCENE = 5  # the seed of the picture and of the clip


class Question(NamedTuple):
    """How a model is asked, with and without a server.

    open: Folder of a run or of an exported model -> what generate.py asks. ask: That -> the answer.
    request: () -> the body of a :predict. read: The reply to that -> the answer.
    """

    open: Callable[[Path], Any]
    ask: Callable[[Any], str]
    request: Callable[[], dict]
    read: Callable[[dict], str]


def _instance(text: str) -> Callable[[], dict]:
    return lambda: {"instances": [text]}


def _characters() -> Question:
    wish = {"prime": [""], "length": LENGTH, "temperature": 0.0, "top_p": 1.0, "seed": [0]}

    def ask(model) -> str:
        from tfrnn.decoding.choice import Choice

        return model.write([""], [0], limit=LENGTH, choice=Choice(temperature=0))[0].text

    def read(reply: dict) -> str:
        texts = reply["outputs"]  # of one output alone, or by name
        return (texts["text"] if isinstance(texts, dict) else texts)[0]

    body = {"signature_name": "compose", "inputs": wish}
    return Question(
        functools.partial(open_writer, length=LENGTH, free=True), ask, lambda: body, read
    )


def _label(text: str) -> Question:
    def ask(model) -> str:
        return model.answer([text])[0].label

    return Question(open_labeller, ask, _instance(text), lambda reply: _row(reply)["labels"][0])


def _tags(text: str) -> Question:
    def ask(model) -> str:
        return " ".join(model.tag([text])[0].tags)

    return Question(open_tagger, ask, _instance(text), lambda reply: " ".join(_row(reply)["tags"]))


def _translation(text: str) -> Question:
    def ask(model) -> str:
        from tfrnn.decoding.search import Search

        return model.translate([text], Search(beam=5))[0][0].text

    return Question(open_interpreter, ask, _instance(text), lambda reply: _row(reply)["text"][0])


def _vector(text: str) -> Question:
    def ask(model) -> str:
        return _signs(model.embed([text])[0])

    return Question(open_embedder, ask, _instance(text), lambda reply: _signs(_row(reply)))


def _caption() -> Question:
    def ask(model) -> str:
        from tfrnn.decoding.search import Search

        return model.describe([_picture()], Search(beam=3, length_penalty=0.7))[0][0].text

    def request() -> dict:
        return {"instances": [{"image": _as_json(_picture())}]}

    return Question(open_describer, ask, request, lambda reply: _row(reply)["text"][0])


def _frames() -> Question:
    def ask(model) -> str:
        return " ".join(model.read([_clip()])[0].labels)

    def request() -> dict:
        return {"instances": [{"image": [_as_json(frame) for frame in _clip()]}]}

    return Question(open_clip_reader, ask, request, lambda reply: " ".join(_row(reply)["labels"]))


QUESTIONS = {
    "music": _characters(),
    "text": _characters(),
    "intent": _label("what time is it in lisbon"),
    "sentiment": _label("a fine film"),
    "tagger": _tags("Time flies like an arrow"),
    "slots": _tags("play the song at noon"),
    "dates": _translation("the third of May, 1987"),
    "translator": _translation("A dog runs through the snow."),
    "captioner": _caption(),
    "frames": _frames(),
    "skip_thought": _vector("It was a dark night."),
}


def _row(reply: dict) -> Any:
    (row,) = reply["predictions"]
    return row


def _signs(vector: Sequence[float]) -> str:
    """The signs of a vector's numbers: what differs by a rounding has the same."""
    return "".join("-" if number < 0 else "+" for number in vector)


@functools.cache
def _picture() -> np.ndarray:
    from tfrnn.data.scenes import draw_scenes

    return draw_scenes(1, seed=SCENE)[0].pixels


@functools.cache
def _clip() -> np.ndarray:
    from tfrnn.data.clips import draw_clips

    return draw_clips(1, seed=SCENE)[0].frames


def _as_json(pixels: np.ndarray) -> dict[str, str]:
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"b64": b64encode(file.getvalue()).decode()}

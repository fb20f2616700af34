"""What a model of each entry is asked, and its answer as text: of ours, and of a server's."""

import functools
from base64 import b64encode
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

LENGTH = 100  # characters of a text, the likeliest each time
SCENE = 5  # the seed of the picture and of the clip


class Question(NamedTuple):
    """How a model is asked, with and without a server.

    open: Folder of a run -> what is asked. served: The class of `models.served` that an exported
    model is asked by. ask: What was opened -> the answer. request: () -> the body of a :predict.
    read: The answer in the reply to that.
    """

    served: str
    ask: Callable[[Any], str]
    request: Callable[[], dict]
    read: Callable[[dict], str]
    open: Callable[[Path], Any] | None = None

    def opened(self, folder: Path) -> Any:
        """Returns what `models.load` does, or `open`."""
        from models import load

        return (self.open or load)(folder)

    def opened_export(self, folder: Path) -> Any:
        """Returns what asks an exported model."""
        from models import served

        return getattr(served, self.served)(folder)


def _instance(text: str) -> Callable[[], dict]:
    return lambda: {"instances": [text]}


def _characters() -> Question:
    wish = {"prime": [""], "length": LENGTH, "temperature": 0.0, "top_p": 1.0, "seed": [0]}

    def free(folder: Path) -> Any:
        from models.bundle import open_bundle

        return open_bundle(folder).writer(free=True)

    def ask(model) -> str:
        from tfrnn.decoding.choice import Choice

        return model.write([""], [0], limit=LENGTH, choice=Choice(temperature=0))[0].text

    def read(reply: dict) -> str:
        texts = reply["outputs"]  # of one output alone, or by name
        return (texts["text"] if isinstance(texts, dict) else texts)[0]

    body = {"signature_name": "compose", "inputs": wish}
    return Question("ServedWriter", ask, lambda: body, read, free)


def _label(text: str) -> Question:
    def ask(model) -> str:
        return model.answer([text])[0].label

    return Question("ServedLabeller", ask, _instance(text), lambda reply: _row(reply)["labels"][0])


def _tags(text: str) -> Question:
    def ask(model) -> str:
        return " ".join(model.tag([text])[0].tags)

    return Question(
        "ServedTagger", ask, _instance(text), lambda reply: " ".join(_row(reply)["tags"])
    )


def _translation(text: str) -> Question:
    def ask(model) -> str:
        from tfrnn.decoding.search import Search

        return model.translate([text], Search(beam=5))[0][0].text

    return Question("ServedInterpreter", ask, _instance(text), lambda reply: _row(reply)["text"][0])


def _vector(text: str) -> Question:
    def ask(model) -> str:
        return _signs(model.embed([text])[0])

    return Question("ServedEmbedder", ask, _instance(text), lambda reply: _signs(_row(reply)))


def _caption() -> Question:
    def ask(model) -> str:
        from tfrnn.decoding.search import Search

        return model.describe([_picture()], Search(beam=3, length_penalty=0.7))[0][0].text

    def request() -> dict:
        return {"instances": [{"image": _as_json(_picture())}]}

    return Question("ServedDescriber", ask, request, lambda reply: _row(reply)["text"][0])


def _frames() -> Question:
    def ask(model) -> str:
        return " ".join(model.read([_clip()])[0].labels)

    def request() -> dict:
        return {"instances": [{"image": [_as_json(frame) for frame in _clip()]}]}

    return Question("ServedClipReader", ask, request, lambda reply: " ".join(_row(reply)["labels"]))


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

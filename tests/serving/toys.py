"""SavedModels small enough to be made in a test, and a server over a folder of them."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import tensorflow as tf
import uvicorn
from anyio.from_thread import start_blocking_portal

from models import ZOO
from models.files import PRESETS
from tfrnn.export import saved_model
from tfrnn.serving.app import create_app
from tfrnn.serving.batcher import Workers
from tfrnn.serving.limits import Limits
from tfrnn.serving.metrics import Metrics
from tfrnn.serving.model import Model
from tfrnn.serving.repository import Repository
from tfrnn.serving.service import Service

STRINGS, FLOATS = tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.float32)


def _of(**specs):
    named = [tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in specs.items()]
    return tf.function(input_signature=named, autograph=False)


class Numbers(tf.Module):
    """Arithmetic: what it should answer is known without it."""

    def __init__(self, factor: float = 2.0):
        super().__init__()
        self.factor = tf.Variable(factor)

    @_of(x=FLOATS)
    def multiply(self, x):
        return {"y": x * self.factor}

    @_of(x=FLOATS, names=STRINGS)
    def pair(self, x, names):
        # An output without rows, as the names of labels are.
        return {"both": tf.strings.join([names, tf.strings.as_string(tf.cast(x, tf.int32))]),
                "sums": x + 1, "units": tf.constant(["m", "s"])}  # fmt: skip

    @_of(x=FLOATS, power=tf.TensorSpec([], tf.int32))
    def raised(self, x, power):
        return {"y": x ** tf.cast(power, tf.float32)}

    @_of(flags=tf.TensorSpec([None, 2], tf.bool), raw=STRINGS)
    def kinds(self, flags, raw):
        rows = tf.cast(tf.reduce_any(flags, 1), tf.int64)
        return {"any": rows, "raw": raw, "tenth": tf.cast(rows, tf.float32) / 10,
                "gone": tf.cast(rows, tf.float32) / 0.0}  # fmt: skip


class Slow(tf.Module):
    """Takes a moment for each batch, in stock operations, and says a number as a long text."""

    @staticmethod
    def of(number: int) -> str:
        return f"{number}," * 20_000

    @_of(number=tf.TensorSpec([None], tf.int32))
    def count(self, number):
        ones = tf.ones([600, 600])
        (busy,) = tf.while_loop(
            lambda x: x[0, 0] > 0, lambda x: (x @ ones / 600,), [ones], maximum_iterations=60
        )
        with tf.control_dependencies([busy]):
            piece = tf.strings.join([tf.strings.as_string(number), tf.constant(",")])
        many = tf.repeat(piece[:, None], 20_000, 1)
        return {"text": tf.strings.reduce_join(many, 1)}


class Tags(tf.Module):
    """A tagger: each word's tag is its length; rows are padded to the longest."""

    @_of(text=STRINGS)
    def tag_text(self, text):
        words = tf.strings.split(text)
        lengths = tf.strings.length(words.flat_values)
        tags = words.with_flat_values(tf.strings.as_string(lengths)).to_tensor()
        shares = words.with_flat_values(tf.cast(lengths, tf.float32)).to_tensor()
        return {"words": words.to_tensor(), "tags": tags, "probabilities": shares}


class Captions(tf.Module):
    """A captioner of 2 captions and 2 x 2 places: the first says how large the picture is."""

    @_of(image=STRINGS)
    def caption(self, image):
        def size(data):
            return tf.shape(tf.io.decode_image(data, channels=3, expand_animations=False))[:2]

        sizes = tf.map_fn(size, image, fn_output_signature=tf.int32)
        sides = tf.strings.as_string(sizes)
        rows = [tf.shape(image)[0]]
        by, end, a, picture, empty = (tf.fill(rows, x) for x in ("by", "</s>", "a", "picture", ""))
        first = tf.stack([sides[:, 0], by, sides[:, 1], end], 1)
        second = tf.stack([a, picture, end, empty], 1)
        said = tf.strings.reduce_join(first[:, :3], 1, separator=" ")
        return {
            "text": tf.stack([said, tf.fill(rows, "a picture")], 1),
            "scores": tf.tile([[-0.5, -1.5]], [*rows, 1]),
            "ended": tf.fill([*rows, 2], True),
            "pieces": tf.stack([first, second], 1),
            "weights": tf.fill([*rows, 2, 4, 4], 0.25),
            "grid": tf.fill([*rows, 2], 2),
        }


class Writer(tf.Module):
    """Writes the alphabet on, as `compose` does; `towards` an end that it is given, or not."""

    def __init__(self, towards: bool):
        super().__init__()
        self.towards = towards

    @_of(
        prime=STRINGS,
        length=tf.TensorSpec([], tf.int32),
        temperature=tf.TensorSpec([], tf.float32),
        top_p=tf.TensorSpec([], tf.float32),
        seed=tf.TensorSpec([None], tf.int32),
    )
    def compose(self, prime, length, temperature, top_p, seed):
        letters = tf.strings.unicode_split("abcdefghijklmnopqrstuvwxyz", "UTF-8")
        end = tf.strings.as_string(length) if self.towards else tf.constant("")

        def write(pair):
            body = tf.gather(letters, (tf.range(length) + pair[1]) % 26)
            said = tf.strings.join([pair[0], end, tf.strings.reduce_join(body)])
            return tf.strings.substr(said, 0, length, unit="UTF8_CHAR")

        return {"text": tf.map_fn(write, (prime, seed), fn_output_signature=tf.string)}


def save(module: tf.Module, folder: Path, *names: str) -> Path:
    """Writes a module; the first name is what serving calls by default."""
    found = {name: getattr(module, name).get_concrete_function() for name in names}
    found = {"serving_default": found[names[0]]} | found
    tf.saved_model.save(module, str(folder), signatures=found)
    return folder


def preset(name: str, root: Path) -> None:
    """Exports a preset, without the checks of export.py, which have tests of their own."""
    module = ZOO[name].module(PRESETS / name)
    saved_model.save(module, root / name / "1", module.signatures())


def numbers(folder: Path, factor: float = 2.0) -> Path:
    return save(Numbers(factor), folder, "multiply", "pair", "raised", "kinds")


def opened_workers(**limits) -> Workers:
    return Workers(Limits(**limits), Metrics())


def opened(root: Path, streams=None, told=lambda label, line: None, **limits) -> Service:
    """Returns a server over a folder, its models loaded; it has no thread that looks for more."""
    workers = opened_workers(**limits)
    repository = Repository(root, partial(Model, workers=workers), told)
    repository.open()
    return Service(repository, workers, workers.limits, workers.metrics, streams or {})


class Client:
    """Asks an application; it lives in one event loop, as in a server, in a thread beside the test.

    httpx has no client that does this for ASGI, and starlette's no longer takes httpx.
    """

    def __init__(self, app, portal):
        self._portal = portal
        transport = httpx.ASGITransport(app=app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://testserver")

    def get(self, path: str, **options) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body=None, **options) -> httpx.Response:
        """Posts a body: bytes as they are, anything else as JSON."""
        what = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.request("POST", path, **what, **options)

    def predict(self, name: str, body) -> httpx.Response:
        return self.post(f"/v1/models/{name}:predict", body)

    def request(self, method: str, path: str, **options) -> httpx.Response:
        return self._portal.call(partial(self._client.request, method, path, **options))

    def together(self, posts: list[tuple[str, dict]]) -> list[httpx.Response]:
        """Posts many bodies at the same time."""

        async def all_of_them():
            return await asyncio.gather(*(self._client.post(path, json=b) for path, b in posts))

        return self._portal.call(all_of_them)


@contextmanager
def client_of(service: Service) -> Iterator[Client]:
    with start_blocking_portal() as portal:
        yield Client(create_app(service), portal)


def value(service: Service, name: str, **labels) -> float:
    """Returns a count of a server, 0 where nothing was counted."""
    return service.metrics.registry.get_sample_value(name, labels) or 0.0


@contextmanager
def listening(service: Service) -> Iterator[str]:
    """Serves in a thread of its own, for what asks over a socket."""
    config = uvicorn.Config(create_app(service), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=[[listener]])
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()

"""One version of a model, loaded."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfrnn.errors import DataError
from tfrnn.serving.batcher import Arrays, Batcher, Workers
from tfrnn.serving.defaults import begins, composes
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.requests import Request
from tfrnn.serving.signatures import Signature, read_signatures
from tfrnn.serving.warmup import read_warmup

COMPOSE, BEGIN = "compose", "begin_translation"
_SHORT, _LONGER = 32, 64  # characters: enough to see whether a longer text begins as a shorter
_TUNE = b"X:"


class Model:
    """A SavedModel that answers requests.

    Args:
        name: By which it is asked for.
        version: Of its folder.
        folder: Where it is.
        workers: Where it runs.

    Raises:
        DataError: If it cannot be loaded.
    """

    def __init__(self, name: str, version: int, folder: Path, workers: Workers):
        self.name, self.version = name, version
        self.signatures = read_signatures(folder)
        try:
            self._module = tf.saved_model.load(str(folder))
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            line = str(error).splitlines()[0]
            raise DataError(f"{folder}: cannot be loaded: {line}") from error
        self._calls = {name: self._call(name, known) for name, known in self.signatures.items()}
        self._batchers = {
            key: Batcher(self._calls[key], self.signatures[key], name, workers)
            for key in self.signatures
        }
        self.writes_tunes, self.grows = self._try_writing()
        self._warm(folder)

    @property
    def takes_pictures(self) -> bool:
        """Whether a request may be as large as a picture."""
        return any(signature.takes_pictures for signature in self.signatures.values())

    @property
    def writes(self) -> bool:
        """Whether the model writes texts on from primes."""
        return COMPOSE in self.signatures and composes(self.signatures[COMPOSE].inputs)

    @property
    def translates(self) -> bool:
        """Whether the model writes translations of texts, as far as it is asked to."""
        return BEGIN in self.signatures and begins(self.signatures[BEGIN].inputs)

    async def predict(self, request: Request) -> dict[str, np.ndarray]:
        """Returns the outputs of a request that holds a place in the queue.

        Raises:
            Refusal: 400, if the model does not take the inputs.
        """
        return await self._batchers[request.signature.name].submit(request.inputs, request.rows)

    def compose(self, prime: str, length: int, temperature: float, top_p: float, seed: int) -> str:
        """Writes one text, in any thread.

        Raises:
            KeyError: If the model does not write.
        """
        arrays = {
            "prime": np.array([prime.encode()], object),
            "length": np.array(length, np.int32),
            "temperature": np.array(temperature, np.float32),
            "top_p": np.array(top_p, np.float32),
            "seed": np.array([seed], np.int32),
        }
        return self._calls[COMPOSE](arrays)["text"][0].decode()

    def begin(self, text: str, limit: int) -> tuple[str, bool]:
        """Writes the first pieces of a translation, in any thread, and whether they are all.

        Raises:
            KeyError: If the model does not translate.
        """
        arrays = {"text": np.array([text.encode()], object), "limit": np.array(limit, np.int32)}
        found = self._calls[BEGIN](arrays)
        return found["text"][0].decode(), bool(found["whole"][0])

    def _call(self, name: str, signature: Signature) -> Callable[[Arrays], dict[str, np.ndarray]]:
        function = self._module.signatures[name]

        def call(arrays: Arrays) -> dict[str, np.ndarray]:
            tensors = {k: tf.constant(v, signature.inputs[k].dtype) for k, v in arrays.items()}
            try:
                return {k: np.asarray(v.numpy()) for k, v in function(**tensors).items()}
            except tf.errors.InvalidArgumentError as error:
                raise Refusal(400, f"the model does not take this: {_reason(error)}") from error

        return call

    def _try_writing(self) -> tuple[bool, bool]:
        """Whether texts are tunes, and whether a longer one begins with the shorter of its seed.

        That is so where nothing but the seed decides a character; a model under a constraint, as
        that of music, writes towards the end that it is given.
        """
        if not self.writes:
            return False, False
        pairs = [
            [self.compose("", length, 1.0, 1.0, seed) for length in (_SHORT, _LONGER)]
            for seed in range(3)
        ]
        tunes = all(longer.encode().startswith(_TUNE) for _, longer in pairs)
        return tunes, all(longer.startswith(shorter) for shorter, longer in pairs)

    def _warm(self, folder: Path) -> None:
        """Calls each function once, since the first call of a graph takes a second or more.

        With the request that stands beside the model, which it must be able to answer, or with
        nothing in particular.
        """
        asked = read_warmup(folder)
        for key, signature in self.signatures.items():
            if key in asked:
                self._answer_warmup(folder, key, asked[key])
            elif not any(spec.shape is None for spec in signature.inputs.values()):
                arrays = {k: _plain(spec) for k, spec in signature.inputs.items()}
                # "" is no picture; a request says what is wrong
                with contextlib.suppress(Refusal, tf.errors.OpError):
                    self._calls[key](arrays)

    def _answer_warmup(self, folder: Path, key: str, arrays: Arrays) -> None:
        try:
            self._calls[key](arrays)
        except (Refusal, KeyError, TypeError, ValueError, tf.errors.OpError) as error:
            line = str(error).splitlines()[0]
            raise DataError(
                f"{folder}: {key} does not answer its warm-up request: {line}"
            ) from error


def _plain(spec) -> np.ndarray:
    shape = [1 if size is None else size for size in spec.shape]
    if spec.dtype == tf.string:
        return np.full(shape, b"", object)
    return np.zeros(shape, spec.dtype.as_numpy_dtype)


def _reason(error: tf.errors.OpError) -> str:
    """Picks what a model has against its inputs out of what TensorFlow says around it."""
    message = str(error.message)
    if asserted := re.search(r"assertion failed: \[(.*)\]$", message, re.MULTILINE):
        return asserted[1]
    around = ("Graph execution error", "Detected at", "<stack traces", "\t")
    lines = [line for line in message.splitlines() if line and not line.startswith(around)]
    return lines[0] if lines else "a step of it failed"

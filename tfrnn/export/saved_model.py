"""SavedModels: strings in, strings and numbers out, nothing of this package inside.

The exported graph holds all that a model does, what it knows, and stock TensorFlow ops only, so
that TensorFlow Serving, the C library or any process with TensorFlow alone runs it.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfrnn.errors import CannotCreateError, StorageError

BOUNDARY = 0  # id 0 of every vocabulary
LONGEST = 16_384  # characters a request may ask for: what bounds a server's time and memory

WriteFn = Callable[..., tf.Tensor]
NatsFn = Callable[[tf.Tensor], tf.Tensor]


class TextModule(tf.Module):
    """A character model behind strings, with the signatures `compose` and `score`.

    compose: prime (batch,) string, length scalar int32 (most characters of a text, its prime and
        its end included; at most LONGEST), temperature, top_p scalar float32, seed (batch,) int32
        -> text (batch,) string. Values out of range are brought to the nearest that is in it:
        a server must answer.
    score: text (batch,) string -> bits_per_character (batch,) float32, the end of the text
        included, and characters (batch,) int32.

    Text is UTF-8; bytes that are not become U+FFFD. A character that the vocabulary has not is
    left out, so no prime can fail.

    Args:
        model: Whose variables the functions read.
        vocabulary: File of code points, line n for id n, as `Vocabulary.save` writes it.
        write: (ids (batch, longest), lengths (batch,), temperature, top_p, seed (each (batch,)),
            length scalar) -> (batch, steps) int32 ids.
        nats: (ids (batch, time + 1)) -> (batch, time) nats of each id after the one before.
    """

    def __init__(self, model: keras.Model, vocabulary: Path, write: WriteFn, nats: NatsFn):
        super().__init__()
        self.model, self._write, self._nats = model, write, nats
        lines = Path(vocabulary).read_text(encoding="ascii").splitlines()
        self._points = tf.constant([int(line.split("\t")[0]) for line in lines], tf.int32)
        self._ids = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(  # its file becomes an asset of the SavedModel
                str(vocabulary), tf.int64, 0, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            ),
            default_value=-1,
        )

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, "prime"),
            tf.TensorSpec([], tf.int32, "length"),
            tf.TensorSpec([], tf.float32, "temperature"),
            tf.TensorSpec([], tf.float32, "top_p"),
            tf.TensorSpec([None], tf.int32, "seed"),
        ],
        autograph=False,
    )
    def compose(self, prime, length, temperature, top_p, seed):
        """Writes one text for each prime."""
        ids = self._encode(prime)
        rows = tf.shape(prime)[:1]
        written = self._write(
            ids.to_tensor(BOUNDARY),
            tf.cast(ids.row_lengths(), tf.int32),
            tf.fill(rows, tf.maximum(_or(temperature, 1.0), 0.0)),
            tf.fill(rows, tf.clip_by_value(_or(top_p, 1.0), 1e-6, 1.0)),
            seed,
            tf.clip_by_value(length, 1, LONGEST),
        )
        return {"text": self._decode(written)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def score(self, text):
        """Says what each text costs under the model."""
        ids = self._encode(text)
        count = tf.cast(ids.row_lengths(), tf.int32) + 1
        edge = tf.fill([tf.shape(text)[0], 1], BOUNDARY)
        dense = tf.concat([edge, ids.to_tensor(BOUNDARY), edge], axis=1)
        nats = self._nats(dense)
        nats *= tf.sequence_mask(count, tf.shape(nats)[1], tf.float32)
        bits = tf.reduce_sum(nats, axis=1) / tf.math.log(2.0)
        return {"bits_per_character": bits / tf.cast(count, tf.float32), "characters": count - 1}

    def signatures(self) -> dict[str, Callable]:
        """Returns what a SavedModel serves, by name."""
        return {"compose": self.compose, "score": self.score}

    def examples(self) -> dict[str, dict]:
        """Returns inputs of each signature, on which an export is checked."""
        wish = {"length": np.int32(64), "temperature": np.float32(0.9), "top_p": np.float32(0.95)}
        prime, seed = np.array([b"", b"X:1\n"]), np.array([0, 7], np.int32)
        text = np.array([b"ABC", b"", b"X:1\nK:D\n"])
        return {"compose": {"prime": prime, "seed": seed, **wish}, "score": {"text": text}}

    def _encode(self, text):
        """(batch,) strings -> ragged (batch, length) int32 ids."""
        points = tf.strings.unicode_decode(text, "UTF-8")
        ids = tf.ragged.map_flat_values(self._ids.lookup, tf.cast(points, tf.int64))
        return tf.cast(tf.ragged.boolean_mask(ids, ids >= 0), tf.int32)

    def _decode(self, ids):
        """(batch, steps) ids -> (batch,) strings, up to the first boundary."""
        before_end = tf.cumsum(tf.cast(ids == BOUNDARY, tf.int32), axis=1) == 0
        points = tf.ragged.boolean_mask(tf.gather(self._points, ids), before_end)
        return tf.strings.unicode_encode(points, "UTF-8")


def save(
    module: tf.Module,
    folder: Path,
    signatures: Mapping[str, Callable],
    finish: Callable[[Path], None] = lambda folder: None,
) -> None:
    """Writes the SavedModel.

    It is written beside its place and renamed, so a folder that is there is whole.

    Args:
        module: Holds what the signatures read.
        folder: To write.
        signatures: Methods of the module, `tf.function`s with input signatures, by name; the
            first is also what serving calls by default.
        finish: Is called on what was written before it is put in its place, to check it and to
            write more.

    Raises:
        CannotCreateError: If the folder cannot be made where it should be.
        StorageError: If writing fails half way, or `finish` raises it; nothing is left then.
    """
    traced = {name: method.get_concrete_function() for name, method in signatures.items()}
    traced = {"serving_default": next(iter(traced.values()))} | traced
    temporary = folder.with_name(f"tmp-{folder.name}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(temporary, ignore_errors=True)  # of an export that was killed
        temporary.mkdir()
    except OSError as error:
        raise CannotCreateError(f"{folder} cannot be made: {error.strerror}.") from error
    try:
        held = _held(module, traced.values())
        tf.saved_model.save(held, str(temporary), signatures=traced)
        finish(temporary)
        temporary.rename(folder)
    except (OSError, tf.errors.OpError) as error:
        raise StorageError(f"{folder} was not written: {error}.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)  # where it is still there


def _held(module: tf.Module, functions: Iterable) -> tf.Module:
    """Returns a module that holds what traced functions read, and nothing else.

    A Keras variable in a SavedModel is written twice: as itself, which is restored, and as the
    variable of TensorFlow inside, which the functions read. `tf.saved_model.load` puts them
    together again; TensorFlow Serving and the C library do not, and find no weights.
    """
    held = tf.Module()
    held.weights = [*{id(v): v for function in functions for v in function.variables}.values()]
    found = tf.train.TrackableView(module).descendants()
    held.tables = [table for table in found if isinstance(table, tf.lookup.StaticHashTable)]
    return held


def _or(value, otherwise):
    return tf.where(tf.math.is_finite(value), value, otherwise)

"""What a trained captioner is used through: pictures in, captions out."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from models.attending import draw_attending, search_attending
from models.networks import PictureReader
from models.picture_bytes import decode
from models.wording import PLAIN, missing_of, worded
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.drawing import sampling_of
from tfrnn.decoding.hypotheses import NEVER
from tfrnn.decoding.lexical import Wording
from tfrnn.decoding.search import Search

ROWS = 32  # pictures that are described together


class Caption(NamedTuple):
    """One caption of a picture.

    text: What it says. score: By which captions of one picture are ranked, see
    `tfrnn.decoding.beam`. ended: Whether it came to its end within the limit. words: Of it, without
    the end. weights: (words, places high, places wide) float32, where the model looked before it
    wrote each; all 0 for a model that does not look. missing: Words that were asked for and do not
    occur.
    """

    text: str
    score: float
    ended: bool
    words: tuple[str, ...]
    weights: np.ndarray
    missing: tuple[str, ...] = ()


class Describer(tf.Module):
    """Captions pictures; also what is exported.

    Args:
        model: Built, see `models.captioner.Captioner`.
        coder: `tfrnn.data.subwords.Subwords` of its words.
        reader: What brings pictures to what the model reads; None where that is given features.
        wish: How an exported model searches.
    """

    def __init__(self, model: keras.Model, coder, reader: PictureReader | None, *, wish: Search):
        super().__init__()
        self.model, self.coder, self.reader, self.wish = model, coder, reader, wish
        self._traced: dict[tuple[Search, Wording], Callable] = {}
        self._drawing: dict[tuple[int, Wording], Callable] = {}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "image")], autograph=False)
    def serve(self, image):
        """Captions each picture: the bytes of a JPEG, PNG or WebP file.

        Returns:
            text: (batch, nbest) string, the best first. scores: (batch, nbest) float32. ended:
            (batch, nbest) bool. pieces: (batch, nbest, steps) string, the words and the end, ""
            after it. weights: (batch, nbest, steps, places) float32, where the model looked, the
            places row by row; grid: (batch, 2) int32, how many places are high and wide.
        """
        pixels = tf.map_fn(self._decode, image, fn_output_signature=tf.uint8)
        pixels = tf.ensure_shape(pixels, [None, *self.reader.size, 3])
        return self._describe(self.reader.read(pixels), self.wish, PLAIN)

    def signatures(self) -> dict[str, Callable]:
        """Returns what a SavedModel serves, by name."""
        return {"caption": self.serve}

    def examples(self) -> dict[str, dict]:
        """Returns inputs of each signature, on which an export is checked."""
        pixels = np.random.default_rng(0).integers(0, 256, (2, 6, 9, 3), np.uint8)
        files = [tf.io.encode_png(each).numpy() for each in np.repeat(pixels, 9, 1)]
        return {"caption": {"image": np.array(files, object)}}

    def describe(
        self,
        pictures: Sequence[np.ndarray],
        wish: Search,
        told: Callable[[int], None] = lambda done: None,
        wording: Wording = PLAIN,
    ) -> list[list[Caption]]:
        """Captions pictures, in their order; what is said of one depends on no other.

        Args:
            pictures: Each (height, width, 3) uint8 of any size.
            wish: How captions are searched.
            told: Called with the number of pictures that are done, after each batch.
            wording: What captions must read like.

        Returns:
            For each its `wish.nbest` best captions, or fewer where there are fewer.

        Raises:
            UsageError: If the model cannot write what `wording` asks for.
        """
        found = []
        for some in _batches(pictures):
            pixels = tf.stack([self.reader.shaped(picture) for picture in some])
            found += self.describe_rows(self.reader.read(pixels).numpy(), wish, wording=wording)
            told(len(found))
        return found

    def describe_rows(
        self,
        rows: np.ndarray,
        wish: Search,
        told: Callable[[int], None] = lambda done: None,
        wording: Wording = PLAIN,
    ) -> list[list[Caption]]:
        """Is `describe` of what the model reads, (pictures, height, width, channels)."""
        if (wish, wording) not in self._traced:
            self._traced[wish, wording] = tf.function(
                lambda rows: self._describe(rows, wish, wording),
                input_signature=[tf.TensorSpec([None, *self.model.picture], rows.dtype, "rows")],
                autograph=False,
            )
        found = []
        for some in _batches(rows):
            result = self._traced[wish, wording](tf.constant(some))
            columns = {name: value.numpy() for name, value in result.items()}
            found += captions_in(columns, wording.including)
            told(len(found))
        return found

    def draw(
        self,
        pictures: Sequence[np.ndarray],
        seed: int,
        *,
        count: int = 1,
        choice: Choice = Choice(),
        wording: Wording = PLAIN,
    ) -> list[list[Caption]]:
        """Draws captions at random, instead of searching for the likeliest.

        Args:
            pictures: Each (height, width, 3) uint8 of any size.
            seed: Of the first draw of each picture; the next has the next.
            count: Draws of each picture.
            choice: How boldly words are drawn.
            wording: What captions begin with.

        Returns:
            For each picture `count` captions in the order in which they were drawn, their scores
            the log-probabilities, and no weights.
        """
        key = (count, wording)
        if key not in self._drawing:
            self._drawing[key] = tf.function(
                lambda rows, sampling: self._draw(rows, sampling, count, wording),
                reduce_retracing=True,
                autograph=False,
            )
        found = []
        for some in _batches(pictures):
            pixels = tf.stack([self.reader.shaped(picture) for picture in some])
            seeds = [seed + n for n in range(count)] * len(some)
            sampling = sampling_of(seeds, choice, len(self.coder))
            result = self._drawing[key](self.reader.read(pixels), sampling)
            found += captions_in({name: value.numpy() for name, value in result.items()})
        return found

    def _decode(self, data):
        return self.reader.shaped(decode(data))

    def _describe(self, rows, wish, wording):
        words = worded(wording, self.coder)
        limits = tf.fill([tf.shape(rows)[0]], self.coder.longest)
        memory, state = self.model.encode(rows)
        found = search_attending(self.model, memory, state, limits, wish, words=words)
        return self._told(found, wording)

    def _draw(self, rows, sampling, count, wording):
        prefix, longest = worded(wording, self.coder).prefix, self.coder.longest
        limits = tf.fill([tf.shape(rows)[0]], longest)
        memory, state = self.model.encode(rows)
        how = {"longest": longest, "prefix": prefix}
        found = draw_attending(self.model, memory, state, limits, sampling, count, **how)
        return self._told(found, wording)

    def _told(self, found, wording):
        """What is returned of captions that were found."""
        shape = tf.shape(found.ids)
        flat = tf.reshape(found.ids, [shape[0] * shape[1], shape[2]])
        words = tf.strings.regex_replace(self.coder.name(found.ids), "^▁", "")
        result = {
            "text": tf.reshape(self.coder.decode(flat), shape[:2]),
            "scores": found.scores,
            "ended": found.ended,
            "pieces": tf.where(tf.sequence_mask(found.lengths, shape[2]), words, ""),
            "weights": found.weights,
            "grid": tf.repeat(tf.constant([self.model.grid]), shape[0], 0),
        }
        return result | ({"met": found.met} if wording.including else {})


def captions_in(
    columns: dict[str, np.ndarray], including: tuple[str, ...] = ()
) -> list[list[Caption]]:
    """Returns the captions of each picture of what a `caption` signature returned."""
    return [
        _captions({name: value[row] for name, value in columns.items()}, including)
        for row in range(len(columns["text"]))
    ]


def _captions(row, including) -> list[Caption]:
    found = []
    for n, score in enumerate(row["scores"]):
        if score <= NEVER / 2 and n:
            continue
        ended = bool(row["ended"][n])
        pieces = [piece.decode() for piece in row["pieces"][n] if piece]
        words = tuple(pieces[:-1] if ended else pieces)
        weights = row["weights"][n, : len(words)].reshape(len(words), *row["grid"])
        text, missing = row["text"][n].decode(), missing_of(row, n, including)
        found.append(Caption(text, float(score), ended, words, weights, missing))
    return found


def _batches(rows) -> Iterator:
    return (rows[first : first + ROWS] for first in range(0, len(rows), ROWS))

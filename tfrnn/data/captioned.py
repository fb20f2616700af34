"""Pictures and captions for a model: the words it writes, and batches."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfrnn.data import subwords
from tfrnn.data.batch import Batch, Splits
from tfrnn.data.captions import CaptionSplits, Shown, read_captions
from tfrnn.data.checks import check_least
from tfrnn.data.filling import Filled
from tfrnn.data.lexicon import TARGET, load_lines
from tfrnn.data.options import CaptionsOptions
from tfrnn.data.passes import endless, in_order
from tfrnn.data.subwords import PAD, START, Pieces, Subwords
from tfrnn.data.tokens import padded
from tfrnn.data.translations import load_pieces, save_pieces, times_of
from tfrnn.errors import DataError


class CaptionData(NamedTuple):
    """Captions by split, the words of the model, and what it reads of the pictures.

    rows: (pictures, height, width, channels) of all pictures in the order of `found`: uint8 pixels,
        or float16 features; None until the zoo's entry has made them.
    network: The frozen network that made them, if one did; a run keeps its weights.
    start: What a network starts from that learns with the model, if one does.
    summary: What was found, for a person.
    """

    found: CaptionSplits
    pieces: Pieces
    summary: str
    rows: np.ndarray | None = None
    network: keras.Model | None = None
    start: list[np.ndarray] | None = None

    @property
    def train(self) -> list[Shown]:
        """Pictures that a model learns from; `valid` and `test` are the others."""
        return self.found.train

    @property
    def valid(self) -> list[Shown]:
        """Pictures that choices may look at."""
        return self.found.valid

    @property
    def test(self) -> list[Shown]:
        """Pictures that are scored once."""
        return self.found.test

    def places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns the rows of the pictures of each split."""
        ends = np.cumsum([len(part) for part in self.found[:3]])
        return tuple(np.split(np.arange(ends[-1]), ends[:-1]))

    def splits(self, options: CaptionsOptions, *, seed: int) -> Splits:
        """Returns endless shuffled batches of captions and the held-out ones in order."""
        coder = coder_of(self.pieces, options)
        parts = [
            encode(part, places, coder, options.longest)
            for part, places in zip(self.found[:3], self.places())
        ]
        train, valid, test = parts
        counts = np.bincount(train.words.flat_values.numpy(), minlength=len(self.pieces.names)) + 1
        counts[[PAD, START]] = 1
        shares = np.log(counts / counts.sum())
        stream = endless(
            train.times, partial(take, train), batch_size=options.batch_size, seed=seed
        )
        return Splits(
            train=lambda start: Filled(stream(start), "picture", self.rows),
            valid=Filled(in_order(valid.times, partial(take, valid)), "picture", self.rows),
            test=Filled(in_order(test.times, partial(take, test)), "picture", self.rows),
            sizes=sizes_of(self.pieces, self.rows.shape[1:])
            | {"log_shares": tuple(float(share) for share in shares)}
            | ({} if self.start is None else {"network": self.start}),
            epoch=-(-len(train.times) // options.batch_size),
        )

    def documents(self) -> Iterator[str]:
        """Yields what all splits hold: other data, other documents."""
        for shown in (*self.train, *self.valid, *self.test):
            yield "\n".join((shown.name, *shown.captions))

    def save(self, folder: Path) -> None:
        """Writes what using the model takes: its words, the pictures' sizes, a frozen network."""
        save_pieces(folder / TARGET, self.pieces)
        sizes = " ".join(str(size) for size in self.rows.shape[1:])
        (folder / PICTURE).write_text(sizes + "\n", encoding="ascii")
        if self.network:
            self.network.save_weights(folder / NETWORK)

    def without(self, ill: Collection[int]) -> "CaptionData":
        """Returns the data without the pictures of some rows."""
        kept = [[place for place in part if place not in ill] for part in self.places()]
        whole = [*self.train, *self.valid, *self.test]
        parts = ([whole[place] for place in part] for part in kept)
        names = ("train", "valid", "test")
        found = self.found._replace(**dict(zip(names, parts)))
        return self._replace(found=found, rows=self.rows[np.concatenate(kept).astype(int)])

    def adopt(self, folder: Path) -> "CaptionData":
        """Returns the data with the words of the run in `folder`."""
        return self._replace(pieces=load_pieces(folder / TARGET))


# In the folder of a run: height, width and channels that the model reads; a network's weights.
PICTURE, NETWORK = "picture.txt", "network.weights.h5"

# A caption with such a word would be wrong of the mirrored picture: left, leftmost, right-hand.
_SIDES = re.compile(r"\b(left|right)")


def read_captioned(options: CaptionsOptions, *, seed: int) -> CaptionData:
    """Reads captions, see `tfrnn.data.captions`, and learns their words; raises what these raise.

    Raises:
        UsageError: If a number is out of range.
    """
    check_least(options, least=1, most=5, longest=2, batch_size=1, scenes=30)
    found = read_captions(options, seed=seed)
    texts = [caption for shown in found.train for caption in shown.captions]
    pieces = subwords.learn(texts, kind="words", most=options.most, least=options.least)
    words = len(pieces.names) - len(subwords.RESERVED)
    return CaptionData(found, pieces, f"{found.summary}; {words:,} words")


def coder_of(pieces: Pieces, options: CaptionsOptions) -> Subwords:
    """Returns what makes ids of captions and back, in training, in use and in a SavedModel."""
    return Subwords(pieces, kind="words", longest=options.longest)


def sizes_of(pieces: Pieces, picture: Sequence[int]) -> dict:
    """Returns what a model must know of the data."""
    return {"vocab": len(pieces.names), "picture": tuple(int(size) for size in picture)}


class Part(NamedTuple):
    """The encoded captions of a split.

    words: Ragged (captions, words) int32, each row with its END. pictures: (captions,) int64, the
    row of the picture of each. mirrored: (captions,) bool, whether that picture may be mirrored.
    times: (captions,) int32, the bucket that each fits.
    """

    words: tf.RaggedTensor
    pictures: np.ndarray
    mirrored: np.ndarray
    times: np.ndarray


def encode(shown: Sequence[Shown], places: np.ndarray, coder: Subwords, longest: int) -> Part:
    """Encodes a split once; `places` are the rows of its pictures."""
    texts = [caption for each in shown for caption in each.captions]
    words = coder.encode_ended(tf.constant(texts, tf.string))
    counts = [len(each.captions) for each in shown]
    mirrored = np.array([not any(map(_SIDES.search, each.captions)) for each in shown], bool)
    steps = np.array(times_of(longest + 1), np.int32)
    times = steps[np.searchsorted(steps, words.row_lengths().numpy())]
    return Part(words, np.repeat(places, counts), np.repeat(mirrored, counts), times)


def take(part: Part, chosen: tf.Tensor, time: tf.Tensor | int) -> Batch:
    """Returns some captions as a `Batch`, padded to `time` words, for `Filled`.

    Its inputs are picture (batch,), the row of each, mirrored (batch,), whether it may be, and
    shifted (batch, time): START and the caption without its last word. Its targets are
    (batch, time) int32, END after the last word.
    """
    targets = padded(tf.gather(part.words, chosen), time)
    shifted = tf.pad(targets[:, :-1], [[0, 0], [1, 0]], constant_values=START)
    inputs = {"picture": tf.gather(part.pictures, chosen), "shifted": shifted}
    inputs["mirrored"] = tf.gather(part.mirrored, chosen)
    return Batch(inputs, targets, tf.cast(targets != PAD, tf.float32))


def load_picture_sizes(folder: Path) -> tuple[int, ...]:
    """Returns height, width and channels of what a run's model reads, as `save` wrote them.

    Raises:
        MissingInputError: If the folder does not say.
        DataError: If it is not three numbers.
    """
    (line,) = load_lines(folder / PICTURE)[:1]
    try:
        height, width, channels = (int(size) for size in line.split())
    except ValueError as error:
        raise DataError(f"{folder / PICTURE}: three numbers are expected, got {line!r}.") from error
    return height, width, channels

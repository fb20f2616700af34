"""Sentences with the one before and the one after: what skip-thought vectors are learnt from."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.data import subwords
from tfrnn.data.batch import Batch, Splits
from tfrnn.data.book import neighbours, read_passages
from tfrnn.data.checks import check_least, check_shares
from tfrnn.data.lexicon import TARGET
from tfrnn.data.options import BookOptions
from tfrnn.data.passes import endless, in_order
from tfrnn.data.subwords import PAD, START, Pieces, Subwords
from tfrnn.data.tokens import padded
from tfrnn.data.translations import load_pieces, save_pieces, times_of
from tfrnn.errors import UsageError

SCORED = 64  # sentences of a batch that is only scored: their logits are large


class BookData(NamedTuple):
    """Passages by split, and the pieces of their sentences.

    summary: What was found, for a person.
    """

    train: list[list[str]]
    valid: list[list[str]]
    test: list[list[str]]
    pieces: Pieces
    summary: str

    def splits(self, options: BookOptions, *, seed: int) -> Splits:
        """Returns endless shuffled training batches and the held-out sentences in order."""
        coder = coder_of(self.pieces, options)
        train, valid, test = (
            encode(part, coder, options.longest) for part in (self.train, self.valid, self.test)
        )
        return Splits(
            train=endless(
                train.times, partial(take, train), batch_size=options.batch_size, seed=seed
            ),
            valid=in_order(valid.times, partial(take, valid), batch_size=SCORED),
            test=in_order(test.times, partial(take, test), batch_size=SCORED),
            sizes=sizes_of(self.pieces),
            epoch=-(-len(train.times) // options.batch_size),
        )

    def documents(self) -> Iterator[str]:
        """Yields what all splits hold: other data, other documents."""
        for passage in (*self.train, *self.valid, *self.test):
            yield "\n".join(passage)

    def save(self, folder: Path) -> None:
        """Writes what using the model takes: the pieces."""
        save_pieces(folder / TARGET, self.pieces)

    def adopt(self, folder: Path) -> "BookData":
        """Returns the data with the pieces of the run in `folder`."""
        return self._replace(pieces=load_pieces(folder / TARGET))


def read_book(options: BookOptions, *, seed: int) -> BookData:
    """Reads passages and learns their pieces; also raises what `read_passages` raises.

    Raises:
        UsageError: If no source is given, or a number is out of range.
    """
    del seed  # the parts are contiguous
    if not options.source:
        raise UsageError("no data given. Pass --data.source FILE_OR_FOLDER, of running text.")
    check_least(options, pieces=5, longest=2, batch_size=1)
    check_shares(options)
    found = read_passages(options.source, valid=options.valid, test=options.test)
    train = [sentence for passage in found.train for sentence in passage]
    pieces = subwords.learn(train, kind="subwords", most=options.pieces, least=1)
    counts = " / ".join(
        f"{sum(map(len, part)):,} {name}"
        for part, name in zip(found, ("train", "validation", "test"))
    )
    summary = f"{options.source}: {counts} sentences; {len(pieces.names):,} pieces of words"
    return BookData(*found, pieces, summary)


def sizes_of(pieces: Pieces) -> dict[str, int]:
    """Returns what a model must know of the pieces."""
    return {"vocab": len(pieces.names)}


def coder_of(pieces: Pieces, options: BookOptions) -> Subwords:
    """Returns what makes ids of sentences, in training, in use and in a SavedModel alike."""
    return Subwords(pieces, kind="subwords", longest=options.longest)


class Part(NamedTuple):
    """The encoded sentences of a split.

    sentences: ragged (sentences, pieces) int32, each row with its END. places: (rows,) int32, those
    with a neighbour on either side. times: (rows,) int32, the bucket that all three of them fit.
    """

    sentences: tf.RaggedTensor
    places: tf.Tensor
    times: np.ndarray


def encode(passages: Sequence[Sequence[str]], coder: Subwords, longest: int) -> Part:
    """Encodes a split once."""
    row, places = neighbours(passages)
    found = coder.encode_ended(tf.constant(row, tf.string))
    lengths = found.row_lengths().numpy()
    most = np.max([lengths[np.array(places) + step] for step in (-1, 0, 1)], 0)
    steps = np.array(times_of(longest + 1), np.int32)
    return Part(found, tf.constant(places, tf.int32), steps[np.searchsorted(steps, most)])


def take(part: Part, rows: tf.Tensor, time: tf.Tensor | int) -> Batch:
    """Returns some sentences as a `Batch`, padded to `time` pieces.

    Its inputs are source (batch, time), a sentence, and shifted (batch, 2, time): the one before it
    and the one after it, each with START in front and without its last piece. Its targets are
    (batch, 2, time) int32, END after the last piece.
    """
    places = tf.gather(part.places, rows)
    source, *both = (padded(tf.gather(part.sentences, places + step), time) for step in (0, -1, 1))
    targets = tf.stack(both, 1)
    shifted = tf.pad(targets[..., :-1], [[0, 0], [0, 0], [1, 0]], constant_values=START)
    return Batch(
        {"source": source, "shifted": shifted}, targets, tf.cast(targets != PAD, tf.float32)
    )

"""Pairs of texts for a model: which pieces it knows, and the files that say so."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.data import subwords
from tfrnn.data.batch import Batch, Splits
from tfrnn.data.checks import check_least
from tfrnn.data.examples import Pair
from tfrnn.data.lexicon import SOURCE, TARGET, load_lines, save_lines
from tfrnn.data.options import PairsOptions
from tfrnn.data.own import with_own
from tfrnn.data.pairs import PairSplits, read_pairs
from tfrnn.data.passes import endless, in_order
from tfrnn.data.subwords import PAD, START, Pieces, Subwords
from tfrnn.data.tokens import padded
from tfrnn.errors import DataError, UsageError

FINE, FINE_TO = 4, 32  # the time axis is a multiple of 4 up to 32, then grows by halves (ours)


class TranslationData(NamedTuple):
    """Pairs by split, and the pieces that a model reads and writes, the same where they are joint.

    summary: What was found, for a person.
    """

    train: list[Pair]
    valid: list[Pair]
    test: list[Pair]
    source: Pieces
    target: Pieces
    summary: str

    def splits(self, options: PairsOptions, *, seed: int) -> Splits:
        """Returns endless shuffled training batches and the held-out pairs in order."""
        coders = coders_of(self.source, self.target, options)
        train, valid, test = (
            encode(part, coders, options.longest) for part in (self.train, self.valid, self.test)
        )
        stream = endless(
            train.times, partial(take, train), batch_size=options.batch_size, seed=seed
        )
        if options.sampling != "none":
            how = {"most": options.sampled, "batches": options.sampled_after, "seed": seed}
            stream = with_own(stream, options.sampling, **how)
        return Splits(
            train=stream,
            valid=in_order(valid.times, partial(take, valid)),
            test=in_order(test.times, partial(take, test)),
            sizes=sizes_of(self.source, self.target),
            epoch=-(-len(self.train) // options.batch_size),
        )

    def documents(self) -> Iterator[str]:
        """Yields what all splits hold: other data, other documents."""
        for pair in (*self.train, *self.valid, *self.test):
            yield "\n".join(pair)

    def save(self, folder: Path) -> None:
        """Writes what using the model takes: the pieces of both sides."""
        save_pieces(folder / SOURCE, self.source)
        save_pieces(folder / TARGET, self.target)

    def adopt(self, folder: Path) -> "TranslationData":
        """Returns the data with the pieces of the run in `folder`."""
        return self._replace(
            source=load_pieces(folder / SOURCE), target=load_pieces(folder / TARGET)
        )


def read_translations(options: PairsOptions, *, seed: int) -> TranslationData:
    """Reads pairs, see `tfrnn.data.pairs`, and learns their pieces; also raises what these raise.

    Raises:
        UsageError: If a number is out of range.
    """
    check_least(options, pieces=5, longest=2, batch_size=1, least=1, sampled_after=1)
    if not 0 <= options.sampled <= 1:
        raise UsageError(f"--data.sampled must be 0 to 1, got {options.sampled}.")
    return learn_pieces(read_pairs(options, seed=seed), options)


def learn_pieces(found: PairSplits, options: PairsOptions) -> TranslationData:
    """Learns the pieces of the training pairs."""
    how = {"kind": options.kind, "most": options.pieces, "least": options.least}
    sides = [[pair.source for pair in found.train], [pair.target for pair in found.train]]
    if options.joint:
        source = target = subwords.learn([*sides[0], *sides[1]], **how)
        sizes = f"{len(source.names):,} joint"
    else:
        source, target = (subwords.learn(side, **how) for side in sides)
        sizes = f"{len(source.names):,} and {len(target.names):,}"
    summary = f"{found.summary}; {sizes} {options.kind}"
    return TranslationData(*found[:3], source, target, summary)


def sizes_of(source: Pieces, target: Pieces) -> dict[str, int]:
    """Returns what a model must know of the pieces, and whether both sides have the same ones."""
    sizes = {"source_vocab": len(source.names), "target_vocab": len(target.names)}
    return sizes | {"joint": source == target}


def coders_of(source: Pieces, target: Pieces, options: PairsOptions) -> tuple[Subwords, Subwords]:
    """Returns what makes ids of texts and back, in training, in use and in a SavedModel alike."""
    how = {"kind": options.kind, "longest": options.longest}
    first = Subwords(source, **how)
    return first, first if target == source else Subwords(target, **how)


class Part(NamedTuple):
    """The encoded pairs of a split: ragged (pairs, pieces) int32, each row with its END.

    times: (pairs,) int32, the bucket that both sides of each fit.
    """

    source: tf.RaggedTensor
    target: tf.RaggedTensor
    times: np.ndarray


def encode(pairs: Sequence[Pair], coders: tuple[Subwords, Subwords], longest: int) -> Part:
    """Encodes a split once."""
    sides = [
        coder.encode_ended(tf.constant([pair[i] for pair in pairs], tf.string))
        for i, coder in enumerate(coders)
    ]
    lengths = np.maximum(*(side.row_lengths().numpy() for side in sides))
    steps = np.array(times_of(longest + 1), np.int32)
    return Part(*sides, steps[np.searchsorted(steps, lengths)])


def times_of(longest: int) -> list[int]:
    """Returns the lengths of the time axis.

    >>> times_of(50)
    [4, 8, 12, 16, 20, 24, 28, 32, 48, 50]
    """
    lengths = list(range(FINE, FINE_TO + 1, FINE))
    while lengths[-1] < longest:
        power = 2 ** (lengths[-1].bit_length() - 1)
        lengths.append(power * 3 // 2 if lengths[-1] == power else power * 2)
    return sorted({min(length, longest) for length in lengths})


def take(part: Part, rows: tf.Tensor, time: tf.Tensor | int) -> Batch:
    """Returns some pairs as a `Batch`, padded to `time` pieces.

    Its inputs are source (batch, time) and shifted (batch, time): START and the target without
    its last piece. Its targets are (batch, time) int32, END after the last piece.
    """
    source = padded(tf.gather(part.source, rows), time)
    targets = padded(tf.gather(part.target, rows), time)
    shifted = tf.pad(targets[:, :-1], [[0, 0], [1, 0]], constant_values=START)
    inputs = {"source": source, "shifted": shifted}
    return Batch(inputs, targets, tf.cast(targets != PAD, tf.float32))


def save_pieces(path: Path, pieces: Pieces) -> None:
    """Writes a piece and its score a line."""
    save_lines(path, [f"{name}\t{score!r}" for name, score in zip(*pieces)])


def load_pieces(path: Path) -> Pieces:
    """Reads what `save_pieces` wrote.

    Raises:
        MissingInputError: If there is no such file.
        DataError: If it is not such a list; the message names the line.
    """
    rows = []
    for number, line in enumerate(load_lines(path), 1):
        name, _, score = line.partition("\t")
        try:
            rows.append((name, float(score)))
        except ValueError as error:
            raise DataError(f"{path}: line {number}: no piece, tab, score.") from error
    names, scores = zip(*rows)
    if names[: len(subwords.RESERVED)] != subwords.RESERVED:
        raise DataError(f"{path}: must begin with {', '.join(subwords.RESERVED)}.")
    return Pieces(names, scores)

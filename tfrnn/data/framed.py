"""Clips for a model that labels their frames: the labels it chooses from, and batches."""

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.data.batch import Batch, Splits
from tfrnn.data.checks import check_least, check_shares
from tfrnn.data.clip_files import read_clips
from tfrnn.data.clips import SIZE, Clip, draw_clips
from tfrnn.data.filling import Filled
from tfrnn.data.lexicon import LABELS, load_lines, save_lines
from tfrnn.data.options import ClipsOptions
from tfrnn.data.passes import endless, in_order
from tfrnn.data.shares import check_sizes, cut
from tfrnn.data.tokens import buckets, padded, ragged
from tfrnn.errors import DataError, UsageError

SCORED = 16  # clips of a batch that is only scored; a frame takes more than a word


class FrameData(NamedTuple):
    """Clips by split, and the labels of a model.

    summary: What was found, for a person.
    """

    train: list[Clip]
    valid: list[Clip]
    test: list[Clip]
    labels: tuple[str, ...]
    summary: str

    def splits(self, options: ClipsOptions, *, seed: int) -> Splits:
        """Returns endless shuffled batches of clips and the held-out ones in order."""
        every = [*self.train, *self.valid, *self.test]
        frames = np.concatenate([clip.frames[: options.longest] for clip in every])
        first, parts = 0, []
        for clips in (self.train, self.valid, self.test):
            parts.append(_encode(clips, self.labels, options.longest, first))
            first += int(parts[-1].lengths.sum())
        train, valid, test = parts
        stream = endless(
            train.times, partial(take, train), batch_size=options.batch_size, seed=seed
        )
        held_out = [
            Filled(in_order(part.times, partial(take, part), batch_size=SCORED), "frames", frames)
            for part in (valid, test)
        ]
        return Splits(
            lambda start: Filled(stream(start), "frames", frames),
            *held_out,
            sizes=sizes_of(self.labels, options),
            epoch=-(-len(self.train) // options.batch_size),
        )

    def documents(self) -> Iterator[str]:
        """Yields what all splits hold: other data, other documents."""
        for clip in (*self.train, *self.valid, *self.test):
            yield "\n".join((clip.name, *clip.labels, sha256(clip.frames.tobytes()).hexdigest()))

    def save(self, folder: Path) -> None:
        """Writes what using the model takes: the labels."""
        save_lines(folder / LABELS, self.labels)

    def adopt(self, folder: Path) -> "FrameData":
        """Returns the data with the labels of the run in `folder`.

        Raises:
            DataError: If the data has others.
        """
        labels = load_lines(folder / LABELS)
        if more := sorted({*self.labels} - {*labels}):
            raise DataError(f"{folder} knows no label {more[0]!r}, which this data has.")
        return self._replace(labels=labels)


def read_framed(options: ClipsOptions, *, seed: int) -> FrameData:
    """Reads or draws clips, and deals them to the parts by the seed.

    Raises:
        UsageError: If a number is out of range.
        MissingInputError: If there is no such source.
        DataError: If a clip cannot be used, a part has fewer than three, or training fewer than two
            labels or not all of the held-out ones.
    """
    _check(options)
    if options.source:
        clips, origin = read_clips(Path(options.source), options.size), options.source
    else:
        clips = draw_clips(options.clips, seed=seed)
        origin = "no --data.source, so drawn"
    parts = cut(clips, options, seed=seed)
    check_sizes(parts, origin, "clips")
    labels = tuple(sorted({label for clip in parts[0] for label in clip.labels}))
    _check_labels(parts, labels, origin)
    sizes = " / ".join(
        f"{len(part):,} {name}" for part, name in zip(parts, ("train", "validation", "test"))
    )
    frames = sum(len(clip.frames) for clip in clips)
    summary = f"{origin}: {len(clips):,} clips of {frames:,} frames, {len(labels)} labels; {sizes}"
    return FrameData(*parts, labels, f"{summary} (seed {seed})")


def _check(options):
    check_least(options, clips=30, size=8, longest=1, batch_size=1)
    if not options.source and options.size != SIZE:
        raise UsageError(f"--data.size is for a --data.source; drawn clips have {SIZE} pixels.")
    check_shares(options)


def _check_labels(parts, labels, origin):
    if len(labels) < 2:
        raise DataError(f"{origin}: training has {len(labels)} label; 2 at least are needed.")
    for clip in (*parts[1], *parts[2]):
        if more := {*clip.labels} - {*labels}:
            raise DataError(
                f"{origin}: no training clip has the label {min(more)!r} of {clip.name}; give more "
                "clips with it."
            )


def sizes_of(labels: Sequence[str], options: ClipsOptions) -> dict:
    """Returns what a model must know of the data."""
    return {"labels": len(labels), "picture": (options.size, options.size, 3)}


class Part(NamedTuple):
    """The clips of a split, their frames by their numbers in one array.

    first, lengths: (clips,) int64. labels: Ragged (clips, frames) int32. times: (clips,) int32, the
    bucket that each fits.
    """

    first: np.ndarray
    lengths: np.ndarray
    labels: tf.RaggedTensor
    times: np.ndarray


def _encode(clips, labels, longest, first) -> Part:
    ids = {label: i for i, label in enumerate(labels)}
    rows = [[ids[label] for label in clip.labels[:longest]] for clip in clips]
    lengths = np.array([len(row) for row in rows], np.int64)
    steps = np.array(buckets(longest), np.int32)
    times = steps[np.searchsorted(steps, lengths)]
    return Part(first + np.cumsum(lengths) - lengths, lengths, ragged(rows, tf.int32), times)


def take(part: Part, chosen: tf.Tensor, time: tf.Tensor | int) -> Batch:
    """Returns some clips as a `Batch` of `time` frames, for `Filled`.

    Its inputs are frames (batch, time), the number of each, after the last of a clip that one
    again, and lengths (batch,) int32. Its targets are (batch, time) int32 labels.
    """
    lengths = tf.gather(part.lengths, chosen)[:, None]
    steps = tf.minimum(tf.range(tf.cast(time, tf.int64))[None], lengths - 1)
    frames = tf.gather(part.first, chosen)[:, None] + steps
    lengths = tf.cast(lengths[:, 0], tf.int32)
    labels = padded(tf.gather(part.labels, chosen), time)
    weights = tf.sequence_mask(lengths, time, tf.float32)
    return Batch({"frames": frames, "lengths": lengths}, labels, weights)

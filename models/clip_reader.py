"""What a trained labeller of frames is used through: clips in, a label for each frame out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from models.lengths import about_as_long
from models.picture_bytes import decode, stretch

BATCH = 16  # clips that are read at a time


class Seen(NamedTuple):
    """What is said of the frames of a clip: their labels, and the probability of each."""

    labels: tuple[str, ...]
    confidence: tuple[float, ...]


class ClipReader(tf.Module):
    """Labels the frames of clips; also what is exported.

    Args:
        model: Built, a `models.frame_labeller.FrameLabeller`.
        labels: Name of each label.
    """

    def __init__(self, model: keras.Model, labels: Sequence[str]):
        super().__init__()
        self.model, self.labels = model, tuple(labels)
        self.size = model.picture[0]
        signature = [
            tf.TensorSpec([None, None, *model.picture], tf.uint8, "frames"),
            tf.TensorSpec([None], tf.int32, "lengths"),
        ]
        self.label_frames = tf.function(self._label, input_signature=signature, autograph=False)

    def _label(self, frames, lengths):
        """Labels each frame.

        Args:
            frames: (batch, time, height, width, 3) uint8.
            lengths: (batch,) int32, the frames of each clip, which come first.

        Returns:
            labels: (batch, time) string, "" after the last frame. probabilities: (batch, time)
            float32 of each label.
        """
        found = self.model({"frames": frames, "lengths": lengths}, training=False)
        real = found.mask
        ids, _ = found.decode()
        names = tf.where(real, tf.gather(tf.constant(self.labels), ids), "")
        shares = tf.gather(found.marginals(), ids, axis=2, batch_dims=2)
        return {"labels": names, "probabilities": tf.where(real, shares, 0.0)}

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.string, "image")], autograph=False)
    def label_pictures(self, image):
        """Is `label_frames` of the files of frames.

        Args:
            image: (batch, time) string, the bytes of a JPEG, PNG or WebP each, "" after the last
                of a clip. Those of another size than the model's are stretched to it.
        """
        lengths = tf.reduce_sum(tf.cast(image != "", tf.int32), 1)
        blank = tf.io.encode_png(tf.zeros(self.model.picture, tf.uint8))
        files = tf.reshape(tf.where(image == "", blank, image), [-1])
        pixels = tf.map_fn(self._decode, files, fn_output_signature=tf.uint8)
        shape = tf.concat([tf.shape(image), self.model.picture], 0)
        frames = tf.ensure_shape(tf.reshape(pixels, shape), [None, None, *self.model.picture])
        return self._label(frames, lengths)

    def _decode(self, data):
        return stretch(decode(data), self.model.picture[:2])

    def signatures(self) -> dict[str, Callable]:
        """Returns what a SavedModel serves, by name."""
        return {"label_pictures": self.label_pictures, "label_frames": self.label_frames}

    def examples(self) -> dict[str, dict]:
        """Returns inputs of each signature, on which an export is checked."""
        rng = np.random.default_rng(0)
        frames = rng.integers(0, 256, (2, 5, *self.model.picture)).astype(np.uint8)
        files = [[tf.io.encode_png(frame).numpy() for frame in clip] for clip in frames]
        files[1][3:] = [b"", b""]
        return {
            "label_pictures": {"image": np.array(files, object)},
            "label_frames": {"frames": frames, "lengths": np.array([5, 3], np.int32)},
        }

    def read(self, clips: Sequence[np.ndarray]) -> list[Seen]:
        """Labels the frames of clips, each (frames, height, width, 3) uint8, in their order."""
        return read_clips(self.label_frames, clips)


def read_clips(label_frames: Callable, clips: Sequence[np.ndarray]) -> list[Seen]:
    """Calls what labels frames on clips about as long as each other, BATCH at a time."""
    found: dict[int, Seen] = {}
    for chosen in about_as_long(clips, BATCH):
        lengths = [len(clips[i]) for i in chosen]
        frames = np.zeros([len(chosen), max(lengths), *clips[chosen[0]].shape[1:]], np.uint8)
        for row, i in enumerate(chosen):
            frames[row, : lengths[row]] = clips[i]
        outputs = label_frames(frames=tf.constant(frames), lengths=tf.constant(lengths, tf.int32))
        names, shares = outputs["labels"].numpy(), outputs["probabilities"].numpy()
        for row, i in enumerate(chosen):
            labels = tuple(name.decode() for name in names[row, : lengths[row]])
            found[i] = Seen(labels, tuple(map(float, shares[row, : lengths[row]])))
    return [found[i] for i in range(len(clips))]

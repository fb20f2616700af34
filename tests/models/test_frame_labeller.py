"""The labeller of frames: its size, what reaches a frame, and what does not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.clip_reader import ClipReader
from models.configs import FramesConfig
from models.frame_labeller import FrameLabeller
from tfrnn.data.clips import draw_clips

SIZES = {"widths": (4, 6), "embed": 10, "units": 5}
LABELS = ("a", "b", "c")


def made(**sizes):
    keras.utils.set_random_seed(0)
    model = FrameLabeller(
        FramesConfig(**SIZES | sizes), labels=len(LABELS), picture=(12, 12, 3), name="frames"
    )
    model.build()
    for weight in model.weights:  # lively, so that no two answers agree by chance
        weight.assign(2 * weight + 0.1 * tf.random.stateless_normal(weight.shape, [1, 2]))
    return model


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(0).integers(0, 256, (2, 6, 12, 12, 3)).astype(np.uint8)


def marginals(model, frames, lengths):
    return model({"frames": tf.constant(frames), "lengths": tf.constant(lengths)}).marginals()


@pytest.mark.parametrize(
    ("reads", "encoder"), [("clip", 2 * 4 * (10 * 5 + 5 * 5 + 5)), ("frame", 10 * 10 + 10)]
)
def test_parameters_by_formula(reads, encoder):
    eye = 9 * 3 * 4 + 2 * 4 + 9 * 4 * 6 + 2 * 6  # convolutions without bias, norms
    notes = 3 * 3 * 6 * 10 + 10
    assert made(reads=reads).count_params() == eye + notes + encoder + 10 * 3 + 3


@pytest.mark.parametrize("reads", ["clip", "frame"])
def test_what_comes_after_the_end_changes_nothing(reads, frames):
    model = made(reads=reads)
    whole = marginals(model, frames, [4, 6])
    noisy = frames.copy()
    noisy[0, 4:] = 255 - noisy[0, 4:]
    np.testing.assert_allclose(marginals(model, noisy, [4, 6]), whole, atol=1e-6)
    alone = marginals(model, frames[:1, :4], [4])
    np.testing.assert_allclose(alone[0], whole[0, :4], atol=1e-5)
    np.testing.assert_array_equal(whole[0, 4:], np.zeros([2, 3]))


def test_neighbours_reach_a_frame_both_ways_unless_it_is_read_alone(frames):
    changed = frames.copy()
    changed[:, [0, 5]] = 0
    for reads, reach in (("clip", True), ("frame", False)):
        model = made(reads=reads)
        one, other = (marginals(model, f, [6, 6]).numpy() for f in (frames, changed))
        assert (np.abs(one[:, 2:4] - other[:, 2:4]) > 1e-4).any() == reach
        assert (one[:, [0, 5]] != other[:, [0, 5]]).any()


def test_a_saved_model_of_keras_is_the_model(frames, tmp_path):
    model = made()
    model.save(tmp_path / "frames.keras")
    again = keras.saving.load_model(tmp_path / "frames.keras")
    np.testing.assert_array_equal(
        marginals(again, frames, [6, 6]), marginals(model, frames, [6, 6])
    )


def test_clips_are_read_in_their_order_and_each_as_if_alone():
    model = FrameLabeller(FramesConfig(**SIZES), labels=3, picture=(32, 32, 3))
    model.build()
    reader = ClipReader(model, LABELS)
    clips = [clip.frames for clip in draw_clips(18, seed=1)]
    found = reader.read(clips)
    assert [len(seen.labels) for seen in found] == [len(clip) for clip in clips]
    assert {label for seen in found for label in seen.labels} <= {*LABELS}
    (alone,) = reader.read(clips[3:4])
    assert alone.labels == found[3].labels
    np.testing.assert_allclose(alone.confidence, found[3].confidence, atol=1e-5)


def test_files_of_frames_are_the_frames(frames):
    reader = ClipReader(made(), LABELS)
    files = np.array(
        [[tf.io.encode_png(frame).numpy() for frame in clip] for clip in frames], object
    )
    files[0, 4:] = b""
    found = reader.label_pictures(tf.constant(files))
    wanted = reader.label_frames(frames=tf.constant(frames), lengths=tf.constant([4, 6]))
    assert found["labels"].numpy().tolist() == wanted["labels"].numpy().tolist()
    np.testing.assert_allclose(found["probabilities"], wanted["probabilities"], atol=1e-6)
    large = np.repeat(np.repeat(frames[0, 0], 2, 0), 2, 1)
    files[0, 0] = tf.io.encode_jpeg(large).numpy()  # stretched to the size that is read
    assert reader.label_pictures(tf.constant(files))["labels"][0, 4:].numpy().tolist() == [b"", b""]

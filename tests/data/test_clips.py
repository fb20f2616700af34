"""Clips, drawn and out of files: what a frame is labelled is what happens to the next."""

import numpy as np
import pytest
from PIL import Image

from tfrnn.data.clip_files import load_clip, read_clips
from tfrnn.data.clips import MOVES, SIZE, draw_clips
from tfrnn.data.framed import read_framed
from tfrnn.data.options import ClipsOptions
from tfrnn.errors import DataError, MissingInputError, UsageError

CLIPS = draw_clips(40, seed=3)


def middle_and_extent(frame):
    """Where the shape of a frame is, and how far it reaches, by what is not ground."""
    ground = np.median(frame.reshape(-1, 3), 0)
    there = np.argwhere(np.abs(frame.astype(float) - ground).sum(-1) > 90)
    low, high = there.min(0), there.max(0)
    return (low + high) / 2, (high - low).mean()


def test_a_label_is_what_comes_next():
    steps = {move: [] for move in MOVES}
    for clip in CLIPS:
        seen = [middle_and_extent(frame) for frame in clip.frames]
        for ((y, x), size), ((below, right), larger), label in zip(seen, seen[1:], clip.labels):
            steps[label].append([right - x, below - y, larger - size])
    for move, (right, down, grows) in MOVES.items():
        mean = np.mean(steps[move], 0)
        # Twice the radius is what the extent measures.
        wanted = np.array([right, down, 2 * grows]) * 2.25  # pixels, the mean of the speeds
        np.testing.assert_allclose(mean, wanted, atol=0.5, err_msg=move)


def test_clips_depend_on_the_seed_and_their_number_alone():
    again = draw_clips(41, seed=3)
    for one, other in zip(CLIPS, again):
        np.testing.assert_array_equal(one.frames, other.frames)
        assert one.labels == other.labels
    assert {label for clip in CLIPS for label in clip.labels} == set(MOVES)


@pytest.fixture
def folder(tmp_path):
    """Clips in the three forms that they may have, the frames of the first numbered to 10."""
    first, second, third = CLIPS[:3]
    (tmp_path / "one").mkdir()
    for number, frame in enumerate(first.frames[:11]):
        Image.fromarray(frame).save(tmp_path / "one" / f"{number}.png")
    np.save(tmp_path / "two.npy", second.frames)
    frames = [Image.fromarray(frame) for frame in third.frames]
    frames[0].save(tmp_path / "three.gif", save_all=True, append_images=frames[1:])
    rows = {"one": first.labels[:11], "two.npy": second.labels, "three.gif": third.labels}
    lines = [f"{name}\t{' '.join(labels)}\n" for name, labels in rows.items()]
    (tmp_path / "labels.tsv").write_text("".join(lines))
    return tmp_path


def test_folders_arrays_and_gifs_are_read_in_order(folder):
    one, two, three = read_clips(folder, SIZE)
    np.testing.assert_array_equal(one.frames, CLIPS[0].frames[:11])
    np.testing.assert_array_equal(two.frames, CLIPS[1].frames)
    assert three.frames.shape == CLIPS[2].frames.shape
    assert np.abs(three.frames.astype(int) - CLIPS[2].frames).mean() < 12  # 256 colours
    assert (one.name, two.labels) == ("one", CLIPS[1].labels)


def test_frames_are_brought_to_one_size(folder):
    assert load_clip(folder / "two.npy", 16).shape == (len(CLIPS[1].frames), 16, 16, 3)


def refused(folder, line, kind=DataError):
    (folder / "labels.tsv").write_text(line)
    with pytest.raises(kind) as refusal:
        read_clips(folder, SIZE)
    return str(refusal.value)


def test_what_cannot_be_used_is_named_with_its_line(folder):
    table = folder / "labels.tsv"
    assert refused(folder, "\none left\n").startswith(f"{table}:2: a clip, a tab and labels")
    found = refused(folder, "one\tleft up\n")
    assert found == f"{table}:1: 2 labels for the 11 frames of one; each frame needs one."
    assert "no clip four in" in refused(folder, "four\tleft\n", MissingInputError)
    twice = f"one\t{'up ' * 11}\n" * 2
    assert refused(folder, twice) == f"{table}:2: the clip one is there twice; leave one out."
    (folder / "one" / "3.png").write_bytes(b"<html>no picture</html>")
    assert "3.png: not a picture but a web page" in refused(folder, "one\tup\n")
    Image.new("RGB", (4, 5)).save(folder / "one" / "3.png")
    assert "3.png: 4 x 5 pixels, the first frame has 32 x 32" in refused(folder, "one\tup\n")
    (folder / "empty").mkdir()
    assert "empty: no frames (.jpg" in refused(folder, "empty\tup\n", MissingInputError)
    np.save(folder / "two.npy", np.zeros([3, 8, 8], np.uint8))
    assert "two.npy: shape (3, 8, 8) of uint8, expected" in refused(folder, "two.npy\tup\n")
    (folder / "two.npy").write_bytes(b"nothing")
    assert "two.npy: not an array" in refused(folder, "two.npy\tup\n")
    (folder / "three.gif").write_bytes(b"GIF89a")
    assert "three.gif: not a GIF" in refused(folder, "three.gif\tup\n")
    blank = Image.new("P", (4_000, 4_001))
    dot = Image.new("P", (4_000, 4_001), 1)
    blank.save(folder / "bomb.gif", save_all=True, append_images=[dot, blank, dot])
    large = "bomb.gif: 4 frames of 4000 x 4001 pixels, more than 64,000,000"
    assert large in refused(folder, "bomb.gif\tup\n")
    (folder / "x.txt").write_text("")
    assert "x.txt: a clip is a folder" in refused(folder, "x.txt\tup\n")
    table.unlink()
    with pytest.raises(MissingInputError, match=r"no labels\.tsv in it"):
        read_clips(folder, SIZE)


def test_batches_hold_the_frames_of_their_clips():
    options = ClipsOptions(clips=40, batch_size=4, longest=20)
    data = read_framed(options, seed=3)
    assert [len(part) for part in (data.train, data.valid, data.test)] == [32, 4, 4]
    splits = data.splits(options, seed=0)
    assert splits.sizes == {"labels": len(data.labels), "picture": (SIZE, SIZE, 3)}
    by_frames = {clip.frames[:20].tobytes(): clip for clip in data.train}
    stream = iter(splits.train(0))
    for batch in (next(stream) for _ in range(8)):
        frames, lengths = batch.inputs["frames"].numpy(), batch.inputs["lengths"].numpy()
        for row, length in enumerate(lengths):
            clip = by_frames.pop(frames[row, :length].tobytes())  # each once in a pass
            labels = [data.labels[i] for i in batch.targets[row, :length]]
            assert labels == [*clip.labels[:20]]
            assert batch.weights[row].numpy().tolist() == [1] * length + [0] * (
                frames.shape[1] - length
            )
    assert not by_frames
    assert sum(float(np.sum(batch.weights)) for batch in splits.test) == sum(
        min(20, len(clip.labels)) for clip in data.test
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"clips": 5}, "--data.clips must be 30 or more, got 5."),
        ({"size": 48}, "--data.size is for a --data.source; drawn clips have 32 pixels."),
        ({"test": 0.6, "valid": 0.5}, "--data.test and --data.valid must be above 0"),
    ],
)
def test_options_that_cannot_be_are_refused(options, line):
    with pytest.raises(UsageError, match=line):
        read_framed(ClipsOptions(**options), seed=0)


def test_labels_of_another_run_are_taken_over(tmp_path):
    data = read_framed(ClipsOptions(clips=30), seed=0)
    data._replace(labels=(*data.labels, "waits")).save(tmp_path)
    assert data.adopt(tmp_path).labels == (*data.labels, "waits")
    data._replace(labels=data.labels[1:]).save(tmp_path)
    with pytest.raises(DataError, match=f"knows no label '{data.labels[0]}'"):
        data.adopt(tmp_path)

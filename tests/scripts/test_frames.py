"""frames from the command line: learn, label, score, export."""

import json

import numpy as np
import pytest
from PIL import Image

import evaluate
import export
import generate
import train
from tfrnn.data.clips import draw_clips

TINY = ["--data.clips=40", "--train.steps=6", "--model.units=8", "--model.embed=8"]
TINY += ["--model.widths", "4", "6", "--train.shards=1", "--train.warmup=1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frames") / "run"
    train.main(["frames", f"--out={folder}", *TINY])
    return folder


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A clip as a folder of pictures and one as an array."""
    root = tmp_path_factory.mktemp("clips")
    one, other = draw_clips(2, seed=9)
    (root / "one").mkdir()
    for number, frame in enumerate(one.frames):
        Image.fromarray(frame).save(root / "one" / f"{number}.png")
    np.save(root / "other.npy", other.frames)
    return [root / "one", root / "other.npy"], [len(one.frames), len(other.frames)]


def test_a_label_a_frame(run, clips, call, tmp_path):
    paths, counts = clips
    done = call(generate.main, "frames", "--from", run, *paths, "--picture", tmp_path / "x.png")
    assert done.code == 0, done.err
    blocks = [block.splitlines() for block in done.out.rstrip("\n").split("\n\n")]
    assert [len(block) for block in blocks] == counts
    assert [line.split("\t")[0] for line in blocks[0]] == [str(n + 1) for n in range(counts[0])]
    for name in ("x.png", "x-2.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_an_export_says_what_the_run_says(run, clips, call, tmp_path):
    paths, _ = clips
    out = tmp_path / "frames"
    done = call(export.main, run, "--out", out)
    assert done.code == 0, done.err
    told = [
        call(generate.main, "frames", "--from", folder, *paths, "--format", "json").out
        for folder in (run, out)
    ]
    ours, theirs = ([json.loads(line) for line in lines.splitlines()] for lines in told)
    assert [record["labels"] for record in ours] == [record["labels"] for record in theirs]
    for one, other in zip(ours, theirs):
        np.testing.assert_allclose(one["confidence"], other["confidence"], atol=1e-3)


def test_scores_stand_beside_a_network_that_sees_each_frame_alone(run, call):
    done = call(evaluate.main, run)
    assert done.code == 0, done.err
    out = run / "evaluation"
    scores = json.loads((out / "scores.json").read_text())["scores"]
    assert [(row["measure"], row["against"]) for row in scores[:2]] == [
        ("frames, accuracy", "each frame alone"),
        ("frames, accuracy", "most frequent label"),
    ]
    rows = [line.split("\t") for line in (out / "frames.tsv").read_text().splitlines()[1:]]
    right = sum(label == found for _, _, label, found, _ in rows) / len(rows)
    assert scores[0]["model"] == f"{right:.1%}"
    for name in ("clip-1.png", "confusion.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_is_one_line(run, refused, tmp_path):
    refused(64, "no clip given", generate.main, "frames", "--from", run)
    refused(64, "--picture must be a .png file", generate.main, "frames", "x", "--picture=x.jpg")
    refused(66, "x: no such clip", generate.main, "frames", "--from", run, tmp_path / "x")

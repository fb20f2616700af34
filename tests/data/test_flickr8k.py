"""Flickr8k's files as a TensorFlow data set: splits, pictures and captions as they are."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from models import prepare as command
from tfrnn.data.captions import read_captions
from tfrnn.data.flickr8k import prepare
from tfrnn.data.options import CaptionsOptions
from tfrnn.errors import DataError, MissingInputError

LISTS = {"train": range(4), "dev": range(4, 7), "test": range(7, 10)}


@pytest.fixture
def folder(tmp_path):
    """The files of a tiny Flickr8k, and a caption of a picture that is in no list."""
    root = tmp_path / "flickr8k"
    (root / "Images").mkdir(parents=True)
    for n in range(10):
        Image.new("RGB", (8 + n, 6), (20 * n, 0, 0)).save(root / "Images" / f"{n}.jpg")
    lines = [f"{n}.jpg#{k}\tA dog , number {n} {k} .\n" for n in range(10) for k in range(2)]
    (root / "Flickr8k.token.txt").write_text("".join(lines) + "gone.jpg.1#0\tNothing .\n")
    for name, numbers in LISTS.items():
        rows = "".join(f"{n}.jpg\n" for n in numbers)
        (root / f"Flickr_8k.{name}Images.txt").write_text(rows)
    return root


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path / "tfds"))
    return tmp_path / "tfds"


def test_the_command_makes_what_the_captioner_reads(folder, data_dir, capsys):
    command.main(["flickr8k", str(folder), "--data-dir", str(data_dir)])
    assert "4 train, 3 validation, 3 test" in capsys.readouterr().err
    found = read_captions(CaptionsOptions(source="tfds:flickr8k"), seed=0)
    assert [len(part) for part in found[:3]] == [4, 3, 3]
    assert found.valid[0].captions == ("a dog number 4 0", "a dog number 4 1")
    pixels = [load() for load in found.loaders()]
    assert [each.shape for each in pixels] == [(6, 8 + n, 3) for n in range(10)]
    assert abs(int(pixels[5][0, 0, 0]) - 100) < 4


def test_rows_are_in_the_order_of_the_lists_and_as_written(folder, data_dir):
    prepare(folder, data_dir)
    rows = list(tfds.load("flickr8k", split="test", data_dir=str(data_dir)).as_numpy_iterator())
    assert [row["image"].shape[1] for row in rows] == [15, 16, 17]
    assert rows[0]["captions"].tolist() == [b"A dog , number 7 0 .", b"A dog , number 7 1 ."]
    assert rows[0]["image"].dtype == np.uint8


def test_what_is_missing_is_named(folder, data_dir, tmp_path):
    (folder / "Images" / "8.jpg").unlink()
    with pytest.raises(DataError, match=r"8.jpg is in the lists and has no picture"):
        prepare(folder, data_dir)
    for path in folder.glob("*Images.txt"):
        path.unlink()
    with pytest.raises(DataError, match="no lists of its pictures"):
        prepare(folder, data_dir)
    with pytest.raises(MissingInputError, match="no such folder"):
        prepare(tmp_path / "none", data_dir)

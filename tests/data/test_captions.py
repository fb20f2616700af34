"""Captions in all their forms, the pictures they belong to, drawn scenes, and the cache."""

import json

import numpy as np
import pytest
from PIL import Image

from tfrnn.data import subwords
from tfrnn.data.caption_files import plain_caption
from tfrnn.data.captioned import coder_of, encode, read_captioned
from tfrnn.data.captions import Shown, read_captions
from tfrnn.data.options import CaptionsOptions
from tfrnn.data.picture_cache import stored
from tfrnn.data.scenes import SIZE, draw_scenes
from tfrnn.data.shapes import COLOURS
from tfrnn.errors import DataError, MissingInputError, UsageError

COUNT = 30


def pictures(folder, count=COUNT):
    folder.mkdir(exist_ok=True)
    for n in range(count):
        Image.new("RGB", (4, 4), (n, 0, 0)).save(folder / f"{n}.png")
    return folder


def read(folder, **options):
    return read_captions(CaptionsOptions(source=str(folder), **options), seed=0)


def tsv(folder, rows):
    (folder / "captions.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in rows), encoding="utf-8")
    return folder


ROWS = [(f"{n}.png", f"A dog, number {n}!") for n in range(COUNT)]


def test_a_table_and_its_pictures(tmp_path):
    found = read(tsv(pictures(tmp_path / "p"), [*ROWS, ("3.png", "Another.")]))
    whole = [*found.train, *found.valid, *found.test]
    assert sorted(map(len, found[:3])) == [3, 3, 24]
    assert {shown.name for shown in whole} == {name for name, _ in ROWS}
    told = {shown.name: shown.captions for shown in whole}
    assert told["3.png"] == ("a dog number 3", "another")
    # The pictures come in the order of the captions: their red says which they are.
    reds = [int(load()[0, 0, 0]) for load in found.loaders()]
    assert [f"{red}.png" for red in reds] == [shown.name for shown in whole]


def test_the_seed_cuts(tmp_path):
    folder = tsv(pictures(tmp_path / "p"), ROWS)
    options = CaptionsOptions(source=str(folder))
    assert read_captions(options, seed=1).test == read_captions(options, seed=1).test
    assert read_captions(options, seed=1).test != read_captions(options, seed=2).test


def test_flickrs_files_and_lists(tmp_path):
    folder = pictures(tmp_path / "p")
    rows = [f"{n}.png#{k}\tDog {n} , said {k} ." for n in range(COUNT) for k in range(2)]
    rows.append("lost.png.1#0\tNobody .")
    (folder / "Flickr.token.txt").write_text("\n".join(rows))
    for name, first, last in (("train", 0, 20), ("dev", 20, 24), ("test", 24, 28)):
        names = "\n".join(f"{n}.png" for n in range(first, last))
        (folder / f"Flickr_8k.{name}Images.txt").write_text(names)
    found = read(folder)
    assert [len(part) for part in found[:3]] == [20, 4, 4]
    assert found.valid[0].captions == ("dog 20 said 0", "dog 20 said 1")
    assert "2 pictures not used" in found.summary and "lists as given" in found.summary


def test_cocos_json(tmp_path):
    folder = pictures(tmp_path / "p")
    record = {
        "images": [{"id": n + 100, "file_name": f"{n}.png"} for n in range(COUNT)],
        "annotations": [{"image_id": n + 100, "caption": f"Dog {n}."} for n in range(COUNT)],
    }
    path = tmp_path / "captions_train.json"
    path.write_text(json.dumps(record))
    assert len(read(folder, captions=path).train) == 24
    path.write_text(json.dumps({"images": []}))
    with pytest.raises(DataError, match="not COCO's captions"):
        read(folder, captions=path)


def test_captions_and_pictures_must_match(tmp_path):
    folder = pictures(tmp_path / "p")
    tsv(folder, [*ROWS[:-1], ("lost.png", "Nobody."), ("gone.png", "Nobody.")])
    message = (
        r"captions\.tsv: 2 captions without a picture \(lost\.png, gone\.png\), "
        r"1 pictures without one \(29\.png\)"
    )
    with pytest.raises(DataError, match=message):
        read(folder)
    found = read(folder, skip_bad=True)
    assert sum(len(part) for part in found[:3]) == COUNT - 1
    assert "3 without a caption or a picture left out" in found.summary


def test_lines_that_cannot_be_used(tmp_path):
    folder = tsv(pictures(tmp_path / "p"), ROWS)
    with (folder / "captions.tsv").open("a") as stream:
        stream.write("3.png\n4.png\t...\n")
    with pytest.raises(DataError, match=r"captions\.tsv line 31: 1 columns, expected 2"):
        read(folder)
    found = read(folder, skip_bad=True)
    assert "2 bad captions left out" in found.summary


def test_what_is_not_there(tmp_path):
    with pytest.raises(MissingInputError, match="no such folder"):
        read(tmp_path / "none")
    with pytest.raises(MissingInputError, match="one file of captions is expected"):
        read(pictures(tmp_path / "p"))
    with pytest.raises(MissingInputError, match="no such file of captions"):
        read(tmp_path / "p", captions=tmp_path / "none.tsv")
    with pytest.raises(UsageError, match=r"--data\.features needs --data\.captions"):
        read_captions(CaptionsOptions(features=tmp_path / "f.npy"), seed=0)
    with pytest.raises(UsageError, match=r"--data\.captions needs --data\.source"):
        read_captions(CaptionsOptions(captions=tmp_path / "c.tsv"), seed=0)
    with pytest.raises(UsageError, match=r"--data\.least must be 1 or more, got 0"):
        read_captioned(CaptionsOptions(least=0), seed=0)


def test_plain_captions():
    assert plain_caption("  Two DOGS -- one's black ; 3 ft .") == "two dogs one's black 3 ft"
    assert plain_caption(" . ") == ""


def test_scenes_are_what_their_captions_say():
    scenes = draw_scenes(200, seed=3)
    again = draw_scenes(10, seed=3)
    assert all(a.caption == b.caption for a, b in zip(scenes, again))
    for scene in scenes:
        words = scene.caption.split()
        assert scene.pixels.shape == (SIZE, SIZE, 3)
        for place, (left, top, right, bottom) in scene.boxes.items():
            assert 0 <= left < right <= SIZE and 0 <= top < bottom <= SIZE
            colour = np.array(COLOURS[words[place - 1]])
            middle = scene.pixels[(top + bottom) // 2, (left + right) // 2].astype(int)
            assert np.abs(middle - colour).max() < 40
        if "left of" in scene.caption:
            assert scene.boxes[2][2] <= scene.boxes[7][0] + 1
        elif "above" in scene.caption:
            assert scene.boxes[2][3] <= scene.boxes[6][1] + 1
        else:
            (left, top, right, bottom) = scene.boxes[2]
            row, column = (top + bottom) // 2 * 3 // SIZE, (left + right) // 2 * 3 // SIZE
            assert words[-2:] == [
                ("top", "middle", "bottom")[row], ("left", "centre", "right")[column]
            ]  # fmt: skip


def test_a_picture_may_be_mirrored_unless_a_caption_names_a_side():
    options = CaptionsOptions(scenes=60, least=1, batch_size=8)
    data = read_captioned(options, seed=0)
    data = data._replace(rows=np.stack([load() for load in data.found.loaders()]))
    told = {shown.name: shown.captions for shown in data.train}
    by_row = dict(zip(data.places()[0], told.values()))
    batches = iter(data.splits(options, seed=0).train(0))
    seen = {}
    for batch in (next(batches) for _ in range(6)):
        pixels = batch.inputs["picture"].numpy()
        for row, may in zip(pixels, batch.inputs["mirrored"].numpy()):
            (place,) = (n for n in by_row if (data.rows[n] == row).all())
            seen[place] = bool(may)
    assert len(seen) > 30
    for place, may in seen.items():
        words = {word for caption in by_row[place] for word in caption.split()}
        assert may == (not words & {"left", "right"})
    assert {*seen.values()} == {True, False}


@pytest.mark.parametrize(
    ("captions", "may"),
    [
        (["a dog runs", "a brown dog"], True),
        (["a dog runs", "a dog on the left"], False),
        (["the rightmost man waves"], False),
        (["a left-hand turn"], False),
        (["bright lights upright"], True),
    ],
)
def test_every_caption_of_a_picture_counts(captions, may):
    pieces = subwords.learn(captions, kind="words", most=99, least=1)
    coder = coder_of(pieces, CaptionsOptions(least=1))
    part = encode([Shown("x", tuple(captions))], np.array([0]), coder, 40)
    assert part.mirrored.tolist() == [may] * len(captions)


def test_batches_carry_the_pictures_of_their_captions():
    options = CaptionsOptions(scenes=60, batch_size=8, least=1)
    data = read_captioned(options, seed=0)
    rows = np.stack([load() for load in data.found.loaders()])
    splits = data._replace(rows=rows).splits(options, seed=0)
    names = data.pieces.names
    known = {" ".join(shown.captions): place for place, shown in enumerate(data.train)}
    stream = iter(splits.train(0))
    batches = [next(stream) for _ in range(4)]
    for batch in batches:
        for words, pixels in zip(batch.targets.numpy(), batch.inputs["picture"].numpy()):
            text = " ".join(names[i].removeprefix("▁") for i in words if i > 3)
            np.testing.assert_array_equal(pixels, rows[known[text]])
    later = next(iter(splits.train(2)))
    np.testing.assert_array_equal(later.targets, batches[2].targets)
    assert sum(float(batch.weights[:, 0].numpy().sum()) for batch in splits.valid) == 6


def test_without_some_pictures_the_rows_still_belong():
    data = read_captioned(CaptionsOptions(scenes=60), seed=0)
    rows = np.arange(60).reshape(60, 1, 1, 1)
    less = data._replace(rows=rows).without({0, 50})
    assert [len(part) for part in (less.train, less.valid, less.test)] == [47, 5, 6]
    names = [shown.name for shown in (*less.train, *less.valid, *less.test)]
    assert [f"scene {row}" for row in less.rows[:, 0, 0, 0]] == names


def test_the_cache_is_filled_once(tmp_path):
    calls = []

    def fill(rows):
        calls.append(len(rows))
        rows[:] = np.arange(6).reshape(3, 2)
        return {1: "bad"}

    first = stored(tmp_path / "c", ["a"], (3, 2), "float16", fill)
    again = stored(tmp_path / "c", ["a"], (3, 2), "float16", fill)
    assert calls == [3] and not first.again and again.again
    np.testing.assert_array_equal(again.rows, [[0, 1], [2, 3], [4, 5]])
    assert again.ill == {1: "bad"}
    stored(tmp_path / "c", ["b"], (3, 2), "float16", fill)
    assert calls == [3, 3]
    for path in (tmp_path / "c").glob("*.npy"):  # as a full disk would leave it
        path.write_bytes(path.read_bytes()[:-3])
    assert not stored(tmp_path / "c", ["a"], (3, 2), "float16", fill).again


def test_a_fill_that_fails_leaves_nothing(tmp_path):
    def fill(rows):
        raise DataError("dog.png: not a picture.")

    with pytest.raises(DataError, match=r"dog\.png"):
        stored(tmp_path / "c", ["a"], (3, 2), "float16", fill)
    assert not [*(tmp_path / "c").glob("*.npy")]

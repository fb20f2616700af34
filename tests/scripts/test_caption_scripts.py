"""train.py, generate.py, evaluate.py and export.py with pictures, from the command line."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import evaluate
import export
import generate
import train
from tfrnn.data.scenes import draw_scenes

TINY = [
    "--train.steps=60", "--train.evaluate-every=30", "--train.precision=float32",
    "--train.learning-rate=0.02", "--train.warmup=2", "--train.average=0",
    "--train.compile=graph", "--train.shards=1", "--data.batch-size=16", "--model.embed=12",
    "--model.units=16", "--model.attention-units=8", "--model.widths", "6", "8", "10",
]  # fmt: skip
ALONE = """
import sys
import tensorflow as tf
caption = tf.saved_model.load(sys.argv[1]).signatures["caption"]
found = caption(image=tf.constant([open(sys.argv[2], "rb").read()]))
assert "tfrnn" not in sys.modules
print(found["text"].numpy()[0, 0].decode())
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A tiny captioner of drawn scenes that has learnt a little."""
    out = tmp_path_factory.mktemp("captioner") / "run"
    train.main(["captioner", f"--out={out}", "--data.scenes=200", "--data.least=1", *TINY])
    return out


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "scene.png"
    Image.fromarray(draw_scenes(1, seed=9)[0].pixels).resize((96, 80)).save(path)
    return path


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("exports") / "captioner"
    export.main([str(run), f"--out={out}"])
    return out / "1"


def test_it_captions_a_picture(run, picture, call, tmp_path):
    found = call(generate.main, "captioner", "--from", run, picture, "--attention", tmp_path / "a")
    assert found.code == 0 and found.out.startswith("a ")
    page = (tmp_path / "a" / "scene.html").read_text()
    assert page.count("<figure>") == len(found.out.split()) + 1
    with Image.open(tmp_path / "a" / "scene.png") as drawn:
        assert drawn.width > 300


def test_several_captions_of_several_pictures(run, picture, call):
    found = call(generate.main, "captioner", "--from", run, picture.parent, picture, "--nbest=2")
    lines = [line.split("\t") for line in found.out.splitlines()]
    assert [line[0] for line in lines] == [str(picture)] * 4
    assert lines[:2] == lines[2:] and float(lines[0][1]) >= float(lines[1][1])


def test_captions_to_order_and_at_random(run, picture, call):
    told = call(generate.main, "captioner", "--from", run, picture, "--with=star", "--without=red")
    assert told.code == 0 and "star" in told.out.split() and "red" not in told.out.split()
    words = ["--sample=2", "--seed=3", "--prefix=a blue"]
    drawn = call(generate.main, "captioner", "--from", run, picture, *words)
    assert drawn.code == 0
    assert [line.split("\t")[1][:6] for line in drawn.out.splitlines()] == ["a blue"] * 2


def test_json_says_where_it_looked(run, picture, call):
    found = call(generate.main, "captioner", "--from", run, picture, "--format=json")
    (best,) = json.loads(found.out)["captions"]
    weights = np.array(best["weights"])
    assert weights.shape == (len(best["words"]), 6, 6)
    np.testing.assert_allclose(weights.sum((1, 2)), 1.0, atol=0.05)


def test_what_is_no_picture(run, picture, call, tmp_path):
    wrong = tmp_path / "page.jpg"
    wrong.write_text("<html>not found</html>")
    found = call(generate.main, "captioner", "--from", run, wrong, picture)
    assert found.code == 65 and "page.jpg: not a picture but a web page (HTML)" in found.err
    found = call(generate.main, "captioner", "--from", run, wrong, picture, "--skip-bad")
    assert found.code == 0 and found.out.startswith(f"{picture}\ta ") and "skipped" in found.err
    found = call(generate.main, "captioner", "--from", run, tmp_path / "none.jpg")
    assert found.code == 66 and "no such picture" in found.err
    assert call(generate.main, "captioner", "--from", run).code == 64


def test_the_export_captions_alone_and_the_same(exported, run, picture, call):
    known = call(generate.main, "captioner", "--from", run, picture).out
    served = call(generate.main, "captioner", "--from", exported, picture).out
    alone = subprocess.run(
        [sys.executable, "-c", ALONE, exported, picture],
        capture_output=True, text=True, cwd=exported, check=False,
    )  # fmt: skip
    assert alone.returncode == 0, alone.stderr
    assert known == served == alone.stdout
    found = call(generate.main, "captioner", "--from", exported, picture, "--beam=2")
    assert found.code == 64 and "searches with --beam 3" in found.err


def test_it_is_scored(run, call, tmp_path):
    found = call(evaluate.main, run, "--out", tmp_path)
    assert found.code == 0
    for row in ("CIDEr-D, beam 3", "BLEU-4, greedy", "attention on the shape that a word names"):
        assert row in found.out or row.startswith("attention")  # only where a caption is right
    rows = json.loads((tmp_path / "scores.json").read_text())["scores"]
    assert {row["measure"] for row in rows} >= {"distinct captions", "said just so by a person"}
    assert {path.name for path in tmp_path.iterdir()} >= {
        "captions.tsv", "mistakes.txt", "table.tsv", "attention-1.png",
    }  # fmt: skip


def test_hard_and_tell_train_and_resume(call, tmp_path):
    for decoder in ("hard", "tell"):
        out = tmp_path / decoder
        words = ["captioner", "--out", out, "--data.scenes=60", *TINY, f"--model.decoder={decoder}"]
        assert call(train.main, *words).code == 0
        assert "saved" not in call(train.main, "captioner", "--out", out, "--resume").err
    scene = tmp_path / "scene.png"
    Image.fromarray(draw_scenes(1, seed=1)[0].pixels).save(scene)
    found = call(generate.main, "captioner", "--from", out, scene, "--attention", tmp_path / "a")
    assert found.code == 64 and "does not look at places" in found.err


def test_a_folder_of_photographs_and_features(call, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    scenes = draw_scenes(40, seed=2)
    for n, scene in enumerate(scenes):
        Image.fromarray(scene.pixels).save(folder / f"{n}.png")
    rows = "".join(f"{n}.png\t{scene.caption}\n" for n, scene in enumerate(scenes))
    (folder / "captions.tsv").write_text(rows)
    common = ["--data.least=1", f"--data.cache={tmp_path / 'cache'}", *TINY]
    small = ["--model.encoder=small", "--model.picture-size=32"]
    words = ["captioner", f"--data.source={folder}", *small, *common]
    first = call(train.main, *words, f"--out={tmp_path / 'a'}")
    again = call(train.main, *words, f"--out={tmp_path / 'b'}")
    assert first.code == again.code == 0
    assert "kept in" in first.err and "from the cache in" in again.err
    np.save(tmp_path / "features.npy", np.random.default_rng(0).normal(size=(40, 4, 7)))
    captions = f"--data.captions={folder / 'captions.tsv'}"
    given = ["captioner", f"--data.features={tmp_path / 'features.npy'}", captions, *common]
    assert call(train.main, *given, f"--out={tmp_path / 'c'}").code == 0
    assert call(evaluate.main, tmp_path / "c").code == 0
    found = call(generate.main, "captioner", "--from", tmp_path / "c", folder / "1.png")
    assert found.code == 64 and "cannot read pictures" in found.err
    np.save(tmp_path / "features.npy", np.zeros((39, 7)))
    found = call(train.main, *given, f"--out={tmp_path / 'd'}")
    assert found.code == 65 and "expected (40, features)" in found.err


def test_weights_of_a_network_that_are_not_there(call, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for n in range(30):
        Image.new("RGB", (40, 40), (n, 0, 0)).save(folder / f"{n}.png")
    (folder / "captions.tsv").write_text("".join(f"{n}.png\ta dog\n" for n in range(30)))
    words = ["captioner", f"--data.source={folder}", f"--out={tmp_path / 'a'}"]
    found = call(train.main, *words, f"--model.encoder-weights={tmp_path / 'none.h5'}")
    assert found.code == 66 and "no such file of weights" in found.err
    (tmp_path / "bad.h5").write_bytes(b"nothing")
    found = call(train.main, *words, f"--model.encoder-weights={tmp_path / 'bad.h5'}")
    assert found.code == 65 and "not the weights of mobilenet_v2" in found.err

"""The SavedModel: with TensorFlow alone it gives what generate.py gives, and answers anything."""

import json
import math
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

import export
import generate
from models.bundle import open_bundle
from tests.scripts import runs
from tfrnn.decoding.choice import Choice
from tfrnn.errors import CannotCreateError, StorageError
from tfrnn.export import saved_model

SEEDS = [0, 1, 7, 2**31 - 1]

# Runs by itself: nothing of the project, neither imported nor importable, only TensorFlow.
ALONE = """
import importlib.util, json, sys
import tensorflow as tf

asked = json.load(sys.stdin)
served = tf.saved_model.load(asked["folder"]).signatures
texts = served["compose"](**{
    "prime": tf.constant(asked["primes"]),
    "length": tf.constant(asked["length"]),
    "temperature": tf.constant(asked["temperature"]),
    "top_p": tf.constant(asked["top_p"]),
    "seed": tf.constant(asked["seeds"]),
})["text"]
scores = served["score"](text=tf.constant(asked["scored"]))
ours = [name for name in sys.modules if name.split(".")[0] in ("tfrnn", "models")]
found = {
    "signatures": sorted(served),
    "texts": [text.decode() for text in texts.numpy()],
    "bits": scores["bits_per_character"].numpy().tolist(),
    "characters": scores["characters"].numpy().tolist(),
    "ours": ours,
    "importable": [n for n in ("tfrnn", "models", "train") if importlib.util.find_spec(n)],
}
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    return runs.music(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def exported(music, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports") / "new" / "music"
    export.main([str(music), f"--out={folder}"])
    assert [path.name for path in folder.parent.iterdir()] == ["music"]
    assert [path.name for path in folder.iterdir()] == ["1"]
    return folder / "1"


@pytest.fixture(scope="module")
def served(exported):
    return tf.saved_model.load(str(exported)).signatures


def composed(served, primes, seeds, *, length=96, temperature=1.0, top_p=1.0):
    texts = served["compose"](
        prime=tf.constant(primes),
        length=tf.constant(length),
        temperature=tf.constant(temperature),
        top_p=tf.constant(top_p),
        seed=tf.constant(seeds),
    )
    return [text.decode() for text in texts["text"].numpy()]


def test_tensorflow_alone_composes_and_scores_the_same(exported, music, tmp_path):
    bundle = open_bundle(music)
    writer = bundle.writer(jit=False)
    documents = [runs.tunes()[3].rstrip("\n"), "X:1\nK:D\n", "A", ""]
    asked = {
        "folder": str(exported), "primes": ["X:1\n"] * 3 + ["X:1\nT:Fox\n"], "seeds": SEEDS,
        "length": 130, "temperature": 0.9, "top_p": 0.97, "scored": documents,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE], input=json.dumps(asked),
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ours"] == found["importable"] == []
    assert found["signatures"] == ["compose", "score", "serving_default"]
    drafts = writer.write(
        asked["primes"], SEEDS, limit=130, choice=Choice(temperature=0.9, top_p=0.97)
    )
    assert found["texts"] == [draft.text for draft in drafts]
    assert len(set(found["texts"])) == 4
    for document, bits, characters in zip(documents, found["bits"], found["characters"]):
        assert characters == len(document)
        assert bits == pytest.approx(np.mean(writer.bits([document])[0]), rel=1e-4)


def test_generate_takes_an_export_for_a_run(exported, music, capsys):
    wish = ["--count=2", "--seed=3", "--length=130", "--key=G", "--title=The Fox"]
    texts = []
    for source in (music, exported):
        generate.main(["music", f"--from={source}", *wish])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert texts[0].count("X:1\nT:The Fox\n") == 2


def test_every_op_is_one_of_tensorflows(exported):
    """No library to load beside it, and no way back into Python."""
    found = SavedModel.FromString((exported / "saved_model.pb").read_bytes())
    (graph,) = (meta.graph_def for meta in found.meta_graphs)
    functions = graph.library.function
    nodes = [*graph.node, *(node for function in functions for node in function.node_def)]
    ops = {node.op for node in nodes} - {function.signature.name for function in functions}
    assert {"While", "StatelessWhile"} & ops
    assert len(ops) > 30
    assert not [op for op in ops if not hasattr(tf.raw_ops, op) or "PyFunc" in op]


def test_the_vocabulary_is_an_asset(exported, music):
    (asset,) = (exported / "assets").iterdir()
    assert asset.read_bytes() == (music / "vocabulary.txt").read_bytes()


def test_it_can_be_moved(exported, served, tmp_path):
    """Assets and weights go by their place in the folder."""
    moved = shutil.copytree(exported, tmp_path / "elsewhere")
    there = tf.saved_model.load(str(moved)).signatures
    assert composed(there, ["X:1\n"], [5]) == composed(served, ["X:1\n"], [5])


ODD = [
    b"", b"\xff\xfe\x80", b"X:1\n\x00", b"\xed\xa0\x80", "🎻🎻".encode(), "\ufeffX:1".encode(),
    b"X:1\n" * 5000, b"]]|||:::", b" ", b"\r\n", "\u2028".encode(), b"X:1\nT:\xc3",
]  # fmt: skip


def test_odd_strings_are_answered(served):
    """A server must answer: in one batch, and what stands beside a row changes nothing."""
    texts = composed(served, ODD, list(range(len(ODD))), length=64)
    assert len(texts) == len(ODD)
    assert all(len(text) <= 64 for text in texts)
    assert composed(served, ODD[4:5], [4], length=64) == texts[4:5]
    assert texts[4] == composed(served, [b""], [4], length=64)[0]  # what is unknown is left out
    scores = served["score"](text=tf.constant(ODD))
    assert np.isfinite(scores["bits_per_character"]).all()
    lengths = scores["characters"].numpy().tolist()
    assert (lengths[0], lengths[1], lengths[2], lengths[4], lengths[6]) == (0, 0, 4, 0, 20_000)


def test_numbers_out_of_range_are_brought_into_it(served):
    """What is not a number is 1; the rest is the nearest that may be."""
    plain = composed(served, ["X:1\n"], [1])
    assert composed(served, ["X:1\n"], [1], temperature=math.nan) == plain
    assert composed(served, ["X:1\n"], [1], top_p=math.nan) == plain
    assert composed(served, ["X:1\n"], [1], top_p=7.0) == plain
    greedy = composed(served, ["X:1\n"], [1], temperature=0.0)
    assert composed(served, ["X:1\n"], [2], temperature=-1.0) == greedy
    assert composed(served, ["X:1\n"], [2], top_p=-1.0) == greedy
    assert [len(text) for text in composed(served, ["X:1\n"], [1], length=-5)] <= [1]


def test_no_rows_are_no_texts(served):
    assert composed(served, tf.zeros([0], tf.string), tf.zeros([0], tf.int32)) == []


@pytest.fixture
def module():
    class Adder(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
        def compose(self, x):
            return {"text": x + 1}

    return Adder()


def test_what_is_there_already_stays(module, tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(CannotCreateError, match=r"b cannot be made: (Not a directory|File exists)"):
        saved_model.save(module, tmp_path / "a" / "b", {"compose": module.compose})
    assert (tmp_path / "a").read_text() == "mine"


def test_an_export_that_fails_leaves_nothing(module, tmp_path, monkeypatch):
    """F05: and one that was killed is in nobody's way."""
    (tmp_path / "tmp-music").mkdir()
    (tmp_path / "tmp-music" / "rest").write_text("of a killed export")

    def fail(*args, **kwargs):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tf.saved_model, "save", fail)
        with pytest.raises(StorageError, match=r"music was not written: .*No space left"):
            saved_model.save(module, tmp_path / "music", {"compose": module.compose})
    assert list(tmp_path.iterdir()) == []
    saved_model.save(module, tmp_path / "music", {"compose": module.compose})
    assert not (tmp_path / "music" / "rest").exists()
    assert (tmp_path / "music" / "saved_model.pb").exists()

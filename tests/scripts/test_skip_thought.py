"""skip_thought from the command line: learn, resume, vectors, nearest sentences, scores, export."""

import json
import shutil

import numpy as np
import pytest

import evaluate
import export
import generate
import train
from models import load

TINY = ["--train.steps=6", "--train.warmup=1", "--train.evaluate-every=3", "--train.shards=1",
        "--train.precision=float32", "--data.pieces=60", "--data.batch-size=8", "--model.embed=8",
        "--model.units=12", "--model.decoder-units=8"]  # fmt: skip
TEXTS = ["The cat sat on the mat.", "", "A dog ran down the road."]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "book.txt"
    who, where = ("cat", "dog", "fox"), ("mat", "road", "hill", "roof")
    path.write_text(" ".join(f"The {who[n % 3]} sat on the {where[n % 4]}." for n in range(200)))
    return path


@pytest.fixture(scope="module")
def run(book):
    folder = book.parent / "run"
    train.main(["skip_thought", f"--data.source={book}", f"--out={folder}", *TINY])
    return folder


def test_a_vector_a_sentence(run, call, tmp_path):
    path = tmp_path / "vectors.npy"
    done = call(generate.main, "skip_thought", "--from", run, *TEXTS, "--vectors", path)
    assert done.code == 0 and done.out == "" and "3 x 12" in done.err
    np.testing.assert_allclose(np.load(path), load(run).embed(TEXTS), atol=1e-6)


def test_the_sentences_most_alike(run, call, tmp_path):
    known = tmp_path / "known.txt"
    known.write_text("".join(f"{text}\n" for text in TEXTS) + "The fox sat on the hill.\n")
    words = ["--among", known, "--nearest", "2"]
    done = call(generate.main, "skip_thought", "--from", run, TEXTS[2], TEXTS[0], *words)
    assert done.code == 0, done.err
    blocks = [block.splitlines() for block in done.out.strip().split("\n\n")]
    assert [len(block) for block in blocks] == [2, 2]
    assert [block[0] for block in blocks] == [f"1.000\t{TEXTS[2]}", f"1.000\t{TEXTS[0]}"]


def test_an_export_says_what_the_run_says(run, call, tmp_path):
    out = tmp_path / "exported"
    assert call(export.main, run, "--out", out).code == 0
    for folder, name in ((run, "one.npy"), (out, "other.npy")):
        words = ["--from", folder, *TEXTS, "--vectors", tmp_path / name]
        assert call(generate.main, "skip_thought", *words).code == 0
    one, other = (np.load(tmp_path / name) for name in ("one.npy", "other.npy"))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_scores_stand_beside_words_and_chance(run, call):
    done = call(evaluate.main, run)
    assert done.code == 0, done.err
    rows = json.loads((run / "evaluation" / "scores.json").read_text())["scores"]
    table = {(row["measure"], row["against"]): row for row in rows}
    asked = "next of 19 found, by the decoder"  # of 20 test sentences all but itself
    assert table[asked, "chance"]["baseline"] == f"{1 / 19:.1%}"
    assert {against for _, against in table} == {"words in common", "chance"}
    assert (asked, "words in common") in table
    assert ("mean reciprocal rank, by vectors", "words in common") in table
    lines = (run / "evaluation" / "mistakes.tsv").read_text().splitlines()
    assert lines[0] == "rank\tsentence\tnext\ttaken for it"
    assert all(float(line.split("\t")[0]) > 1 for line in lines[1:])


def test_a_resumed_run_is_the_run(book, call, tmp_path):
    words = ["skip_thought", f"--data.source={book}", f"--out={tmp_path / 'run'}", *TINY]
    assert call(train.main, *words).code == 0
    newest = max((tmp_path / "run").glob("step-*"))
    found = {path.name: path.read_bytes() for path in newest.iterdir()}
    shutil.rmtree(newest)
    again = call(train.main, "skip_thought", f"--out={tmp_path / 'run'}", "--resume")
    assert again.code == 0, again.err
    assert {path.name: path.read_bytes() for path in newest.iterdir()} == found


def test_refusals(run, refused, tmp_path):
    refused(64, "pass --vectors FILE.npy", generate.main, "skip_thought", "--from", run, "x")
    wrong = ["skip_thought", "--from", run, "x", "--vectors", "x.txt"]
    refused(64, "--vectors must be a .npy file", generate.main, *wrong)
    nowhere = ["skip_thought", "--from", run, "x", "--among", tmp_path / "none.txt"]
    refused(66, "none.txt", generate.main, *nowhere)
    (tmp_path / "empty.txt").write_text("\n\n")
    empty = ["skip_thought", "--from", run, "x", "--among", tmp_path / "empty.txt"]
    refused(65, "empty.txt: empty", generate.main, *empty)
    refused(64, "no data given", train.main, "skip_thought", f"--out={tmp_path / 'x'}")
    missing = tmp_path / "no" / "folder" / "v.npy"
    refused(74, "cannot be written", generate.main, "skip_thought", "--from", run, "x",
            "--vectors", missing)  # fmt: skip

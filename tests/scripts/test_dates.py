"""dates from the command line: learn, read, score, and what TensorFlow's own command reads."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import evaluate
import export
import generate
import train

TINY = ["--data.dates=120", "--train.steps=6", "--model.units=16", "--train.shards=1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dates") / "run"
    train.main(["dates", f"--out={folder}", *TINY])
    return folder


def test_a_date_a_line(run, call):
    texts = ["3 May 1987", "", "the third of May, 2001"]
    done = call(generate.main, "dates", "--from", run, *texts)
    assert done.code == 0 and len(done.out.splitlines()) == 3 and done.out.splitlines()[1] == ""


def test_scores_stand_beside_the_most_similar_date(run, call):
    done = call(evaluate.main, run)
    assert done.code == 0, done.err
    out = run / "evaluation"
    scores = {
        row["measure"]: row for row in json.loads((out / "scores.json").read_text())["scores"]
    }
    assert set(scores) == {
        "right, beam 5", "right, greedy", "year right, beam 5", "month right, beam 5",
        "day right, beam 5", "right, each piece given the true ones before",
    }  # fmt: skip
    rows = [line.split("\t") for line in (out / "translations.tsv").read_text().splitlines()[1:]]
    right = sum(found == truth for _, truth, found in rows) / len(rows)
    assert scores["right, beam 5"]["model"] == f"{right:.1%}"
    assert (out / "alignment-1.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_command_of_tensorflow_reads_the_export_alike(call, tmp_path):
    texts = ["the third of May, 1987", "", "30 Nov 2099"]
    assert call(export.main, "models/presets/dates", "--out", tmp_path / "dates").code == 0
    known = call(generate.main, "dates", "--nbest=5", *texts)
    command = Path(sys.executable).parent / "saved_model_cli"
    subprocess.run(
        [command, "run", "--dir", tmp_path / "dates" / "1", "--tag_set", "serve",
         "--signature_def", "translate", "--input_exprs", f"text={texts!r}",
         "--outdir", tmp_path],
        check=True, capture_output=True,
    )  # fmt: skip
    found = np.load(tmp_path / "text.npy", allow_pickle=True)
    lines = [line.split("\t")[-1] for line in known.out.splitlines()]
    written = [line for line in lines if line]  # of an empty text there is an empty line
    assert written == [text.decode() for row in (0, 2) for text in found[row]]


def test_dates_of_your_own(call, tmp_path):
    source = tmp_path / "mine.tsv"
    source.write_text("".join(f"le {n} mai 19{n}\t19{n}-05-{n}\n" for n in range(10, 32)))
    run = tmp_path / "run"
    done = call(train.main, "dates", f"--data.source={source}", f"--out={run}", *TINY)
    assert done.code == 0 and "22 pairs" in done.err

"""The scripts on translations: a run, its uses, its scores and its export."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import evaluate
import export
import generate
import train
from models import load
from models.commands.translations import TranslationOptions
from models.files import PRESETS
from models.interpreter import GREEDY
from models.options import read
from tests.scripts import runs
from tfrnn.data.translations import read_translations
from tfrnn.decoding.search import Search
from tfrnn.metrics.translation import bleu

TEXTS = ["the old dog sees the young king.", "the red baker paints the old dog.", "", "日本 🎵"]


def test_what_a_run_leaves(translator):
    found = {path.name for path in translator.iterdir()}
    assert {"config.yaml", "source_pieces.txt", "target_pieces.txt", "curves.png"} <= found


def test_a_resumed_run_is_the_run(translator, call, tmp_path):
    source, out = tmp_path / "pairs.tsv", tmp_path / "run"
    source.write_text("".join(f"{a}\t{b}\n" for a, b in runs.pairs()))
    words = ["translator", f"--data.source={source}", f"--out={out}", *runs.TINY_PAIRS]
    assert call(train.main, *words).code == 0
    shutil.rmtree(max(out.glob("step-*")))
    log = (out / "metrics.jsonl").read_text()
    again = call(train.main, "translator", f"--out={out}", "--resume")
    assert again.code == 0, again.err
    steps = [
        [{k: v for k, v in json.loads(line).items() if k in ("step", "loss")} for line in lines]
        for lines in (log.splitlines(), (out / "metrics.jsonl").read_text().splitlines())
    ]
    assert steps[0] == steps[1]


def test_a_run_that_goes_by_bleu(call, tmp_path):
    source, out = tmp_path / "pairs.tsv", tmp_path / "run"
    source.write_text("".join(f"{a}\t{b}\n" for a, b in runs.pairs()))
    words = ["translator", f"--data.source={source}", f"--out={out}", *runs.TINY_PAIRS]
    more = ["--model.judge=bleu", "--data.sampling=linear", "--data.sampled-after=5"]
    done = call(train.main, *words, *more, "--train.precision=mixed_bfloat16")
    assert done.code == 0, done.err
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    best = min(line["valid_loss"] for line in lines if "valid_loss" in line)
    assert f"BLEU {100 * (1 - best):.1f}" in done.err
    interpreter, options = load(out), read(out / "config.yaml", "translator")
    pairs = read_translations(options.data, seed=options.seed).valid
    found = interpreter.translate([pair.source for pair in pairs], GREEDY)
    score = bleu([each.text for (each,) in found], [pair.target for pair in pairs]).score
    assert score == pytest.approx(100 * (1 - best), abs=2)  # in float32, and trained in bfloat16


def test_translations_a_line_each(translator, call, tmp_path):
    done = call(generate.main, "translator", "--from", translator, *TEXTS)
    assert done.code == 0, done.err
    lines = done.out.split("\n")[:-1]
    wanted = load(translator).translate(TEXTS, TranslationOptions().search())
    assert lines == [each[0].text for each in wanted]
    assert lines[2] == ""
    path = tmp_path / "in.txt"
    path.write_text("".join(f"{text}\n" for text in TEXTS))
    assert call(generate.main, "translator", "--from", translator, "--file", path).out == done.out


def test_several_translations_and_pictures(translator, call, tmp_path):
    words = ["--nbest=2", "--beam=3", f"--alignments={tmp_path / 'map.png'}"]
    done = call(generate.main, "translator", "--from", translator, *TEXTS[:2], *words)
    assert done.code == 0, done.err
    blocks = done.out.rstrip("\n").split("\n\n")
    wanted = load(translator).translate(TEXTS[:2], Search(beam=3, nbest=2))
    for block, each in zip(blocks, wanted, strict=True):
        pairs = [line.split("\t") for line in block.split("\n")]
        assert [text for _, text in pairs] == [t.text for t in each]
        assert all(re.fullmatch(r"-\d+\.\d{3}", score) for score, _ in pairs)
    for name in ("map.png", "map-2.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_objects_with_alignments(translator, call):
    done = call(generate.main, "translator", "--from", translator, TEXTS[0], "--format=json")
    record = json.loads(done.out)
    assert record["text"] == TEXTS[0]
    best = record["translations"][0]
    rows = np.array(best["alignments"])
    assert rows.shape == (len(best["pieces"]), len(record["pieces"]))
    np.testing.assert_allclose(rows.sum(1), np.ones(len(rows)), atol=0.02)


def test_drawn_at_random(translator, call, refused):
    words = ["--sample=3", "--temperature=3", "--seed=4"]
    twice = [
        call(generate.main, "translator", "--from", translator, TEXTS[0], *words) for _ in "ab"
    ]
    assert twice[0].out == twice[1].out and twice[0].code == 0
    lines = twice[0].out.rstrip("\n").split("\n")
    assert len(lines) == 3 and all(re.match(r"-\d+\.\d{3}\t", line) for line in lines)


def test_words_to_order(translator, call):
    words = ["--prefix=der", "--with", "König", "--with", "rote", "--without", "alte"]
    done = call(generate.main, "translator", "--from", translator, *TEXTS[:2], *words)
    assert done.code == 0 and "warning" not in done.err
    for line in done.out.splitlines():
        assert line.startswith("der") and "alte" not in line.replace(".", " ").split()
        assert {"König", "rote"} <= set(line.replace(".", " ").split())
    short = ["--with", "König", "--with", "rote", "--max-length", "1"]
    done = call(generate.main, "translator", "--from", translator, TEXTS[0], *short)
    assert done.code == 0 and "of --with did not fit within its length" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--beam=0"], "--beam must be 1 or more, got 0"),
        (["--nbest=9"], "--nbest must be 1 to --beam (5), got 9"),
        (["--max-length=-1"], "--max-length must be 0 or more, got -1"),
        (["--with=a", "--beam=1"], "--with needs a --beam of 2 or more, got 1"),
        (["--with=日本"], "--with '日本' cannot be met: the model cannot write it"),
        (["--without=a", "--with=a"], "'a' is asked for by --with and refused by --without"),
        (["--sample=-1"], "--sample must be 0 or more, got -1"),
        (["--sample=2", "--with=a"], "--with and --without are for a search"),
        (["--sample=2", "--top-p=0"], "--top-p must be above 0 and at most 1, got 0.0"),
        (["--sample=2", "--alignments=a.png"], "--alignments draws where a search looked"),
        (["--alignments=map.jpg"], "--alignments must be a .png file, got map.jpg"),
    ],
)
def test_wishes_that_cannot_be(words, message, translator, refused):
    refused(64, message, generate.main, "translator", "--from", translator, "a", *words)


def test_there_is_no_preset_to_use_without_a_run(refused):
    assert not (PRESETS / "translator").exists()
    refused(66, "translator has no preset", generate.main, "translator", "a")


def test_no_data(refused, tmp_path):
    refused(64, "no data given", train.main, "translator", f"--out={tmp_path / 'x'}")


def test_scores(translator, call, tmp_path):
    out = tmp_path / "scores"
    done = call(evaluate.main, translator, f"--out={out}", "--beam=2")
    assert done.code == 0, done.err
    assert {path.name for path in out.iterdir()} >= {
        "alignment-1.png", "lengths.png", "lengths.tsv", "mistakes.txt", "scores.json",
        "signature.txt", "signature-lower.txt", "translations.tsv",
    }  # fmt: skip
    rows = {row["measure"]: row for row in json.loads((out / "scores.json").read_text())["scores"]}
    assert {"BLEU, beam 2", "BLEU, greedy", "chrF", "BLEU, lower case, beam 2"} < set(rows)
    assert float(rows["BLEU, beam 2"]["baseline"]) > 0
    assert "perplexity a piece, likewise" in rows
    assert "case:mixed" in (out / "signature.txt").read_text()
    assert "case:lc" in (out / "signature-lower.txt").read_text()
    lines = (out / "translations.tsv").read_text().splitlines()
    counts = [
        int(line.split("\t")[3]) for line in (out / "lengths.tsv").read_text().splitlines()[1:]
    ]
    assert sum(counts) == 3 * (len(lines) - 1)


ALONE = """
import json, sys
import tensorflow as tf

folder, texts = json.load(sys.stdin)
found = tf.saved_model.load(folder).signatures["translate"](text=tf.constant(texts))
ours = [module for module in sys.modules if module.split(".")[0] in ("tfrnn", "models")]
said = [[text.decode() for text in row] for row in found["text"].numpy()]
json.dump([said, ours, found["scores"].numpy().tolist()], sys.stdout)
"""


def test_an_export_says_what_the_run_says(translator, call, refused, tmp_path):
    out = tmp_path / "exported"
    done = call(export.main, translator, f"--out={out}")
    assert done.code == 0, done.err
    words = [*TEXTS, "--nbest=3"]
    lines = [
        call(generate.main, "translator", "--from", source, *words) for source in (translator, out)
    ]
    assert lines[0].out == lines[1].out, lines[1].err
    asked = json.dumps([str(out / "1"), TEXTS])
    alone = subprocess.run(
        [sys.executable, "-I", "-c", ALONE], cwd=tmp_path, input=asked,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said, ours, scores = json.loads(alone.stdout)
    assert ours == []
    wanted = load(translator).translate(TEXTS[:2], Search(beam=5, nbest=5))
    assert said[:2] == [[each.text for each in row] for row in wanted]
    np.testing.assert_allclose(scores[:2], [[t.score for t in row] for row in wanted], atol=1e-4)
    message = "an exported model searches with --beam 5 and no other option"
    refused(64, message, generate.main, "translator", "--from", out, "a", "--beam=2")

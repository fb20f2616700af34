"""The table of formats: what is compared, and what is told of it."""

import dataclasses

import pytest

import train
from benchmarks import format_sides, formats
from benchmarks.format_sides import Found
from models.files import PRESETS
from tests.scripts import runs

DATES = formats.Subject("dates", "dates", PRESETS / "dates")
FOUND = Found(load=0.5, request=0.01, memory=300.0, answer="1987-05-03")


def test_an_answer_that_differs_is_told(tmp_path, saved):
    made = [formats._row(DATES, form, FOUND, "1987-05-03", tmp_path) for form in ("serve.py",)]
    made.append(dataclasses.replace(made[0], form="SavedModel", same=False, size=2.0))
    assert made[0].same and made[0].size is None
    assert formats.mistakes(made) == ["dates: SavedModel differs"]
    text = formats.as_text(made)
    assert "yes" in text and "NO" in text and "10.0" in text
    assert len(saved(made, formats)) == 2


def test_eight_bits_need_not_say_the_same(tmp_path):
    (tmp_path / "text-8.tflite").write_bytes(b"x" * 1000)
    text = formats.Subject("text", "text", tmp_path)
    row = formats._row(text, "LiteRT, 8 bits", FOUND, "another", tmp_path)
    assert row.same is None and row.size == 0.001
    assert formats.mistakes([row]) == []


def test_a_run_is_asked_and_timed():
    found = format_sides.of_folder("dates", str(PRESETS / "dates"), 2)
    assert found.answer == "1987-05-03" and found.load > found.request > 0


@pytest.mark.slow
def test_every_form_of_every_preset_says_the_same():
    rows = formats.measure(calls=1)
    assert formats.mistakes(rows) == []
    assert {row.model for row in rows} == set(formats.NAMES)
    assert {row.form for row in rows if row.model == "text"} >= {"generate.py", "SavedModel"}


@pytest.mark.slow
def test_every_form_of_a_run_says_the_same(tmp_path):
    folders = [make(tmp_path) for make in (runs.intent, runs.slots, runs.translator)]
    folders.append(tmp_path / "vectors")
    book = tmp_path / "book.txt"
    book.write_text(" ".join(f"It is day {n}." for n in range(90)))
    small = ["--train.steps=3", "--train.shards=1", "--train.warmup=1", "--data.pieces=60",
             "--model.units=8", "--model.decoder-units=8"]  # fmt: skip
    train.main(["skip_thought", f"--data.source={book}", f"--out={folders[-1]}", *small])
    rows = formats.measure(names=(), runs=folders, calls=1)
    assert formats.mistakes(rows) == []
    assert {row.model for row in rows} == {folder.name for folder in folders}
    assert all(row.same for row in rows) and len(rows) == 12

"""Parallel files: one sentence, its tags and its label a line."""

import re

import pytest

from tfrnn.data.examples import Refusals, TaggedSentence
from tfrnn.data.slots import is_slots, read_intents, read_slots
from tfrnn.errors import DataError, MissingInputError

TRAIN = {
    "seq.in": "play jazz \r\nfly to  oslo\n\n",
    "seq.out": "O B-genre \nO O B-city\n",
    "label": "Play\nFly\n",
}


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode())


def slots(folder, *, skip=False):
    found = read_slots(folder, Refusals(skip, "sentences"), encoding="utf-8")
    return {part: [row.example for row in rows] for part, rows in found.parts.items()}


@pytest.fixture
def snips(tmp_path):
    write(tmp_path / "train", TRAIN)
    write(tmp_path / "valid", {"seq.in": "fly", "seq.out": "O", "label": "Fly"})
    write(tmp_path / "test", {"seq.in": "几点 😀", "seq.out": "O O", "label": "Ask"})
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_words_tags_and_labels_of_each_part(snips):
    assert is_slots(snips)
    assert slots(snips) == {
        "test": [TaggedSentence(("几点", "😀"), ("O", "O"), "Ask")],
        "train": [
            TaggedSentence(("play", "jazz"), ("O", "B-genre"), "Play"),
            TaggedSentence(("fly", "to", "oslo"), ("O", "O", "B-city"), "Fly"),
        ],
        "valid": [TaggedSentence(("fly",), ("O",), "Fly")],
    }


def test_sentences_and_labels_alone(snips):
    (snips / "valid" / "seq.out").unlink()
    found = read_intents(snips, encoding="utf-8")
    assert found.form == "seq.in and label"
    assert [tuple(row.example) for row in found.parts["valid"]] == [("fly", "Fly")]
    assert found.parts["train"][1].where == f"{snips / 'train' / 'seq.in'} line 2"


def test_a_folder_without_parts_and_without_labels(tmp_path):
    write(tmp_path, {name: TRAIN[name] for name in ("seq.in", "seq.out")})
    assert is_slots(tmp_path)
    assert [sentence.label for sentence in slots(tmp_path)["train"]] == ["", ""]
    with pytest.raises(MissingInputError, match=r"label: no such file beside seq\.in\.$"):
        read_intents(tmp_path, encoding="utf-8")


def test_only_spaces_and_tabs_part_words(tmp_path):
    write(tmp_path, {"seq.in": "10\u00a0000\tto\u2003do", "seq.out": "B-n O"})
    assert slots(tmp_path)["train"][0].words == ("10\u00a0000", "to\u00a0do")


@pytest.mark.parametrize("name", ["seq.out", "label"])
@pytest.mark.parametrize(("lines", "count"), [("O\n", 1), ("O\nO\nO", 3)])
def test_files_of_unequal_lengths(snips, name, lines, count):
    write(snips / "train", {name: lines})
    with pytest.raises(DataError) as failure:
        slots(snips)
    folder = snips / "train"
    assert str(failure.value) == (
        f"{folder / name} has {count} lines, {folder / 'seq.in'} has 2: line {min(count, 2) + 1}"
        " stands in one of them only."
    )
    if name == "label":
        with pytest.raises(DataError, match=re.escape(f"{folder / name} has {count} lines")):
            read_intents(snips, encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "tags", "label", "message"),
    [
        ("fly to oslo", "O O", "Fly", "3 words, but 2 tags in the same line of seq.out; write one"),
        ("fly to oslo", "O O O O", "Fly", "3 words, but 4 tags in the same line of seq.out"),
        ("", "O", "Fly", "0 words, but 1 tags"),
        (" ", "", "Fly", "no word; write a sentence"),
        ("fly", "O", " ", "no label in the same line of label; write one"),
    ],
)
def test_a_line_that_is_no_sentence(tmp_path, words, tags, label, message):
    files = {"seq.in": f"a\n{words}\nb", "seq.out": f"O\n{tags}\nO", "label": f"x\n{label}\ny"}
    write(tmp_path, files)
    with pytest.raises(DataError, match=re.escape(f"seq.in line 2: {message}")) as failure:
        slots(tmp_path)
    assert str(failure.value).endswith(", or pass --data.skip-bad to leave such sentences out.")
    assert [sentence.words for sentence in slots(tmp_path, skip=True)["train"]] == [("a",), ("b",)]


def test_a_part_is_missing_a_file(snips):
    (snips / "test" / "label").unlink()
    with pytest.raises(MissingInputError, match=r"test.label: no such file beside seq\.in"):
        slots(snips)


def test_no_part_to_train_on(tmp_path):
    write(tmp_path / "dev", TRAIN)
    with pytest.raises(MissingInputError, match=r"no folder train with a file seq\.in in it"):
        slots(tmp_path)


def test_other_folders_are_not_of_this_form(tmp_path):
    write(tmp_path / "more", TRAIN)
    assert not is_slots(tmp_path)

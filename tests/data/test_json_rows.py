"""JSON in its three forms, and the place of what is wrong."""

import json

import pytest

from tfrnn.data.examples import Refusals
from tfrnn.data.json_rows import read_json, read_json_lines
from tfrnn.data.options import LabelledOptions
from tfrnn.data.sources import Document
from tfrnn.errors import DataError

OPTIONS = LabelledOptions()
LINES = '{"text": "hi", "label": "greet", "id": 7}\n\n["几点了 😀", 3]\n'


def read(text, reader=read_json, options=OPTIONS, *, skip=False):
    found = reader(Document("faq.json", text), options, Refusals(skip, "rows"))
    return found.form, {
        part: [(*row.example, row.where) for row in rows] for part, rows in found.parts.items()
    }


@pytest.mark.parametrize("reader", [read_json, read_json_lines])
def test_a_row_a_line(reader):
    form, parts = read(LINES, reader)
    assert form == "JSON lines"
    assert parts == {
        "train": [("hi", "greet", "faq.json line 1"), ("几点了 😀", "3", "faq.json line 3")]
    }


def test_a_list_of_rows():
    text = json.dumps([["hi", "greet"], {"label": True, "text": "ok"}], indent=1)
    assert read(text) == (
        "JSON",
        {"train": [("hi", "greet", "faq.json item 1"), ("ok", "true", "faq.json item 2")]},
    )


CLINC = {
    "val": [["b", "x"]],
    "oos_val": [["c", "whatever"]],
    "train": [["a", "x"]],
    "test": [],
    "oos_train": [],
}


def test_lists_by_part_as_clinc150_has_them():
    form, parts = read(json.dumps(CLINC))
    assert form == "JSON by parts"
    assert parts == {
        "train": [("a", "x", "faq.json train item 1")],
        "valid": [("b", "x", "faq.json val item 1"), ("c", "oos", "faq.json oos_val item 1")],
        "test": [],
    }


@pytest.mark.parametrize(("oos_label", "label"), [("none", "none"), ("", "whatever")])
def test_the_label_of_what_is_out_of_scope(oos_label, label):
    _, parts = read(json.dumps(CLINC), options=LabelledOptions(oos_label=oos_label))
    assert [row[1] for row in parts["valid"]] == ["x", label]


def test_keys_by_other_names():
    options = LabelledOptions(text_column="q", label_column="a")
    _, parts = read('[{"q": "hi", "a": "greet", "text": "no"}]', options=options)
    assert parts["train"][0][:2] == ("hi", "greet")


BAD = [
    '{"text": "hi"}',
    '{"text": 7, "label": "x"}',
    '{"text": "hi", "label": 1.5}',
    '{"text": "hi", "label": null}',
    '["hi"]',
    '["hi", "x", "y"]',
    '"hi"',
    "7",
]


@pytest.mark.parametrize("bad", BAD)
def test_a_row_that_is_none(bad):
    message = (
        f'line 2: "{bad}" is not a text and a label; write {{"text": "...", "label": "..."}}'
        ' or ["...", "..."], or pass --data.skip-bad to leave such rows out.'
    )
    text = f'["a", "x"]\n{bad}\n["b", "y"]\n'
    with pytest.raises(DataError) as failure:
        read(text, read_json_lines)
    assert str(failure.value) == f"faq.json {message}"
    assert [row[0] for row in read(text, read_json_lines, skip=True)[1]["train"]] == ["a", "b"]


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud83d", r"\udc00"])
@pytest.mark.parametrize("row", ['["{}", "x"]', '["a", "{}"]'])
def test_an_escape_for_what_no_text_holds(escape, row):
    with pytest.raises(DataError, match=r"faq\.json item 1: NUL, or half of a surrogate pair"):
        read(f"[{row.format(escape)}]")


def test_a_whole_pair_of_surrogates_is_one_character():
    assert read(r'[["\ud83d\ude00", "x"]]')[1]["train"][0][0] == "😀"


def test_a_line_that_is_no_json():
    text = LINES + '{"text": "hi"\n'
    with pytest.raises(DataError, match=r"^faq\.json line 4: is not JSON: Expecting ',' delimiter"):
        read(text)
    assert len(read(text, skip=True)[1]["train"]) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[\n["a", "x"],\n["b" "x"]\n]', r"is not JSON: Expecting ',' delimiter: line 3 column 6"),
        ("hello", "is not JSON: Expecting value: line 1 column 1"),
        (100_000 * "[", "is not JSON: it is nested too deep"),
        ("[" + 5000 * "9" + "]", "is not JSON: Exceeds the limit"),
        ('{"train": [], "data": []}', '"data" is not the list of a part; there may be lists'),
        ('{"train": "hi"}', '"train" is not the list of a part'),
        ('{"val": []}', 'a list of rows, or an object with a list "train", is wanted'),
        ("7", "a list of rows, or an object"),
    ],
)
def test_a_file_of_another_form(text, message):
    with pytest.raises(DataError, match=f"^faq.json: {message}") as failure:
        read(text)
    assert "\n" not in str(failure.value)

"""Labelled texts from file to splits: which form, what is counted, what is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tfrnn.data.labelled import read_labelled
from tfrnn.data.options import LabelledOptions
from tfrnn.errors import DataError, MissingInputError, UsageError

ROWS = [(f"question {i} of {label}", label) for i in range(20) for label in ("cost", "time")]
SPLIT = [32, 4, 4]


def as_csv(rows, separator=","):
    return "".join(f"{text}{separator}{label}\n" for text, label in [("text", "label"), *rows])


def as_json_lines(rows):
    return "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def read(source, seed=0, **options):
    return read_labelled(LabelledOptions(source=str(source), **options), seed=seed)


def counts(splits):
    return [len(part) for part in splits[:3]]


def refused(source, **options):
    with pytest.raises(DataError) as failure:
        read(source, **options)
    assert "\n" not in str(failure.value)
    return str(failure.value)


FILES = {
    "faq.csv": as_csv(ROWS),
    "faq.TSV": as_csv(ROWS, "\t"),
    "faq.tab": as_csv(ROWS, "\t"),
    "faq.jsonl": as_json_lines(ROWS),
    "faq.ndjson": as_json_lines(ROWS),
    "faq.json": json.dumps(ROWS),
}


@pytest.mark.parametrize("name", FILES)
def test_every_form_of_one_file_gives_the_same_splits(tmp_path, name):
    write(tmp_path, FILES)
    splits = read(tmp_path / name)
    assert counts(splits) == SPLIT
    assert splits.labels == ("cost", "time")
    assert splits[:3] == read(tmp_path / "faq.csv")[:3]
    assert sorted(tuple(example) for part in splits[:3] for example in part) == sorted(ROWS)


FOLDERS = {
    "label a file": {f"{x}.txt": "\n".join(t for t, y in ROWS if y == x) for x in ("cost", "time")},
    "text a file": {f"{y}/{i}.txt": text for i, (text, y) in enumerate(ROWS)},
    "one file": {"faq.csv": as_csv(ROWS), "README.md": "about"},
    "slots": {"seq.in": "".join(f"{t}\n" for t, _ in ROWS), "label": "\n".join(y for _, y in ROWS)},
    "sst": {"stsa.fine.train": "".join(f"{'ct'.index(y[0])} {text}\n" for text, y in ROWS)},
}


@pytest.mark.parametrize("form", FOLDERS)
def test_every_form_of_a_folder(tmp_path, form):
    write(tmp_path, FOLDERS[form])
    splits = read(tmp_path)
    assert counts(splits) == SPLIT
    wanted = ("negative", "very negative") if form == "sst" else ("cost", "time")
    assert splits.labels == wanted


PARTS = {"train": ROWS[:30], "valid": ROWS[30:34], "test": ROWS[34:]}


@pytest.mark.parametrize(
    ("names", "form"),
    [
        ({"train": "train.csv", "valid": "dev.tsv", "test": "test.jsonl"}, "and JSON lines"),
        ({"train": "TRAIN.csv", "valid": "validation.csv", "test": "test.csv"}, "(CSV with"),
    ],
)
def test_own_parts_in_a_folder(tmp_path, names, form):
    written = {".csv": as_csv, ".tsv": lambda rows: as_csv(rows, "\t"), ".jsonl": as_json_lines}
    files = {name: written[Path(name).suffix](PARTS[part]) for part, name in names.items()}
    write(tmp_path, files | {"notes.csv": "x"})
    splits = read(tmp_path)
    assert [[tuple(row) for row in part] for part in splits[:3]] == [*PARTS.values()]
    assert splits.sizes == "30 train / 4 validation / 6 test (as given)"
    assert form in splits.summary() and "notes.csv not read" in splits.summary()


def test_the_part_that_a_folder_lacks_is_cut_off(tmp_path):
    write(tmp_path, {"train.csv": as_csv(PARTS["train"]), "test.csv": as_csv(PARTS["test"])})
    splits = read(tmp_path)
    assert splits.sizes == (
        "27 train / 3 validation / 6 test (validation cut off training by seed 0)"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"train.csv": "a,b", "train.tsv": "a\tb"}, "train.csv and train.tsv are the same part"),
        ({"test.csv": "text,label\na,b"}, "test.csv, but no file called train."),
        ({"a.csv": "a,b", "b.csv": "a,b"}, "a.csv, b.csv; which? Name one of them"),
        (
            {"train.json": '{"train": [], "test": []}'},
            "train.json: holds parts itself; name it alone",
        ),
        ({"a.png": "x"}, "no labelled texts; a folder holds train, valid and test as .csv, .tsv"),
        ({"val/a.txt": "x", "dev/a.txt": "y"}, "dev and val are the same part; take one away."),
    ],
)
def test_folders_that_are_not_clear(tmp_path, files, message):
    write(tmp_path, files)
    assert message in refused(tmp_path)


def test_what_is_no_source(tmp_path):
    write(tmp_path, {"faq.txt": "hi greet", "stsa.more": "x"})
    assert "faq.txt: labelled texts stand in files .csv, .tsv" in refused(tmp_path / "faq.txt")
    with pytest.raises(MissingInputError, match=r"stsa\.fine: no such file or folder"):
        read(tmp_path / "stsa.fine")
    with pytest.raises(MissingInputError, match=r"^tfds:no_such_texts: no such data set"):
        read("tfds:no_such_texts")
    with pytest.raises(UsageError, match=r"no data given\. Pass --data\.source"):
        read("")
    with pytest.raises(UsageError, match=r"label-column must differ, got 'text' twice\.$"):
        read(tmp_path / "faq.txt", label_column="text")


def test_the_summary_is_one_line_with_all_that_was_found(tmp_path):
    path = tmp_path / "faq.csv"
    odd = [("QUESTION 1  of cost", "cost"), ("question 1 of time", "cost"), ("a,b", "c"), ("", "x")]
    write(tmp_path, {"faq.csv": as_csv([*ROWS, *odd, ("one", 'lone "x"'), ("two", "lone\u2028b")])})
    splits = read(path, seed=5, skip_bad=True)
    assert splits.summary() == (
        f'{path} (CSV with a header): 42 rows, 4 labels (smallest: "lone "x"", 1), 2 labels occur'
        ' once ("lone "x"", "lone b"), 2 duplicates dropped, 1 with two answers (first:'
        f" {path} line 43), 2 bad rows left out (first: {path} line 44: 3 columns, expected 2"
        " (text,label). Quote texts that contain commas); 34 train / 4 validation / 4 test (seed 5)"
    )
    assert {"lone b", 'lone "x"'} <= {label for _, label in splits.train}


def test_texts_out_of_scope_are_counted_apart_and_need_no_training(tmp_path):
    parts = {"train": PARTS["train"], "val": PARTS["valid"], "test": PARTS["test"]}
    parts |= {"oos_val": [["what", ""]], "oos_test": [["who", "oos"], ["why", "oos"]]}
    write(tmp_path, {"data.json": json.dumps(parts)})
    splits = read(tmp_path / "data.json")
    assert splits.labels == ("cost", "time")
    assert splits.test[-1] == ("why", "oos")
    assert "43 rows, 2 labels" in splits.summary()
    assert "3 out of scope (0 / 1 / 2)" in splits.summary()
    assert 'test item 7: no training row has the label "oos"' in refused(
        write_with_oos(tmp_path), oos_label=""
    )


def write_with_oos(folder):
    parts = PARTS | {"test": [*PARTS["test"], ("why", "oos")]}
    write(folder, {"more.json": json.dumps(parts)})
    return folder / "more.json"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",cost", "the text is empty; fill it in"),
        (" \u3000 ,cost", "the text is empty"),
        ("hi,", "the label is empty; fill it in"),
        ('hi,"\n"', "the label is empty"),
        ("hi,you,cost", "3 columns, expected 2 (text,label). Quote texts that contain commas"),
    ],
)
def test_a_row_that_cannot_be_used(tmp_path, row, message):
    path = tmp_path / "faq.csv"
    write(tmp_path, {"faq.csv": f"{as_csv(ROWS)}{row}\nanother,cost\n"})
    assert refused(path).startswith(f"{path} line 42: {message}")
    assert refused(path).endswith(", or pass --data.skip-bad to leave such rows out.")
    splits = read(path, skip_bad=True)
    assert sum(counts(splits)) == 41
    assert f"1 bad rows left out (first: {path} line 42: {message}" in splits.summary()


def test_texts_and_labels_lose_only_the_white_space_around_them(tmp_path):
    rows = [(f'" a  {i}\nb\u2028 "', f" {label}  2 ") for i, (_, label) in enumerate(ROWS)]
    write(tmp_path, {"faq.csv": as_csv(rows)})
    splits = read(tmp_path / "faq.csv")
    assert splits.labels == ("cost 2", "time 2")
    assert splits.train[0].text.replace("0", "").replace("1", "").startswith("a  ")
    assert all(text.endswith("\nb") for text, _ in splits.train)


@pytest.mark.parametrize(
    ("rows", "count"),
    [(ROWS[::2], 1), ([*ROWS[::2], ("x", "oos")], 1), ([], 0), ([("a,b", "c")] * 9, 0)],
)
def test_fewer_than_two_labels(tmp_path, rows, count):
    write(tmp_path, {"faq.csv": as_csv(rows)})
    message = refused(tmp_path / "faq.csv", skip_bad=True)
    assert f'training has {count} labels besides "oos"' in message
    assert message.endswith("; at least 2 are needed.")
    assert ("9 bad rows left out" in message) == (len(rows) == 9)


def test_a_label_of_which_training_keeps_no_text(tmp_path):
    parts = {"train": [*ROWS[::2], ("Where?", "place")], "test": [("where?", "cost")] * 3}
    write(tmp_path, {f"{name}.csv": as_csv(rows) for name, rows in parts.items()})
    assert 'training has 1 labels besides "oos"' in refused(tmp_path)


def test_too_few_rows(tmp_path):
    write(tmp_path, {"faq.csv": as_csv(ROWS[:8]), "least.csv": as_csv(ROWS[:9])})
    assert "each part needs at least 3 rows, 9 in all" in refused(tmp_path / "faq.csv")
    assert counts(read(tmp_path / "least.csv")) == [3, 3, 3]


def test_a_held_out_label_that_training_lacks(tmp_path):
    parts = PARTS | {"valid": [*PARTS["valid"], ("where", "place")]}
    write(tmp_path, {f"{name}.csv": as_csv(rows) for name, rows in parts.items()})
    assert refused(tmp_path).startswith(
        f'{tmp_path / "valid.csv"} line 6: no training row has the label "place"; add some'
    )
    assert counts(read(tmp_path, skip_bad=True)) == [30, 4, 6]


ODD = {
    "byte order mark and CRLF": b"\xef\xbb\xbf" + as_csv(ROWS).replace("\n", "\r\n").encode(),
    "lone CR": as_csv(ROWS).replace("\n", "\r").encode(),
    "no newline at the end": as_csv(ROWS).rstrip("\n").encode(),
    "blank lines": as_csv(ROWS).replace("\n", "\n\n").encode(),
}


@pytest.mark.parametrize("form", ODD)
def test_line_ends_do_not_matter(tmp_path, form):
    write(tmp_path, {"faq.csv": as_csv(ROWS), "odd.csv": ODD[form]})
    assert read(tmp_path / "odd.csv")[:3] == read(tmp_path / "faq.csv")[:3]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty: at least one character"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (as_csv(ROWS).encode() + b"a\0,x", "line 42: byte 992 is NUL"),
        (as_csv(ROWS).encode() + b"caf\xe9,x", "line 42: byte 994 (0xe9) is not valid UTF-8"),
    ],
)
def test_bytes_that_are_no_text_are_refused_whatever_is_skipped(tmp_path, raw, message):
    write(tmp_path, {"faq.csv": raw})
    assert f"faq.csv: {message}" in refused(tmp_path / "faq.csv", skip_bad=True)


def test_another_encoding_by_name(tmp_path):
    rows = [(f"café {text}", label) for text, label in ROWS]
    write(tmp_path, {"faq.csv": as_csv(rows).encode("cp1252")})
    assert all(
        text.startswith("café") for text, _ in read(tmp_path / "faq.csv", encoding="cp1252")[0]
    )


def test_emoji_chinese_and_a_text_of_ten_thousand_words(tmp_path):
    long = " ".join(10_000 * ["word"])
    texts = ["😀👩‍👩‍👧", "几点了", long] + [f"{i} é" for i in range(9)]
    write(tmp_path, {"faq.csv": as_csv([(text, "ab"[len(text) % 2]) for text in texts])})
    splits = read(tmp_path / "faq.csv")
    assert sorted(text for part in splits[:3] for text, _ in part) == sorted(texts)


@pytest.mark.parametrize("module", ["labelled", "tagged"])
def test_reading_needs_neither_tensorflow_nor_numpy(module):
    code = (
        f"import sys, tfrnn.data.{module}\nassert not {{'tensorflow', 'numpy'}} & {{*sys.modules}}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr

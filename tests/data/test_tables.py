"""CSV and TSV: headers, quotes, and the line of what is wrong."""

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tfrnn.data.examples import Refusals
from tfrnn.data.options import LabelledOptions
from tfrnn.data.sources import Document, decode
from tfrnn.data.tables import read_table
from tfrnn.errors import DataError

OPTIONS = LabelledOptions()
# A text is never blank, and what a file can hold is no surrogate and no NUL.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(str.strip)


def read(text, options=OPTIONS, *, separator=",", skip=False):
    refusals = Refusals(skip, "rows")
    found = read_table(Document("faq.csv", text), options, refusals, separator=separator)
    return found, refusals


def rows(text, options=OPTIONS, **how):
    return [(*row.example, row.where) for row in read(text, options, **how)[0].parts["train"]]


def refused(text, options=OPTIONS, **how):
    with pytest.raises(DataError) as failure:
        read(text, options, **how)
    assert "\n" not in str(failure.value)
    return str(failure.value)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("text,label", "hi,greet"),
        ("label,text", "greet,hi"),
        ("Label , TEXT", "greet,hi"),
        ("id,text,source,label", "7,hi,web,greet"),
    ],
)
def test_a_header_names_the_columns_in_any_order(header, row):
    assert rows(f"{header}\n{row}\n") == [("hi", "greet", "faq.csv line 2")]
    assert read(f"{header}\n{row}\n")[0].form == "CSV with a header"


def test_without_a_header_the_text_comes_first():
    text = "hi,greet\nhow much?,price\n"
    assert rows(text) == [
        ("hi", "greet", "faq.csv line 1"),
        ("how much?", "price", "faq.csv line 2"),
    ]
    assert read(text)[0].form == "CSV without a header"
    assert rows("hi, you\tgreet\n", separator="\t") == [("hi, you", "greet", "faq.csv line 1")]
    assert read("hi\tgreet\n", separator="\t")[0].form == "TSV without a header"


def test_columns_by_other_names():
    options = LabelledOptions(text_column="Utterance", label_column="intent")
    assert rows("intent,x,utterance\ngreet,,hi\n", options) == [("hi", "greet", "faq.csv line 2")]
    assert refused("text,label\nhi,greet\n", options) == (
        "faq.csv line 1: the columns text, label do not say one column Utterance and one intent;"
        " name them by --data.text-column and --data.label-column."
    )


@pytest.mark.parametrize("header", ["utterance,intent", "id,Sentence,Category", "review,sentiment"])
def test_a_header_of_other_words_is_no_row(header):
    message = refused(f"{header}\na,b\n")
    named = header.replace(",", ", ")
    assert f"line 1: the columns {named} do not say which of them are text and label;" in message


@pytest.mark.parametrize("header", ["text,intent", "sentence,label", "text,text,label"])
def test_half_a_header_is_no_row(header):
    assert "do not say one column text and one label; name them by" in refused(f"{header}\na,b\n")


def test_quotes_commas_and_newlines_in_cells():
    text = 'text,label\n"a, b",c\n"say ""hi""\nand go",d\n\n5" nails,e\n'
    assert rows(text) == [
        ("a, b", "c", "faq.csv line 2"),
        ('say "hi"\nand go', "d", "faq.csv line 3"),
        ('5" nails', "e", "faq.csv line 6"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,b,c", "3 columns, expected 2 (text,label). Quote texts that contain commas"),
        ("a", "1 column, expected 2 (text,label). Put a comma between columns"),
    ],
)
@pytest.mark.parametrize("header", ["text,label\n", "hi,greet\n"])
def test_a_wrong_number_of_columns(header, row, message):
    text = f"{header}one,x\n\n{row}\ntwo,y\n"
    assert refused(text) == (
        f"faq.csv line 4: {message}, or pass --data.skip-bad to leave such rows out."
    )
    found, refusals = read(text, skip=True)
    assert [row.example.text for row in found.parts["train"]][-2:] == ["one", "two"]
    assert refusals.notes() == [f"1 bad rows left out (first: faq.csv line 4: {message})"]


def test_a_wrong_number_of_columns_beside_others():
    assert refused("id,Text,label\n1,a,b\n2,a\n").startswith(
        "faq.csv line 3: 2 columns, expected 3 (id,Text,label). Put a comma between columns"
    )
    assert "line 1: 3 columns, expected 2 (text,label). Quote texts that contain tabs" in refused(
        "a\tb\tc\n", separator="\t"
    )


def test_a_misquoted_row_on_one_line():
    text = 'a,x\n"b" c,y\nd,z\n'
    assert re.match(r"faq\.csv line 2: ',' expected after '\"'\. Write .* twice,", refused(text))
    found, refusals = read(text, skip=True)
    assert [row.example.text for row in found.parts["train"]] == ["a", "d"]
    assert len(refusals.messages) == 1


@pytest.mark.parametrize("end", ["d,z\n", 'd,z\n"e" f,z\n'])
def test_an_open_quotation_is_refused_at_its_first_line_even_if_rows_are_skipped(end):
    """It would swallow the rows after it, one bad row in the count."""
    message = refused(f'a,x\n"b,y\nc,y\n{end}', skip=True)
    assert message.startswith("faq.csv line 2: ")
    assert message.endswith("or pass --data.no-quotes to take the marks as they are.")


def test_quotation_marks_as_they_are():
    options = LabelledOptions(quotes=False)
    assert rows('"b\tx\nsay "hi"\ty\n', options, separator="\t") == [
        ('"b', "x", "faq.csv line 1"),
        ('say "hi"', "y", "faq.csv line 2"),
    ]


def test_a_cell_beyond_the_limit_of_the_csv_module():
    before = csv.field_size_limit()
    long = 2 * before * "a"
    assert rows(f"{long},x\n")[0][0] == long
    assert csv.field_size_limit() == before


def test_a_table_in_which_nothing_can_be_read():
    assert refused('"a"b,c\n', skip=True) == "faq.csv: no row can be read."


@pytest.mark.parametrize("separator", [",", "\t"])
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1))
@example([('"', ","), ("\t\ufeff\u2028", "😀"), ("几点了", "a\rb\r\nc\nd")])
def test_what_the_csv_module_writes_is_read_back(separator, pairs):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows([("text", "label"), *pairs])
    text = decode(io.BytesIO(stream.getvalue().encode()), "faq.csv")
    found = [row[:2] for row in rows(text, separator=separator)]
    assert found == [tuple(map(with_newlines, pair)) for pair in pairs]


def with_newlines(cell):
    return cell.replace("\r\n", "\n").replace("\r", "\n")

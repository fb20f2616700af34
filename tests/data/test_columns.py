"""Columns of words and tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfrnn.data.columns import read_columns
from tfrnn.data.examples import Refusals, TaggedSentence
from tfrnn.data.sources import Document
from tfrnn.errors import DataError

CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Z", "C"])
WORDS = st.text(CHARACTERS, min_size=1).filter(lambda word: not word.startswith("-DOCSTART-"))


def read(text, *, skip=False):
    return read_columns(Document("a.txt", text), Refusals(skip, "sentences"))


@pytest.mark.parametrize("separator", ["\t", " ", "  "])
def test_a_word_and_its_tag(separator):
    rows = read("the DET\n🚲 NOUN\n\n \n# SYM\n".replace(" ", separator))
    assert [row.example for row in rows] == [
        TaggedSentence(("the", "🚲"), ("DET", "NOUN")),
        TaggedSentence(("#",), ("SYM",)),
    ]
    assert [row.where for row in rows] == ["a.txt line 1", "a.txt line 5"]


def test_more_than_one_space_between_columns():
    assert read("a X\nb    Y \n c Z\n")[0].example == TaggedSentence(tuple("abc"), tuple("XYZ"))


def test_the_form_of_conll_2003():
    text = "-DOCSTART- -X- -X- O\n\nAnna NNP B-NP B-PER\nran VBD B-VP O\n\n-DOCSTART- -X- O O\n"
    assert [row.example for row in read(text)] == [TaggedSentence(("Anna", "ran"), ("B-PER", "O"))]


def test_between_tabs_a_word_may_have_spaces():
    assert read("New  York\tB-LOC\n")[0].example.words == ("New\u00a0York",)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("b", "1 column, expected 2 as in the first line. Put a tab or space between columns"),
        ("b c d", "3 columns, expected 2 as in the first line"),
        ("b\t", "an empty tag. Fill it in"),
        ("\tX", "an empty word. Fill it in"),
        ("\u3000 X", "an empty word"),
    ],
)
def test_a_line_that_is_wrong_takes_its_sentence_along(bad, message):
    text = f"a X\n\nb X\n{bad}\n\nc X\n"
    with pytest.raises(DataError) as failure:
        read(text)
    assert str(failure.value).startswith(f"a.txt line 4: {message}")
    assert str(failure.value).endswith(", or pass --data.skip-bad to leave such sentences out.")
    assert [row.example.words for row in read(text, skip=True)] == [("a",), ("c",)]


def test_one_column_is_another_form():
    with pytest.raises(DataError, match=r"^a\.txt line 2: one column; a word, a tab or space, and"):
        read("\nhello\nworld\n", skip=True)


@pytest.mark.parametrize("separator", ["\t", " "])
@given(sentences=st.lists(st.lists(st.tuples(WORDS, WORDS), min_size=1), min_size=1))
def test_what_is_written_is_read_back(separator, sentences):
    lines = ["".join(f"{word}{separator}{tag}\n" for word, tag in words) for words in sentences]
    found = [row.example for row in read("\n".join(lines))]
    assert [[*zip(sentence.words, sentence.tags)] for sentence in found] == sentences

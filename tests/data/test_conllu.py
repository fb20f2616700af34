"""CoNLL-U: what is a word, what is not, and the line of what is wrong."""

import re

import pytest

from tfrnn.data.conllu import is_conllu, read_conllu
from tfrnn.data.examples import Refusals, TaggedSentence
from tfrnn.data.sources import Document
from tfrnn.errors import DataError


def line(number, form, upos, xpos="X1", feats="_", deprel="dep"):
    return "\t".join([str(number), form, form, upos, xpos, feats, "0", deprel, "_", "_"])


SENTENCES = "\n".join(
    [
        "# sent_id = 1",
        "# text = Don't go",
        line("1-2", "Don't", "_", "_"),
        line(1, "Do", "AUX", feats="Mood=Imp"),
        line(2, "n't", "PART"),
        line("2.1", "you", "PRON"),
        line(3, "go", "VERB", deprel="root"),
        "",
        "# a comment without a sentence",
        "",
        line(1, "几点", "NOUN"),
        line(2, "10 000", "NUM"),
        line(3, "_", "SYM"),
    ]
)


def read(text, column="upos", *, skip=False):
    return read_conllu(Document("a.conllu", text), Refusals(skip, "sentences"), column=column)


def refused(text, column="upos"):
    with pytest.raises(DataError) as failure:
        read(text, column)
    assert str(failure.value).endswith(", or pass --data.skip-bad to leave such sentences out.")
    return str(failure.value).split(", or pass")[0]


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_words_and_tags(end):
    rows = read(SENTENCES + end)
    assert [row.example for row in rows] == [
        TaggedSentence(("Do", "n't", "go"), ("AUX", "PART", "VERB")),
        TaggedSentence(("几点", "10\u00a0000", "_"), ("NOUN", "NUM", "SYM")),
    ]
    assert [row.where for row in rows] == ["a.conllu line 3", "a.conllu line 11"]


@pytest.mark.parametrize(
    ("column", "tags"),
    [
        ("xpos", ("X1", "X1", "X1")),
        ("feats", ("Mood=Imp", "_", "_")),
        ("deprel", ("dep", "dep", "root")),
    ],
)
def test_other_columns(column, tags):
    assert read(SENTENCES, column)[0].example.tags == tags


BAD = {
    line(2, "x", "X").replace("\t", " "): "1 column, expected 10 (ID FORM LEMMA UPOS XPOS FEATS"
    " HEAD DEPREL DEPS MISC). Put one tab between columns",
    line(2, "x", "X") + "\t": "11 columns, expected 10",
    line("1-2", "x", "X") + "\t_": "11 columns, expected 10",
    line("two", "x", "X"): 'the id "two" is not 2. Number words from 1 and end sentences by a',
    line("", "x", "X"): 'the id "" is not 2',
    line("²", "x", "X"): 'the id "²" is not 2',
    line(9999 * "9", "x", "X"): f'the id "{40 * "9"}…" is not 2',
    line(1, "x", "X"): 'the id "1" is not 2',
    line(3, "x", "X"): 'the id "3" is not 2',
    line("1-2x", "x", "X"): 'the id "1-2x" is not 2',
    line("1-", "x", "X"): 'the id "1-" is not 2',
    line(2, "", "X"): "the form is empty. Write the word into column 2",
    line(2, "\u3000", "X"): "the form is empty",
    line(2, "x", ""): 'no upos for "x". Write its tag',
    line(2, "x", "_"): 'no upos for "x"',
}


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_line_that_is_wrong_takes_its_sentence_along(bad):
    text = "\n".join([line(1, "a", "X"), "", line(1, "b", "X"), bad, "", line(1, "c", "X")])
    assert refused(text).startswith(f"a.conllu line 4: {BAD[bad]}")
    assert [row.example.words for row in read(text, skip=True)] == [("a",), ("c",)]


@pytest.mark.parametrize("column", ["xpos", "feats"])
def test_an_underscore_is_a_value_of_some_columns_only(column):
    text = line(1, "a", "X", xpos="_", feats="_")
    if column == "feats":
        assert read(text, column)[0].example.tags == ("_",)
    else:
        assert refused(text, column).startswith('a.conllu line 1: no xpos for "a"')


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (SENTENCES, True),
        ("\n" + line("1-2", "x", "X"), True),
        (re.sub("\t", " ", SENTENCES), False),
        ("x" + line(1, "x", "X"), False),
        ("the\tDET\n", False),
        ("# nothing\n", False),
    ],
)
def test_the_form_is_told_by_the_first_line(text, is_one):
    assert is_conllu(Document("a", text)) == is_one

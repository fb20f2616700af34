"""Lists of words and labels: which words, and files that are read back or refused."""

import pytest

from tfrnn.data.lexicon import RESERVED, choose_words, load_lines, save_lines
from tfrnn.errors import DataError, MissingInputError

SENTENCES = [["to", "be", "or"], ["not", "to", "be"], ["be"]]


def test_the_most_frequent_words_come_first_and_ties_by_name():
    assert choose_words(SENTENCES, least=1, most=9) == (*RESERVED, "be", "to", "not", "or")
    assert choose_words(SENTENCES, least=2, most=9) == (*RESERVED, "be", "to")
    assert choose_words(SENTENCES, least=1, most=3) == (*RESERVED, "be", "to", "not")
    assert choose_words([], least=1, most=3) == RESERVED


def test_no_word_of_a_text_is_a_reserved_one():
    assert all(" " in line for line in RESERVED)


@pytest.mark.parametrize("lines", [["a"], ["", "b"], ["é", "時計", "\u2028", " x "]])
def test_a_list_is_read_back(tmp_path, lines):
    save_lines(tmp_path / "list.txt", lines)
    assert load_lines(tmp_path / "list.txt") == tuple(lines)
    assert b"\r" not in (tmp_path / "list.txt").read_bytes()


@pytest.mark.parametrize("lines", [["a\nb"], ["a\r"], ["a", "a"]])
def test_what_a_list_cannot_hold(tmp_path, lines):
    with pytest.raises(ValueError, match="entr"):
        save_lines(tmp_path / "list.txt", lines)
    assert not (tmp_path / "list.txt").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "ends with a newline"),
        (b"a\nb", "ends with a newline"),
        (b"a\nb\na\n", r"line 3 repeats line 1: 'a'"),
        (b"ab\xffc\n", "byte 2 is not valid UTF-8"),
    ],
)
def test_a_damaged_list(tmp_path, content, words):
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(DataError, match=f"list.txt: .*{words}"):
        load_lines(tmp_path / "list.txt")


def test_a_missing_list(tmp_path):
    with pytest.raises(MissingInputError, match=r"list\.txt: no such list"):
        load_lines(tmp_path / "list.txt")

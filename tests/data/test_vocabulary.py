"""Characters to ids and back, and the file that a SavedModel carries."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tfrnn.data.vocabulary import BOUNDARY, Vocabulary
from tfrnn.errors import DataError, MissingInputError


@given(st.text(min_size=1))
def test_decode_inverts_encode_and_boundaries_drop_out(text):
    vocabulary = Vocabulary.of([text])
    ids = vocabulary.encode(text)
    assert ids.dtype == np.int32
    assert len(ids) == len(text)
    assert BOUNDARY not in ids
    assert vocabulary.decode(ids) == text
    assert vocabulary.decode([BOUNDARY, *ids, BOUNDARY]) == text


def test_ids_follow_code_points_after_the_boundary():
    vocabulary = Vocabulary.of(["b\n", "é", "a"])
    assert vocabulary.characters == ("\n", "a", "b", "é")
    assert vocabulary.encode("\naé").tolist() == [1, 2, 4]
    assert len(vocabulary) == 5


def test_the_first_unknown_character_is_named():
    vocabulary = Vocabulary.of(["abc"])
    assert vocabulary.unknown("cab") is None
    assert vocabulary.unknown("abéx") == (2, "é")
    with pytest.raises(DataError, match=r"'é' \(U\+00E9\) at offset 2 .* 3 characters"):
        vocabulary.encode("abéx")


@pytest.mark.parametrize("ids", [[-1], [-1, 1], [0, 4]])
def test_decode_refuses_ids_that_are_none(ids):
    with pytest.raises(ValueError, match=r"Ids must be in \[0, 4\)"):
        Vocabulary.of(["abc"]).decode(ids)


@pytest.mark.parametrize("characters", [(), ("a", "a"), ("ab",), ("",)])
def test_refuses_what_is_no_set_of_characters(characters):
    with pytest.raises(ValueError, match="Vocabulary needs"):
        Vocabulary(characters)


@given(st.text(min_size=1))
def test_load_inverts_save(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.txt"
    vocabulary = Vocabulary.of([text, "\n\t\u2028\"'\\"])
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary


def test_tensorflow_looks_ids_up_in_the_file(tmp_path):
    text = "A2\n|é\u2028"
    vocabulary = Vocabulary.of([text])
    vocabulary.save(tmp_path / "vocabulary.txt")
    lines = tf.lookup.TextFileInitializer(
        str(tmp_path / "vocabulary.txt"),
        tf.int64, 0, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER, delimiter="\t",
    )  # fmt: skip
    table = tf.lookup.StaticHashTable(lines, default_value=-1)
    codes = tf.cast(tf.strings.unicode_decode(text, "UTF-8"), tf.int64)
    np.testing.assert_array_equal(table.lookup(codes), vocabulary.encode(text))
    assert table.lookup(tf.constant([-1, 7], tf.int64)).numpy().tolist() == [BOUNDARY, -1]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ('97\t"a"\n', 1),
        ("-1\tboundary\n", 1),
        ('-1\tboundary\n97\t"a"', 1),
        ('-1\tboundary\n97\t"b"\n', 2),
        ('-1\tboundary\n97\t"a"\nx\t"x"\n', 3),
        ('-1\tboundary\n97\t"a"\n97\t"a"\n', 3),
        ('-1\tboundary\n9999999\t"a"\n', 2),
        ('-1\tboundary\n97\t"a"\n\xe9\n', 3),
    ],
)
def test_load_names_the_line_that_is_wrong(tmp_path, content, line):
    path = tmp_path / "vocabulary.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=rf"vocabulary\.txt: line {line}: "):
        Vocabulary.load(path)


def test_load_of_a_missing_file(tmp_path):
    with pytest.raises(MissingInputError, match="no such vocabulary file"):
        Vocabulary.load(tmp_path / "none.txt")

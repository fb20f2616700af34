"""Cutting rows into training, validation and test."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfrnn.data.shares import check_sizes, cut, ends
from tfrnn.errors import DataError

SHARES = st.floats(0.01, 0.45)


@given(st.integers(0, 60), SHARES, SHARES, st.integers(0, 9))
def test_every_row_falls_to_one_part_and_keeps_its_place(count, test, valid, seed):
    options = SimpleNamespace(test=test, valid=valid)
    parts = cut([f"{i:02}" for i in range(count)], options, seed=seed)
    assert sorted(row for part in parts for row in part) == [f"{i:02}" for i in range(count)]
    assert all(part == sorted(part) for part in parts)
    assert [len(parts[1]), len(parts[2])] == [round(count * valid), round(count * test)]
    assert ends(count, options) == (len(parts[0]), count - len(parts[2]))


def test_the_seed_alone_says_which():
    options = SimpleNamespace(test=0.2, valid=0.1)
    rows = [*range(50)]
    assert cut(rows, options, seed=3) == cut(rows, options, seed=3) != cut(rows, options, seed=4)


def test_a_part_of_two_is_refused_by_its_name():
    check_sizes([[1] * 3] * 3, "a folder", "clips")
    with pytest.raises(DataError, match=r"^a folder: 2 validation clips, 3 at least are needed\.$"):
        check_sizes([[1] * 3, [1] * 2, [1] * 3], "a folder", "clips")

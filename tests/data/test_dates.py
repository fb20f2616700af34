"""Dates: each form has one reading, and an independent reader agrees."""

from datetime import date, timedelta

import pytest
from dateutil.parser import parse

from tfrnn.data.dates import FIRST, LAST, draw_dates, forms, make_dates, ordinal
from tfrnn.data.options import DatesOptions
from tfrnn.errors import UsageError

SPELT = {ordinal(number) for number in range(1, 32)} | {"twenty", "thirty"}  # it reads figures only


def days(step):
    return [FIRST + timedelta(n) for n in range(0, (LAST - FIRST).days + 1, step)]


def test_no_text_means_two_days():
    seen = {}
    for day in days(1):
        for text in forms(day):
            assert seen.setdefault(text, day) == day
    assert len(seen) > 10 * len(days(1))


def test_dateutil_reads_the_same_day():
    for day in days(97):
        for text in forms(day):
            plain = text.removeprefix("the ").replace(" of", "")
            words = plain.replace("-", " ").replace(",", "").split()
            if plain[-4:].isdigit() and not {*words} & SPELT:
                assert parse(plain, dayfirst="." in plain).date() == day, text


@pytest.mark.parametrize(
    ("day", "texts"),
    [
        (date(1987, 5, 3), ["3 May 87", "May the third, nineteen eighty-seven"]),
        (date(2008, 2, 29), ["the 29th of February, 2008", "Feb 29 2008"]),
        (date(2008, 2, 29), ["February the twenty-ninth, two thousand and eight"]),
        (date(1900, 1, 1), ["Monday the first of January, nineteen hundred", "01.01.1900"]),
        (date(2000, 12, 12), ["December the twelfth, two thousand", "the 12th of December, 2000"]),
        (date(2099, 11, 30), ["Monday, November 30th, 2099", "the thirtieth of November, 2099"]),
        (date(1904, 7, 22), ["July the twenty-second, nineteen oh four"]),
    ],
)
def test_by_hand(day, texts):
    assert set(texts) <= set(forms(day))


def test_a_year_of_two_digits_is_one_of_a_hundred():
    assert "3 May 87" not in forms(date(2087, 5, 3))


def test_a_seed_makes_the_same_dates_and_none_twice():
    assert make_dates(500, seed=3) == make_dates(500, seed=3) != make_dates(500, seed=4)
    assert len({pair.source for pair in make_dates(500, seed=3)}) == 500


def test_the_parts_are_apart():
    found = draw_dates(DatesOptions(dates=200), seed=0)
    assert [len(part) for part in found[:3]] == [160, 20, 20]
    assert len({pair for part in found[:3] for pair in part}) == 200
    assert "200 dates; 160 train / 20 validation / 20 test (seed 0)" in found.summary
    with pytest.raises(UsageError, match=r"--data\.dates 5 leaves nothing"):
        draw_dates(DatesOptions(dates=5), seed=0)

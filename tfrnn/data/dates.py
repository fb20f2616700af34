"""Dates as people write them and as ISO 8601 has them: pairs for a translator without data.

Each has one right answer, and where in the source the year, the month and the day stand is known:
where a model ought to look.
"""

import calendar
import random
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from tfrnn.data.examples import Pair
from tfrnn.data.options import DatesOptions
from tfrnn.data.pairs import PairSplits
from tfrnn.errors import UsageError

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
_CENTURY = (1950, 2050)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES = (
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_ODD = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"}
_ODD |= {"nine": "ninth", "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth"}


def draw_dates(options: DatesOptions, *, seed: int) -> PairSplits:
    """Makes dates up and deals them out.

    Raises:
        UsageError: If there are too few for three parts.
    """
    pairs = make_dates(options.dates, seed=seed)
    held = [int(len(pairs) * share) for share in (options.valid, options.test)]
    if min(*held, len(pairs) - sum(held)) < 1:
        raise UsageError(
            f"--data.dates {options.dates} leaves nothing to train, to validate or to test on."
        )
    valid, test, train = (pairs[a:b] for a, b in pairwise((0, held[0], sum(held), len(pairs))))
    summary = (
        f"no --data.source, so {len(pairs):,} dates; {len(train):,} train / {len(valid):,}"
        f" validation / {len(test):,} test (seed {seed})"
    )
    return PairSplits(train, valid, test, summary)


def make_dates(count: int, *, seed: int) -> list[Pair]:
    """Returns pairs such as "the third of May, 1987" and "1987-05-03", none twice.

    Args:
        count: How many; there are far more to be had than any training needs.
        seed: Of the choice of days and of forms.

    >>> len(set(make_dates(3, seed=0)))
    3
    """
    draw = random.Random(seed)
    found: dict[Pair, None] = {}
    while len(found) < count:
        day = date.fromordinal(draw.randint(FIRST.toordinal(), LAST.toordinal()))
        found[Pair(draw.choice([*forms(day)]), day.isoformat())] = None
    return list(found)


def forms(day: date) -> Iterator[str]:
    """Yields the ways in which a day is written.

    >>> list(forms(date(1987, 5, 3)))[:4]
    ['3 May 1987', 'May 3, 1987', 'the 3rd of May, 1987', '3 May 87']
    """
    month, short = calendar.month_name[day.month], calendar.month_abbr[day.month]
    weekday, number = calendar.day_name[day.weekday()], day.day
    yield f"{number} {month} {day.year}"
    yield f"{month} {number}, {day.year}"
    yield f"the {number}{_suffix(number)} of {month}, {day.year}"
    if _CENTURY[0] <= day.year < _CENTURY[1]:  # a year of two digits is one of these hundred
        yield f"{number} {month} {day.year % 100:02}"
    yield f"{short} {number} {day.year}"
    yield f"{weekday}, {number} {short} {day.year}"
    yield f"{weekday}, {month} {number}{_suffix(number)}, {day.year}"
    yield f"{number:02}.{day.month:02}.{day.year}"
    yield f"the {ordinal(number)} of {month}, {day.year}"
    yield f"{month} the {ordinal(number)}, {year(day.year)}"
    yield f"{weekday} the {ordinal(number)} of {month}, {year(day.year)}"


def ordinal(number: int) -> str:
    """Spells a day of a month.

    >>> ordinal(3), ordinal(20), ordinal(31)
    ('third', 'twentieth', 'thirty-first')
    """
    stem, dash, last = _spell(number).rpartition("-")
    return stem + dash + _ODD.get(last, f"{last}th")


def year(number: int) -> str:
    """Spells a year from 1900 to 2099.

    >>> year(1987), year(1904), year(2000), year(2008)
    ('nineteen eighty-seven', 'nineteen oh four', 'two thousand', 'two thousand and eight')
    """
    century, rest = divmod(number, 100)
    if century == 20 and rest < 10:
        return f"two thousand and {_spell(rest)}" if rest else "two thousand"
    if not rest:
        return f"{_spell(century)} hundred"
    return f"{_spell(century)} {'oh ' if rest < 10 else ''}{_spell(rest)}"


def _spell(number):
    tens, ones = divmod(number, 10)
    if number < len(_ONES):
        return _ONES[number]
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _suffix(number):
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number // 10 != 1 else 0, "th")

"""The order in which a tune's bars are played, and the sounds that come of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tfrnn.music.tune import Bar, Problem, Tune


@dataclass(frozen=True)
class Sound:
    """What sounds together: a note or a chord, ties merged.

    start, duration: in whole notes from the start of the tune.
    pitches: MIDI numbers, lowest first.
    """

    start: Fraction
    duration: Fraction
    pitches: tuple[int, ...]


@dataclass
class Section:
    """A stretch of bars played once, or several times with different endings.

    start, stop: its bars, endings included.
    explicit: whether a `|:` opens it.
    repeated: whether a `:|` closes it or its first ending.
    endings: (passes, start, stop) of each ending.
    """

    start: int
    stop: int
    explicit: bool
    repeated: bool = False
    endings: tuple[tuple[tuple[int, ...], int, int], ...] = ()

    def order(self) -> Iterator[tuple[int, int]]:
        """Yields (index of a bar, number of the pass from 1) as played."""
        passes = max([2 if self.repeated else 1, *(max(ending[0]) for ending in self.endings)])
        common = self.endings[0][1] if self.endings else self.stop
        for number in range(1, passes + 1):
            chosen = [ending[1:] for ending in self.endings if number in ending[0]]
            for start, stop in [(self.start, common), *chosen]:
                for i in range(start, stop):
                    yield i, number


def ends_repeat(line: str) -> bool:
    """Returns whether a bar line sends the player back.

    >>> [line for line in ("|", "|:", ":|", "::", ":| |:") if ends_repeat(line)]
    [':|', '::', ':| |:']
    """
    return any(part.startswith(":") for part in line.split())


def starts_repeat(line: str) -> bool:
    """Returns whether a bar line is where the player comes back to."""
    return any(part.endswith(":") for part in line.split())


def sections(bars: Sequence[Bar]) -> tuple[list[Section], list[Problem]]:
    """Returns the sections of a tune and what is wrong with its repeats and endings.

    The standard lets the first `|:` of a tune go unwritten; so do we for each section, which then
    starts after the last `:|` or double line.
    """
    found: list[Section] = []
    problems: list[Problem] = []
    start = 0
    while start < len(bars):
        section = _section(bars, start, problems)
        found.append(section)
        start = section.stop
    return found, problems


def play_order(bars: Sequence[Bar]) -> Iterator[tuple[int, int]]:
    """Yields (index of a bar, number of its pass from 1), repeats and endings expanded."""
    for section in sections(bars)[0]:
        yield from section.order()


def perform(tune: Tune) -> list[Sound]:
    r"""Returns what is heard: repeats and endings expanded, tied notes merged, rests left out.

    >>> from tfrnn.music.abc import parse
    >>> tune = parse("X:1\nM:2/4\nL:1/4\nK:F\n|: B2- | B z :|\n")
    >>> [(str(s.start), str(s.duration), s.pitches) for s in perform(tune)]
    [('0', '3/4', (70,)), ('1', '3/4', (70,))]
    """
    sounds: list[Sound] = []
    now, tied = Fraction(0), False
    for index, _ in play_order(tune.bars):
        for item in tune.bars[index].items:
            last = sounds[-1] if sounds else None
            if tied and item.pitches == last.pitches:
                sounds[-1] = Sound(last.start, last.duration + item.duration, last.pitches)
            elif item.pitches:
                sounds.append(Sound(now, item.duration, item.pitches))
            tied = item.tied
            now += item.duration
    return sounds


def _section(bars: Sequence[Bar], start: int, problems: list[Problem]) -> Section:
    section = Section(start, start, starts_repeat(bars[start].left))
    endings: list[tuple[tuple[int, ...], int]] = []
    for i in range(start, len(bars)):
        bar, section.stop = bars[i], i + 1
        if bar.ending:
            endings.append((bar.ending, i))
        section.repeated |= ends_repeat(bar.right)
        another = i + 1 < len(bars) and 1 not in bars[i + 1].ending and bars[i + 1].ending
        if not (endings and another) and _closes(section, bar.right, bool(endings)):
            break
    stops = [*(first for _, first in endings[1:]), section.stop]
    section.endings = tuple((*ending, stop) for ending, stop in zip(endings, stops))
    problems += _section_problems(section, bars)
    return section


def _closes(section: Section, line: str, in_ending: bool) -> bool:
    """Returns whether the section closes at this bar line, if no further ending follows.

    A double line inside `|: ... :|` is only a mark for the eye.
    """
    if ends_repeat(line) or starts_repeat(line):
        return True
    double = any(part != "|" for part in line.split())
    return double and (in_ending or not section.explicit)


def _section_problems(section: Section, bars: Sequence[Bar]) -> Iterator[Problem]:
    first, last = bars[section.start], bars[section.stop - 1]
    if section.explicit and not section.repeated:
        yield Problem(first.line, first.column, "the repeat that starts here, |:, has no :|")
    if not section.endings:
        return
    bar = bars[section.endings[0][1]]
    passes = [number for ending in section.endings for number in ending[0]]
    if not section.repeated:
        yield Problem(bar.line, bar.column, "endings belong to a repeat, and there is no :|")
    elif sorted(passes) != list(range(1, len(passes) + 1)):
        numbers = ", ".join(map(str, passes))
        yield Problem(bar.line, bar.column, f"endings count 1, 2, ... and these are {numbers}")
    elif len(section.endings) == 1 and passes == [1]:
        yield Problem(last.line, last.column, "after this first ending there is no second")

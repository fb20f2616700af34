r"""How much of a tune is new, and how much was copied from a corpus.

Notes are compared as written: repeats once, ties merged, rests and grace notes left out, of a
chord the highest note; two notes are the same if pitch and duration are. A run of notes is also
looked for in any key and at any speed, where only intervals and ratios of durations must agree.

>>> corpus = Novelty.of(["X:1\nT:Scale\nM:4/4\nL:1/4\nK:C\nC D E F | G A B c |\n"])
>>> report = corpus.report("X:2\nM:4/4\nL:1/4\nK:C\nC E F G | A B c C |\n")
>>> report.longest_run, report.source, report.new_bars
(6, 'Scale', 1.0)
>>> print(str(report).replace("; ", ";\n"))
longest run copied: 6 notes, from "Scale" (in any key: 6);
new: 100% of the bars, 100% of the runs of 8
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np

from tfrnn.music.abc import read
from tfrnn.music.tune import Tune

WINDOW = 8
"""Notes of the runs whose share of new ones is reported."""

Melody = list[tuple[int, Fraction]]
"""(MIDI pitch, duration in whole notes) of each note."""


def notes(tune: Tune) -> Melody:
    r"""Returns the notes of a tune as written: ties merged, no rests, the highest of a chord.

    >>> [pitch for pitch, _ in notes(read("X:1\nL:1/4\nK:C\n|:C z [EG]- | [EG] c :|\n")[0])]
    [60, 67, 72]
    """
    melody: Melody = []
    tied = False
    for item in (item for bar in tune.bars for item in bar.items):
        if not item.pitches:
            tied = False
            continue
        pitch = item.pitches[-1]
        if tied and melody[-1][0] == pitch:
            melody[-1] = (pitch, melody[-1][1] + item.duration)
        else:
            melody.append((pitch, item.duration))
        tied = item.tied
    return melody


@dataclass(frozen=True)
class NoveltyReport:
    """What of a tune is new.

    longest_run: notes of the longest run that is also in a tune of the corpus, as written.
    source: the title of that tune, or its number in the corpus from 1; "" if there is no run.
    longest_transposed: notes of the longest run that is, in any key and at any speed.
    new_bars: share of the bars that are in no tune of the corpus, from 0 to 1.
    new_runs: share of the runs of eight notes that are in none; 1 if the tune is shorter.
    """

    longest_run: int
    source: str
    longest_transposed: int
    new_bars: float
    new_runs: float

    def __str__(self) -> str:
        source = f', from "{self.source}"' if self.longest_run else ""
        return (
            f"longest run copied: {self.longest_run} notes{source} "
            f"(in any key: {self.longest_transposed}); "
            f"new: {self.new_bars:.0%} of the bars, {self.new_runs:.0%} of the runs of {WINDOW}"
        )


class Novelty:
    """A corpus, ready to be asked what of a tune is new.

    tunes: how many tunes are compared with.
    skipped: how many texts hold no music.
    """

    def __init__(self, tunes: Iterable[Tune]):
        self._titles: list[str] = []
        self._bars: set[Hashable] = set()
        self.skipped = 0
        melodies = []
        for number, tune in enumerate(tunes, 1):
            if melody := notes(tune):
                melodies.append(melody)
                self._titles.append(tune.title or f"tune {number}")
                self._bars.update(_bars(tune))
            else:
                self.skipped += 1
        self.tunes = len(melodies)
        self._written = _Runs([_values(melody) for melody in melodies], WINDOW)
        self._relative = _Runs([_steps(melody) for melody in melodies], WINDOW - 1)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Novelty":
        """Reads a corpus.

        Args:
            texts: One tune each. Their faults do not matter as long as there are notes.
        """
        return cls(read(text)[0] for text in texts)

    def report(self, text: str) -> NoveltyReport:
        """Compares a tune with the corpus.

        Args:
            text: One tune; what can be read of it is compared.
        """
        tune, _ = read(text)
        melody, bars = notes(tune), _bars(tune)
        longest, source = self._written.longest(_values(melody))
        transposed, _ = self._relative.longest(_steps(melody))
        windows = self._written.known(_values(melody))
        return NoveltyReport(
            longest_run=longest,
            source=self._titles[source] if longest else "",
            longest_transposed=transposed + 1 if transposed else min(longest, 1),
            new_bars=_share(bar not in self._bars for bar in bars),
            new_runs=_share(not known for known in windows),
        )


# A fraction's own hash and quotient are slow: symbols hold numerators and denominators instead.
def _values(melody: Melody) -> list[Hashable]:
    return [(pitch, value.numerator, value.denominator) for pitch, value in melody]


def _steps(melody: Melody) -> list[Hashable]:
    """Returns (interval in semitones, ratio of durations) from each note to the next."""
    return [
        (after[0] - before[0], *_ratio(*before[1:], *after[1:]))
        for before, after in pairwise(_values(melody))
    ]


@cache
def _ratio(*values: int) -> tuple[int, int]:
    return (Fraction(*values[2:]) / Fraction(*values[:2])).as_integer_ratio()


def _bars(tune: Tune) -> list[Hashable]:
    """Returns what each bar with a note holds, rests and chords included."""
    contents = (
        tuple((item.pitches, *item.duration.as_integer_ratio()) for item in bar.items)
        for bar in tune.bars
    )
    return [content for content in contents if any(item[0] for item in content)]


def _share(outcomes: Iterable[bool]) -> float:
    """Returns the share that is true; 1 of none."""
    found = list(outcomes)
    return sum(found) / len(found) if found else 1.0


class _Runs:
    """Finds runs of symbols in sequences.

    Every run of 1, 2, 4, ... and `window` symbols has a number, made of the numbers of two shorter
    runs, as in Karp, Miller, Rosenberg 1972 (https://doi.org/10.1145/800152.804905): equal runs,
    and only they, have equal numbers. A run of more than `window` symbols is a diagonal of runs of
    `window` that follow each other in both sequences.
    """

    def __init__(self, sequences: Sequence[Sequence[Hashable]], window: int):
        lengths = np.array([len(sequence) + 1 for sequence in sequences], np.int64)
        self._starts = lengths.cumsum() - lengths
        self._symbols: dict[Hashable, int] = {}
        number = self._symbols.setdefault
        coded: list[int] = []
        for sequence in sequences:
            coded += [number(symbol, len(self._symbols)) for symbol in sequence]
            coded.append(-1)  # no run goes from one sequence into the next
        ids = np.array(coded, np.int64)
        self._levels = [_Level(1, 0, np.arange(len(self._symbols)), ids)]
        while (last := self._levels[-1]).length < window:
            ids = self._levels[-1].ids
            length = min(2 * last.length, window)
            joined = last.join(ids, length)
            keys, numbers = np.unique(joined[joined >= 0], return_inverse=True)
            ids = np.full(len(joined), -1, np.int64)
            ids[joined >= 0] = numbers
            self._levels.append(_Level(length, last.size, keys, ids))

    def known(self, sequence: Sequence[Hashable]) -> np.ndarray:
        """Returns (runs of `window` symbols,) bool: which of them are in the sequences."""
        return self._code(sequence)[-1] >= 0

    def longest(self, sequence: Sequence[Hashable]) -> tuple[int, int]:
        """Returns the length of the longest run found and the index of its sequence."""
        for level, ids in reversed(list(zip(self._levels, self._code(sequence)))):
            if (ids >= 0).any():
                beyond, place = level.longest_diagonal(ids)
                return level.length + beyond, int(self._starts.searchsorted(place, "right")) - 1
        return 0, 0

    def _code(self, sequence: Sequence[Hashable]) -> list[np.ndarray]:
        """Returns for each level the numbers of the runs in a sequence, -1 for unknown ones."""
        ids = np.array([self._symbols.get(symbol, -1) for symbol in sequence], np.int64)
        coded = [ids]
        for last, level in pairwise(self._levels):
            ids = level.find(last.join(ids, level.length))
            coded.append(ids)
        return coded


class _Level:
    """The runs of one length: `keys` (sorted) are the pairs of shorter runs that make them.

    ids: (places,) the number of the run that starts at each place of all sequences, -1 for none.
    """

    def __init__(self, length: int, shorter: int, keys: np.ndarray, ids: np.ndarray):
        self.length, self.size, self.ids = length, len(keys), ids
        self._keys = keys
        order = ids.argsort(kind="stable")
        self._places = order[(ids < 0).sum() :]
        self._first = np.searchsorted(ids[self._places], np.arange(self.size + 1))

    def join(self, ids: np.ndarray, length: int) -> np.ndarray:
        """Returns a key for each run of `length` symbols, at most twice ours; -1 for unknown."""
        count = max(len(ids) - (length - self.length), 0)
        left, right = ids[:count], ids[len(ids) - count :]
        return np.where((left >= 0) & (right >= 0), left * self.size + right, -1)

    def find(self, keys: np.ndarray) -> np.ndarray:
        """Returns the numbers of the runs with these keys, -1 for those that are not here."""
        if not self.size:
            return np.full(len(keys), -1, np.int64)
        at = self._keys.searchsorted(keys).clip(max=self.size - 1)
        return np.where(self._keys[at] == keys, at, -1)

    def longest_diagonal(self, ids: np.ndarray) -> tuple[int, int]:
        """Returns how far the longest row of runs goes beyond the first, and where it starts."""
        here = np.flatnonzero(ids >= 0)
        counts = self._first[ids[here] + 1] - self._first[ids[here]]
        mine = here.repeat(counts)
        within = np.arange(counts.sum()) - (counts.cumsum() - counts).repeat(counts)
        theirs = self._places[self._first[ids[here]].repeat(counts) + within]
        order = np.lexsort((mine, theirs - mine))
        mine, theirs = mine[order], theirs[order]
        breaks = (np.diff(theirs - mine) != 0) | (np.diff(mine) != 1)
        first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
        rows = np.diff(np.append(first, len(mine)))
        best = rows.argmax()
        return int(rows[best]) - 1, int(theirs[first[best]])

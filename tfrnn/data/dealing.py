"""Rows into training, validation and test: what is there stays, what is missing is cut off.

A held-out text is never trained on: copies of it, white space and case aside, leave training.
"""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from hashlib import sha256
from typing import NamedTuple

from tfrnn.data.checks import LEAST, check_shares
from tfrnn.data.examples import Mark, Refusals, Row, shortened
from tfrnn.data.options import LabelledOptions, PairsOptions, TaggedOptions
from tfrnn.errors import DataError, UsageError

_NAMES = {"train": "training", "valid": "validation", "test": "test"}
Options = LabelledOptions | TaggedOptions | PairsOptions


class Dealt(NamedTuple):
    """The rows of each part.

    train, valid, test: in the order of the source.
    notes: what was dropped and what is odd, each a phrase.
    origin: "as given" or the seed, and what it cut off.
    """

    train: list[Row]
    valid: list[Row]
    test: list[Row]
    notes: list[str]
    origin: str

    @property
    def rows(self) -> list[Row]:
        """All rows, those of training first."""
        return [*self.train, *self.valid, *self.test]

    def sizes(self) -> str:
        """Returns how many rows each part has and where the cuts come from."""
        return (
            f"{len(self.train):,} train / {len(self.valid):,} validation /"
            f" {len(self.test):,} test ({self.origin})"
        )


def check(options: Options) -> None:
    """Refuses options that leave nothing to read or to train on.

    Raises:
        UsageError: If no source is given, a share is not above 0 or both together reach 1.
    """
    if not options.source:
        raise UsageError("no data given. Pass --data.source FILE_OR_FOLDER.")
    check_shares(options)


def deal(
    parts: dict[str, list[Row]],
    options: Options,
    refusals: Refusals,
    *,
    seed: int,
    foreign: Set[Mark] = frozenset(),
) -> Dealt:
    """Takes the parts of a source, cuts the missing ones off training, and drops copies.

    A cut holds the labels in the proportions of training, by largest remainders; which rows it
    takes depends on the seed, their number and their order alone. The last row with some label or
    tag stays in training. Before a cut, rows with the text of an earlier row go.

    Args:
        parts: "train", and what there is of "valid" and "test".
        options: The name of the source and the shares of the parts that are missing.
        refusals: Takes held-out rows with a label or tag that training lacks.
        seed: Of the cuts.
        foreign: What held-out rows may have though training lacks it.

    Raises:
        DataError: If a part has fewer than three rows, or training lacks a label or a tag.
    """
    held = {row.example.key for name in ("valid", "test") for row in parts.get(name, [])}
    train = [row for row in parts["train"] if row.example.key not in held]
    cuts = [name for name in ("test", "valid") if name not in parts]
    if cuts:
        train = _first_of_each(train)
    notes = _notes(parts, len(parts["train"]) - len(train))
    found, count = dict(parts), len(train)
    for name in cuts:
        size = max(LEAST, round(getattr(options, name) * count))
        found[name], train = _cut(train, size, seed)
    known = foreign.union(*(row.example.marks for row in train))
    valid, test = (_without_strangers(found[name], known, refusals) for name in ("valid", "test"))
    origin = f"seed {seed}" if cuts else "as given"
    if len(cuts) == 1:
        origin = f"{_NAMES[cuts[0]]} cut off training by seed {seed}"
    dealt = Dealt(train, valid, test, notes, origin)
    if min(len(train), len(valid), len(test)) < LEAST:
        labels = len({row.example.label for row in dealt.rows})
        raise DataError(
            f"{options.source}: {len(dealt.rows):,} rows and {labels:,} labels give"
            f" {dealt.sizes()}; each part needs at least {LEAST} rows, {3 * LEAST} in all, and the"
            " only row of a label or tag stays in training."
        )
    return dealt


def _first_of_each(rows: Iterable[Row]) -> list[Row]:
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.example.key, row)
    return list(first.values())


def _notes(parts: dict[str, list[Row]], dropped: int) -> list[str]:
    notes = []
    if dropped:
        notes.append(f"{dropped:,} duplicates dropped{' from training' if len(parts) > 1 else ''}")
    valid, test = ({row.example.key for row in parts.get(name, [])} for name in ("valid", "test"))
    if valid & test:
        notes.append(f"{len(valid & test):,} in validation and test alike")
    if torn := _torn([row for rows in parts.values() for row in rows]):
        notes.append(f"{len(torn):,} with two answers (first: {torn[0].where})")
    return notes


def _torn(rows: Iterable[Row]) -> list[Row]:
    """Returns of each text that has several answers the first row that gives another one."""
    first: dict[str, Row] = {}
    torn: dict[str, Row] = {}
    for row in rows:
        key = row.example.key
        if first.setdefault(key, row).example.answer != row.example.answer:
            torn.setdefault(key, row)
    return list(torn.values())


def _cut(rows: Sequence[Row], size: int, seed: int) -> tuple[list[Row], list[Row]]:
    """Returns `size` of the rows, or fewer where the rest would lack a label or tag, and the rest.

    Drawn by hashing, and so the same on every machine.
    """
    count = len(rows)
    draw = sorted(range(count), key=lambda i: sha256(f"{seed} {count} {i}".encode()).digest())
    left = Counter(mark for row in rows for mark in row.example.marks)
    seats = _seats([rows[i].example.label for i in draw], size)
    taken: set[int] = set()
    for only_seated in (True, False):  # a label that cannot give its share leaves it to the others
        for i in draw:
            label, marks = rows[i].example.label, rows[i].example.marks
            if i in taken or len(taken) == size or (only_seated and not seats[label]):
                continue
            if all(left[mark] > 1 for mark in marks):
                taken.add(i)
                left.subtract(marks)
                seats[label] -= 1
    rest = [row for i, row in enumerate(rows) if i not in taken]
    return [rows[i] for i in sorted(taken)], rest


def _seats(labels: Sequence[str], size: int) -> Counter[str]:
    """Returns how many of `size` rows fall to each label: rounded down, then largest remainders."""
    counts = Counter(labels)
    seats = Counter({label: size * n // len(labels) for label, n in counts.items()})
    by_remainder = sorted(counts, key=lambda label: -(size * counts[label] % len(labels)))
    seats.update(by_remainder[: size - seats.total()])
    return seats


def _without_strangers(rows: Iterable[Row], known: Set[Mark], refusals: Refusals) -> list[Row]:
    """Refuses rows with a label or tag that training lacks, and returns the others."""
    kept = []
    for row in rows:
        if strangers := sorted(row.example.marks - known):
            kind, name = strangers[0]
            refusals.add(f"{row.where}: no training row has the {kind} {shortened(name)}; add some")
        else:
            kept.append(row)
    return kept

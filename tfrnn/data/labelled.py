"""Labelled texts: read in any of their usual forms, checked, and dealt out to the splits."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tfrnn.data.dealing import Dealt, check, deal
from tfrnn.data.examples import Example, Found, Refusals, Row, shortened
from tfrnn.data.labelled_forms import find
from tfrnn.data.options import LabelledOptions
from tfrnn.errors import DataError, UsageError


class LabelledSplits(NamedTuple):
    """Labelled texts by split.

    train, valid, test: in the order of the source.
    labels: of the training texts, in the order of the alphabet; not the one for out of scope.
    notes: the form, the counts and what is odd, each a phrase.
    sizes: how many texts each split has and whether it is the source's own, for a person.
    """

    train: list[Example]
    valid: list[Example]
    test: list[Example]
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    sizes: str

    def summary(self) -> str:
        """Returns all that was found in one line."""
        return f"{', '.join(self.notes)}; {self.sizes}"


def read_labelled(options: LabelledOptions, *, seed: int) -> LabelledSplits:
    """Reads labelled texts; what the source does not split itself is split by label.

    The forms are: CSV and TSV, with a header that names both columns or with just `text,label`;
    JSON, as a list, by parts, or a row a line; a folder with files train, valid (or val, dev) and
    test in one of these forms, with folders of these names that hold seq.in and label, with a file
    a label and a text a line, with a folder a label and a text a file, or with the files of SST;
    and `tfds:NAME`. Texts and labels lose the white space around them.

    Args:
        options: Where from, and how.
        seed: Of the splits that the source does not have.

    Raises:
        MissingInputError: If there is no such source.
        DataError: If a row cannot be used, a part has fewer than three, there are fewer than two
            labels, or a held-out label is missing in training.
        StorageError: If reading fails, or a data set of tfds has not been prepared.
        UsageError: If no source is given or an option is out of range.
    """
    check(options)
    if options.text_column.casefold() == options.label_column.casefold():
        raise UsageError(
            "--data.text-column and --data.label-column must differ, got"
            f" {options.text_column!r} twice."
        )
    refusals = Refusals(options.skip_bad, "rows")
    found = find(options, refusals)
    parts = {name: [*_cleaned(rows, refusals)] for name, rows in found.parts.items()}
    foreign = frozenset({("label", options.oos_label)})
    _labels(parts["train"], options, refusals)  # its message says more than those of `deal`
    dealt = deal(parts, options, refusals, seed=seed, foreign=foreign)
    train, valid, test = ([row.example for row in part] for part in dealt[:3])
    labels = _labels(dealt.train, options, refusals)
    notes = (*_notes(found, dealt, options), *refusals.notes())
    return LabelledSplits(train, valid, test, labels, notes, dealt.sizes())


def _labels(rows: Iterable[Row], options: LabelledOptions, refusals: Refusals) -> tuple[str, ...]:
    """Returns the labels that a model chooses from, and refuses to go on with fewer than two."""
    labels = {row.example.label for row in rows} - {options.oos_label}
    if len(labels) < 2:
        count = f"training has {len(labels)} labels besides {shortened(options.oos_label)}"
        raise DataError(
            f"{options.source}: {', '.join([count, *refusals.notes()])}; at least 2 are needed."
        )
    return tuple(sorted(labels))


def _cleaned(rows: Iterable[Row], refusals: Refusals) -> Iterator[Row]:
    """Yields the rows that have a text and a label, without the white space around them."""
    for (text, label), where in rows:
        text, label = text.strip(), " ".join(label.split())
        if text and label:
            yield Row(Example(text, label), where)
        else:
            refusals.add(f"{where}: the {'label' if text else 'text'} is empty; fill it in")


def _notes(found: Found, dealt: Dealt, options: LabelledOptions) -> list[str]:
    counts = Counter(row.example.label for row in dealt.rows)
    oos = counts.pop(options.oos_label, 0)
    smallest = min(counts, key=lambda label: (counts[label], label))
    once = sorted(label for label, count in counts.items() if count == 1)
    notes = [
        f"{options.source} ({found.form}): {counts.total() + oos:,} rows",
        f"{len(counts):,} labels (smallest: {shortened(smallest)}, {counts[smallest]:,})",
    ]
    if oos:
        by_part = " / ".join(
            f"{sum(row.example.label == options.oos_label for row in part):,}" for part in dealt[:3]
        )
        notes.append(f"{oos:,} out of scope ({by_part})")
    if once:
        named = ", ".join(map(shortened, once[:3])) + ", …" * (len(once) > 3)
        notes.append(f"{len(once):,} labels occur once ({named})")
    return [*notes, *dealt.notes, *found.notes]

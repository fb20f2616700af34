"""Tagged sentences: read in any of their usual forms, checked, and dealt out to the splits."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tfrnn.data import slots
from tfrnn.data.columns import read_columns
from tfrnn.data.conllu import is_conllu, read_conllu
from tfrnn.data.dealing import Dealt, check, deal
from tfrnn.data.examples import Found, Refusals, Row, TaggedSentence, shortened
from tfrnn.data.files import part_within, read_file
from tfrnn.data.options import TaggedOptions
from tfrnn.errors import DataError, MissingInputError

_CONLLU = ".conllu"
_COLUMNS = (".txt", ".conll", ".tsv", ".bio", ".iob", ".iob2", ".train", ".testa", ".testb")


class TaggedSplits(NamedTuple):
    """Tagged sentences by split.

    train, valid, test: in the order of the source.
    tags: of the training words, in the order of the alphabet.
    labels: of the training sentences, likewise; none where the source has none.
    notes: the form, the counts and what is odd, each a phrase.
    sizes: how many sentences each split has and whether it is the source's own, for a person.
    """

    train: list[TaggedSentence]
    valid: list[TaggedSentence]
    test: list[TaggedSentence]
    tags: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    sizes: str

    def summary(self) -> str:
        """Returns all that was found in one line."""
        return f"{', '.join(self.notes)}; {self.sizes}"


def read_tagged(options: TaggedOptions, *, seed: int) -> TaggedSplits:
    """Reads tagged sentences; what the source does not split itself is cut off by the seed.

    The forms are: CoNLL-U; a word and its tag a line; seq.in, seq.out and perhaps label with a
    sentence a line. A folder holds files with train, dev (or valid, val) and test in their names,
    or folders of these names with the files of the third form.

    Args:
        options: Where from, and how.
        seed: Of the splits that the source does not have.

    Raises:
        MissingInputError: If there is no such source.
        DataError: If a line cannot be used, a part has fewer than three sentences, there are fewer
            than two tags, or a held-out tag or label is missing in training.
        StorageError: If reading fails.
        UsageError: If no source is given or an option is out of range.
    """
    check(options)
    refusals = Refusals(options.skip_bad, "sentences")
    found = _find(options, refusals)
    known = {tag for row in found.parts["train"] for tag in row.example.tags}
    if len(known) < 2:
        count = ", ".join([f"training has {len(known)} tags", *refusals.notes()])
        raise DataError(f"{options.source}: {count}; at least 2 are needed.")
    dealt = deal(found.parts, options, refusals, seed=seed)
    train, valid, test = ([row.example for row in part] for part in dealt[:3])
    labels = {sentence.label for sentence in train} - {""}
    return TaggedSplits(
        train,
        valid,
        test,
        tags=tuple(sorted({tag for sentence in train for tag in sentence.tags})),
        labels=tuple(sorted(labels)),
        notes=(*_notes(found, dealt, options.source), *refusals.notes()),
        sizes=dealt.sizes(),
    )


def loose_tags(tags: Iterable[str]) -> int:
    """Returns how many tags of a sentence are I- of a span that no B- or I- before them began.

    >>> loose_tags(["O", "I-city", "I-city", "B-date", "I-city"])
    2
    """
    return sum(
        tag[:2] == "I-" and before not in (f"B-{tag[2:]}", tag)
        for before, tag in pairwise(["O", *tags])
    )


def _find(options: TaggedOptions, refusals: Refusals) -> Found:
    path = Path(options.source)
    if path.is_dir() and slots.is_slots(path):
        return slots.read_slots(path, refusals, encoding=options.encoding)
    if path.is_dir():
        return _read_folder(path, options, refusals)
    if path.is_file():
        form, rows = _read_file(path, options, refusals)
        return Found(form, {"train": rows})
    raise MissingInputError(f"{options.source}: no such file or folder.")


def _read_file(path: Path, options: TaggedOptions, refusals: Refusals) -> tuple[str, list[Row]]:
    document = read_file(path, encoding=options.encoding)
    if path.suffix.lower() == _CONLLU or is_conllu(document):
        rows = read_conllu(document, refusals, column=options.column)
        return f"CoNLL-U, {options.column}", rows
    return "columns", read_columns(document, refusals)


def _read_folder(folder: Path, options: TaggedOptions, refusals: Refusals) -> Found:
    """Reads the CoNLL-U files of a folder or, if there are none, those of columns."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    chosen = [path for path in files if path.suffix.lower() == _CONLLU]
    chosen = chosen or [path for path in files if path.suffix.lower() in _COLUMNS]
    named = [path for path in chosen if part_within(path.name)]
    if not named and len(chosen) != 1:
        raise DataError(
            f"{folder}: no tagged sentences; a folder holds one file {_CONLLU} or of columns, files"
            " with train, dev and test in their names, or seq.in and seq.out."
        )
    parts: dict[str, list[Row]] = {}
    forms: dict[str, None] = {}
    for path in named or chosen:
        form, rows = _read_file(path, options, refusals)
        parts.setdefault(part_within(path.name) or "train", []).extend(rows)
        forms[form] = None
    if "train" not in parts:
        raise DataError(f"{folder}: {named[0].name}, but no file with train in its name.")
    count = f", {len(named)} files" if len(named) > len(parts) else ""
    notes = [f"{path.name} not read" for path in chosen if named and path not in named]
    return Found(" and ".join(forms) + count, parts, tuple(notes))


def _notes(found: Found, dealt: Dealt, source: str) -> list[str]:
    sentences = [row.example for row in dealt.rows]
    counts = Counter(tag for sentence in sentences for tag in sentence.tags)
    rarest = min(counts, key=lambda tag: (counts[tag], tag))
    notes = [
        f"{source} ({found.form}): {len(sentences):,} sentences",
        f"{counts.total():,} words",
        f"{len(counts):,} tags (rarest: {shortened(rarest)}, {counts[rarest]:,})",
    ]
    if labels := {sentence.label for sentence in sentences} - {""}:
        notes.append(f"{len(labels):,} labels")
    if all(tag == "O" or tag[:2] in ("B-", "I-") for tag in counts) and (
        loose := sum(loose_tags(sentence.tags) for sentence in sentences)
    ):
        notes.append(f"{loose:,} I- tags that follow no tag of their span")
    return [*notes, *dealt.notes, *found.notes]

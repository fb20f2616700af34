"""Texts in two languages: read in any of their usual forms, checked, dealt out to the splits."""

import gzip
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tfrnn.data.dealing import Dealt, check, deal
from tfrnn.data.examples import Found, Pair, Refusals, Row
from tfrnn.data.files import PARTS, part_within, read_file
from tfrnn.data.options import PairsOptions
from tfrnn.data.sources import Document, decode
from tfrnn.data.tfds import check_prepared, examples, open_prepared
from tfrnn.errors import DataError, MissingInputError, StorageError, UsageError

_SCHEME = "tfds:"


class PairSplits(NamedTuple):
    """Pairs by split, in the order of the source, and what was found, for a person."""

    train: list[Pair]
    valid: list[Pair]
    test: list[Pair]
    summary: str


def languages(pair: str) -> tuple[str, str]:
    """Returns from which language into which.

    Raises:
        UsageError: If the option does not say it.

    >>> languages("en-de")
    ('en', 'de')
    """
    source, _, target = pair.partition("-")
    if not source or not target or source == target:
        raise UsageError(f"--data.pair must be two languages such as en-de, got {pair!r}.")
    return source, target


def read_pairs(options: PairsOptions, *, seed: int) -> PairSplits:
    """Reads pairs; what the source does not split itself is cut off by the seed.

    The forms are: a folder of parallel files whose names end in the language, plain or .gz, with
    train, dev (or valid, val) and test in them, or just one pair of files; a TSV file with source
    and target; `tfds:NAME`. Texts lose the white space around them.

    Args:
        options: Where from, and how.
        seed: Of the splits that the source does not have.

    Raises:
        MissingInputError: If there is no such source.
        DataError: If files are not of one length, a pair cannot be used, or a part has fewer than
            three.
        StorageError: If reading fails, or a data set of tfds has not been prepared.
        UsageError: If no source is given or an option is out of range.
    """
    check(options)
    languages(options.pair)
    refusals = Refusals(options.skip_bad, "pairs")
    found = _find(options, refusals)
    parts = {name: [*_cleaned(rows, refusals)] for name, rows in found.parts.items()}
    dealt = deal(parts, options, refusals, seed=seed)
    train, valid, test = ([row.example for row in part] for part in dealt[:3])
    notes = _notes(found, dealt, options.source) + refusals.notes()
    return PairSplits(train, valid, test, f"{', '.join(notes)}; {dealt.sizes()}")


def _find(options: PairsOptions, refusals: Refusals) -> Found:
    path = Path(options.source)
    if options.source.startswith(_SCHEME):
        return _read_prepared(options.source.removeprefix(_SCHEME), options.pair, refusals)
    if path.is_dir():
        return _read_folder(path, options)
    if path.is_file():
        document = _read(path, options.encoding)
        return Found("TSV", {"train": [*_table(document, refusals)]})
    raise MissingInputError(
        f"{options.source}: no such file or folder; a source is a folder of parallel files, a TSV"
        " file, or tfds:NAME."
    )


def _table(document: Document, refusals: Refusals) -> Iterator[Row]:
    """Yields the rows of source<TAB>target."""
    for number, line in enumerate(document.text.split("\n"), 1):
        if not line.strip():
            continue
        where, cells = f"{document.name} line {number}", line.split("\t")
        if len(cells) == 2:
            yield Row(Pair(*cells), where)
        else:
            columns = f"{len(cells)} column{'s' * (len(cells) > 1)}"
            refusals.add(f"{where}: {columns}, expected 2 (source, tab, target)")


def _read_folder(folder: Path, options: PairsOptions) -> Found:
    """Reads the parallel files of a folder: NAME.SOURCE and NAME.TARGET, or those with .gz."""
    ends = languages(options.pair)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    sides = [{_stem(path): path for path in files if _language(path) == end} for end in ends]
    lone = sorted(set(sides[0]) ^ set(sides[1]))
    if lone:
        here = lone[0] in sides[0]
        there, missing = ends if here else ends[::-1]
        raise DataError(f"{folder}: {lone[0]}.{there} has no {lone[0]}.{missing} beside it.")
    if not sides[0]:
        raise DataError(
            f"{folder}: no files that end in .{ends[0]} and .{ends[1]} (or with .gz after it);"
            " --data.pair names the languages."
        )
    named = dict.fromkeys(sides[0], "train") if len(sides[0]) == 1 else {}
    named |= {stem: part for stem in sides[0] if (part := part_within(stem))}
    parts: dict[str, list[Row]] = {}
    for stem, part in named.items():
        if part in parts:
            same = [name for name, other in named.items() if other == part]
            raise DataError(f"{folder}: {' and '.join(same)} are the same part; take one away.")
        parts[part] = _parallel(sides[0][stem], sides[1][stem], options.encoding)
    if "train" not in parts:
        raise DataError(f"{folder}: no file with train in its name.")
    notes = [f"{stem} not read" for stem in sides[0] if stem not in named]
    return Found(f"parallel files, {options.pair}", parts, tuple(notes))


def _parallel(source: Path, target: Path, encoding: str) -> list[Row]:
    lines = [_read(path, encoding).text.removesuffix("\n").split("\n") for path in (source, target)]
    if len(lines[0]) != len(lines[1]):
        short, long = sorted(zip(map(len, lines), (source, target)))
        raise DataError(
            f"{long[1]} has {long[0]:,} lines, {short[1].name} {short[0]:,}: line {short[0] + 1:,}"
            " has no translation. Parallel files have a pair a line."
        )
    return [
        Row(Pair(*pair), f"{source} line {number}")
        for number, pair in enumerate(zip(*lines, strict=True), 1)
    ]


def _read(path: Path, encoding: str) -> Document:
    if path.suffix != ".gz":
        return read_file(path, encoding=encoding)
    try:
        with gzip.open(path) as stream:
            return Document(str(path), decode(io.BufferedReader(stream), str(path)))
    except (gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"{path}: is damaged: {error}.") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}.") from error


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[0]


def _language(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[2]


def _read_prepared(name: str, pair: str, refusals: Refusals) -> Found:
    builder = open_prepared(name)
    ends = languages(pair)
    features = ", ".join(builder.info.features)
    if missing := [end for end in ends if end not in builder.info.features]:
        raise DataError(
            f"tfds:{name}: no language {missing[0]}, there are {features}; --data.pair names them."
        )
    check_prepared(builder, name)
    parts = {}
    for split in (split for split in builder.info.splits if split in PARTS):
        rows = parts.setdefault(PARTS[split], [])
        for where, example in examples(builder, split):
            try:
                sides = (decode(io.BytesIO(example[end]), where) for end in ends)
                rows.append(Row(Pair(*sides), where))
            except DataError as error:
                refusals.add(str(error).removesuffix("."))
    if "train" not in parts:
        raise DataError(f"tfds:{name}: no split train.")
    return Found("TensorFlow data set", parts)


def _cleaned(rows: Iterable[Row], refusals: Refusals) -> Iterator[Row]:
    for (source, target), where in rows:
        source, target = source.strip(), target.strip()
        if source and target:
            yield Row(Pair(source, target), where)
        else:
            refusals.add(f"{where}: the {'target' if source else 'source'} is empty; fill it in")


def _notes(found: Found, dealt: Dealt, source: str) -> list[str]:
    return [f"{source} ({found.form}): {len(dealt.rows):,} pairs", *dealt.notes, *found.notes]

"""Which form labelled texts have: told by what is there, and named to the user.

Each form has its reader; this module only chooses.
"""

from pathlib import Path

from tfrnn.data import json_rows, prepared, slots, tables, text_folders
from tfrnn.data.examples import Found, Refusals
from tfrnn.data.files import part_of, read_file
from tfrnn.data.options import LabelledOptions
from tfrnn.errors import DataError, MissingInputError

_JSON_LINES = (".jsonl", ".ndjson")
SUFFIXES = (*tables.SEPARATORS, *_JSON_LINES, ".json")
_TFDS = "tfds:"


def find(options: LabelledOptions, refusals: Refusals) -> Found:
    """Reads a source in whatever form it has.

    Raises:
        MissingInputError: If there is no such file, folder or data set.
        DataError: If it has none of the forms, or two at once, or content that cannot be.
        StorageError: If reading fails, or a data set of tfds has not been prepared.
    """
    source = options.source
    if source.startswith(_TFDS):
        return prepared.read_prepared(source.removeprefix(_TFDS), options, refusals)
    path = Path(source)
    if kinds := text_folders.find_sst(path):
        return text_folders.read_sst(kinds, refusals, encoding=options.encoding)
    if path.is_file():
        return _read_file(path, options, refusals)
    if path.is_dir():
        return _read_folder(path, options, refusals)
    raise MissingInputError(f"{source}: no such file or folder; a source is a path or tfds:NAME.")


def _read_file(path: Path, options: LabelledOptions, refusals: Refusals) -> Found:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path}: labelled texts stand in files {', '.join(SUFFIXES)}; give it its suffix."
        )
    document = read_file(path, encoding=options.encoding)
    if suffix in tables.SEPARATORS:
        separator = tables.SEPARATORS[suffix]
        return tables.read_table(document, options, refusals, separator=separator)
    if suffix in _JSON_LINES:
        return json_rows.read_json_lines(document, options, refusals)
    return json_rows.read_json(document, options, refusals)


def _read_folder(folder: Path, options: LabelledOptions, refusals: Refusals) -> Found:
    if slots.is_slots(folder):
        return slots.read_intents(folder, encoding=options.encoding)
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if any(part_of(path.name) for path in files):
        return _read_parts(files, options, refusals)
    if len(files) == 1:
        found = _read_file(files[0], options, refusals)
        return found._replace(form=f"{files[0].name}, {found.form}")
    if files:
        raise DataError(
            f"{folder}: {', '.join(path.name for path in files)}; which? Name one of them, or call"
            " them train, valid and test."
        )
    if text_folders.is_texts(folder):
        return text_folders.read_texts(folder, refusals, encoding=options.encoding)
    raise DataError(
        f"{folder}: no labelled texts; a folder holds train, valid and test as"
        f" {', '.join(SUFFIXES)} or with seq.in and label, a .txt file a label, or a folder a label"
        " with a text a file."
    )


def _read_parts(files: list[Path], options: LabelledOptions, refusals: Refusals) -> Found:
    """Reads files that are called train, valid (or validation, val, dev) and test."""
    paths: dict[str, Path] = {}
    forms, notes = {}, []
    parts = {}
    for path in files:
        part = part_of(path.name)
        if part is None:
            notes.append(f"{path.name} not read")
            continue
        if part in paths:
            raise DataError(f"{paths[part]} and {path.name} are the same part; take one away.")
        paths[part] = path
        found = _read_file(path, options, refusals)
        if found.parts.keys() != {"train"}:
            raise DataError(f"{path}: holds parts itself; name it alone as the source.")
        parts[part] = found.parts["train"]
        forms[found.form] = None
        notes += found.notes
    if "train" not in parts:
        raise DataError(f"{files[0].parent}: {paths.popitem()[1].name}, but no file called train.")
    return Found(" and ".join(forms), parts, tuple(notes))

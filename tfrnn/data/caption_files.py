"""Files of captions in their usual forms, and Flickr's lists of the pictures of each split."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tfrnn.data.examples import Refusals
from tfrnn.data.files import lines_of, read_file
from tfrnn.errors import DataError, MissingInputError

_NOT_A_WORD = re.compile(r"[^\w\s'’\-]|_")
_FLICKR = re.compile(r"(.+)#\d+")
_LISTS = {"train": "train", "dev": "valid", "val": "valid", "test": "test"}


def plain_caption(text: str) -> str:
    """Returns a caption in lower case without punctuation, its words parted by single spaces.

    >>> plain_caption("A man's dog , well-fed , runs ... away !")
    "a man's dog well-fed runs away"
    """
    words = (word.strip("'’-") for word in _NOT_A_WORD.sub(" ", text.lower()).split())
    return " ".join(word for word in words if word)


def find_captions(folder: Path) -> Path:
    """Finds the captions in the folder of the pictures."""
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix in (".txt", ".tsv", ".token", ".json")
        and ("caption" in path.name.lower() or path.stem.lower().endswith("token"))
    )
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise MissingInputError(
            f"{folder}: one file of captions is expected in it (captions.tsv, *.token.txt, ...), "
            f"found {names}; --data.captions names it."
        )
    return found[0]


def captions_by_picture(path: Path, refusals: Refusals) -> dict[str, list[str]]:
    """Reads captions by the name of their picture, in the order of the file."""
    if not path.is_file():
        raise MissingInputError(f"{path}: no such file of captions.")
    rows = _coco(path) if path.suffix == ".json" else caption_lines(path, refusals)
    told: dict[str, list[str]] = {}
    for name, caption, where in rows:
        plain = plain_caption(caption)
        if plain:
            told.setdefault(name, []).append(plain)
        else:
            refusals.add(f"{where}: the caption is empty; fill it in")
    if not told:
        raise DataError(f"{path}: no captions in it.")
    return told


def caption_lines(path: Path, refusals: Refusals) -> Iterator[tuple[str, str, str]]:
    """Yields name, caption, place of image<TAB>caption or Flickr's image#k<TAB>caption."""
    document = read_file(path)
    for number, line in lines_of(document):
        where, cells = f"{document.name} line {number}", line.split("\t")
        if len(cells) != 2 or not cells[0].strip():
            refusals.add(f"{where}: {len(cells)} columns, expected 2 (image, tab, caption)")
            continue
        numbered = _FLICKR.fullmatch(cells[0].strip())
        yield numbered[1] if numbered else cells[0].strip(), cells[1], where


def _coco(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yields name, caption, place of COCO's {"images": [...], "annotations": [...]}."""
    try:
        record = json.loads(read_file(path).text)
        names = {image["id"]: image["file_name"] for image in record["images"]}
        for k, note in enumerate(record["annotations"]):
            yield names[note["image_id"]], note["caption"], f"{path} annotation {k}"
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: not COCO's captions: images with id and file_name, annotations with image_id"
            f" and caption are expected ({type(error).__name__}: {error})."
        ) from error


def read_lists(folder: Path) -> dict[str, list[str]]:
    """Reads Flickr's lists of the pictures of each split, where the folder has them."""
    lists = {}
    for path in sorted(folder.glob("*Images.txt")):
        part = next((part for end, part in _LISTS.items() if f"{end}Images" in path.name), None)
        if part:
            lists[part] = [line.strip() for _, line in lines_of(read_file(path))]
    if lists and len(lists) < 3:
        raise DataError(f"{folder}: lists of train, dev and test pictures, or none, are expected.")
    seen: dict[str, str] = {}
    for part, names in lists.items():
        for name in names:
            if name in seen:
                raise DataError(f"{folder}: {name} is twice in the lists ({seen[name]}, {part}).")
            seen[name] = part
    return lists

"""Pictures with captions: read in any of their usual forms, checked, dealt out to the splits."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tfrnn.data.caption_files import (
    captions_by_picture,
    find_captions,
    plain_caption,
    read_lists,
)
from tfrnn.data.checks import check_shares
from tfrnn.data.examples import Refusals
from tfrnn.data.files import PARTS
from tfrnn.data.options import CaptionsOptions
from tfrnn.data.pictures import ENDINGS, decode_picture, load_picture
from tfrnn.data.scenes import Scene, draw_scenes
from tfrnn.data.shares import check_sizes, cut, ends
from tfrnn.data.tfds import check_prepared, open_prepared
from tfrnn.errors import DataError, MissingInputError, UsageError

NAMED = 10  # of what is missing, so many are named
_SCHEME = "tfds:"


Loader = Callable[[], np.ndarray]


class Shown(NamedTuple):
    """A picture's name and what people said of it, see `plain_caption`."""

    name: str
    captions: tuple[str, ...]


class CaptionSplits(NamedTuple):
    """Pictures by split.

    loaders: Yields of all pictures, in the order train, valid, test, what returns the (height,
        width, 3) uint8 pixels, or raises `DataError` for one that cannot be used.
    stamp: What names the files that are read so, and changes when they do.
    summary: What was found, for a person.
    scenes: Of the test pictures, where they are drawn.
    """

    train: list[Shown]
    valid: list[Shown]
    test: list[Shown]
    loaders: Callable[[], Iterator[Loader]]
    stamp: str
    summary: str
    scenes: tuple[Scene, ...] = ()


def read_captions(options: CaptionsOptions, *, seed: int) -> CaptionSplits:
    """Reads captions and finds their pictures; what the source does not split, the seed does.

    Raises:
        MissingInputError: If there is no such source, or no captions with it.
        DataError: If a line cannot be used, a caption has no picture or a picture no caption, or a
            part has fewer than three.
        StorageError: If reading fails, or a data set of tfds has not been prepared.
        UsageError: If an option is out of range.
    """
    check_shares(options)
    if options.features and not options.captions:
        raise UsageError("--data.features needs --data.captions, which say what each row shows.")
    if options.features:
        return _read_features(options, seed=seed)
    if not options.source:
        return _draw(options, seed=seed)
    if options.source.startswith(_SCHEME):
        return _read_prepared(options.source.removeprefix(_SCHEME), options, seed=seed)
    return _read_folder(Path(options.source), options, seed=seed)


def _draw(options, *, seed) -> CaptionSplits:
    if options.captions:
        raise UsageError("--data.captions needs --data.source, the folder of the pictures.")
    scenes = draw_scenes(options.scenes, seed=seed)
    shown = [Shown(f"scene {k}", (scene.caption,)) for k, scene in enumerate(scenes)]
    train, valid = ends(len(shown), options)
    parts = shown[:train], shown[train:valid], shown[valid:]
    check_sizes(parts, "drawn scenes", "pictures")
    sizes = _sizes(parts, f"seed {seed}")
    return CaptionSplits(
        *parts,
        loaders=lambda: (partial(_pixels_of, scene) for scene in scenes),
        stamp=f"scenes {options.scenes} {seed}",
        summary=f"no --data.source, so {len(scenes):,} drawn scenes; {sizes}",
        scenes=tuple(scenes[valid:]),
    )


def _pixels_of(scene: Scene) -> np.ndarray:
    return scene.pixels


def _read_folder(folder: Path, options, *, seed) -> CaptionSplits:
    if not folder.is_dir():
        raise MissingInputError(
            f"{options.source}: no such folder; a source is a folder of pictures, or tfds:NAME."
        )
    captions = options.captions or find_captions(folder)
    refusals = Refusals(options.skip_bad, "captions")
    told = captions_by_picture(captions, refusals)
    lists = read_lists(folder) if not options.captions else {}
    files = {
        path.name: path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS
    }
    if not files:
        raise MissingInputError(f"{folder}: no pictures ({', '.join(ENDINGS)}) in it.")
    if lists:
        wanted = [name for names in lists.values() for name in names]
    else:
        wanted = list(dict.fromkeys([*told, *files]))
    _match(wanted, told, files, options, str(captions))
    usable = {name for name in wanted if name in told and name in files}
    parts = _deal({part: [n for n in names if n in usable] for part, names in lists.items()}
                  or [n for n in wanted if n in usable], told, options, seed)  # fmt: skip
    check_sizes(parts, options.source, "pictures")
    origin = "lists as given" if lists else f"seed {seed}"
    names = [shown.name for part in parts for shown in part]
    notes = [f"{options.source}: {len(names):,} pictures", *refusals.notes()]
    if left := len(wanted) - len(usable):
        notes.append(f"{left:,} without a caption or a picture left out")
    if spare := len(files) - len(set(names) & set(files)):
        notes.append(f"{spare:,} pictures not used")
    return CaptionSplits(
        *parts,
        loaders=lambda: (partial(load_picture, files[name]) for name in names),
        stamp=_stamp(files[name] for name in names),
        summary=f"{', '.join(notes)}; {_sizes(parts, origin)}",
    )


def _match(wanted, told, files, options, captions: str) -> None:
    """Refuses pictures without a caption and captions without a picture, all at once."""
    bare = [name for name in wanted if name not in told]
    lost = [name for name in wanted if name not in files]
    if options.skip_bad or not (bare or lost):
        return
    found = [
        f"{len(names):,} {what} ({', '.join(names[:NAMED])}{', ...' * (len(names) > NAMED)})"
        for names, what in ((lost, "captions without a picture"), (bare, "pictures without one"))
        if names
    ]
    raise DataError(f"{captions}: {', '.join(found)}; --data.skip-bad leaves them out.")


def _deal(names, told, options, seed) -> tuple[list[Shown], ...]:
    """Deals pictures to the parts: as the lists say, or by the seed."""
    if isinstance(names, dict):
        parts = [names[part] for part in ("train", "valid", "test")]
    else:
        parts = cut(names, options, seed=seed)
    return tuple([Shown(name, tuple(told[name])) for name in part] for part in parts)


def _sizes(parts, origin) -> str:
    train, valid, test = (f"{len(part):,}" for part in parts)
    captions = sum(len(shown.captions) for shown in parts[0])
    return f"{train} train ({captions:,} captions) / {valid} validation / {test} test ({origin})"


def _stamp(paths: Iterable[Path]) -> str:
    """Names files by place, size and time of change; reading them all would take as long."""
    found = sha256()
    for path in paths:
        stat = path.stat()
        found.update(f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return found.hexdigest()


def _read_features(options, *, seed) -> CaptionSplits:
    """Captions of rows of a file of features; there are no pictures to load."""
    refusals = Refusals(options.skip_bad, "captions")
    told = captions_by_picture(options.captions, refusals)
    parts = _deal([*told], told, options, seed)
    check_sizes(parts, str(options.captions), "pictures")
    summary = ", ".join([f"{options.features}: {len(told):,} pictures", *refusals.notes()])
    return CaptionSplits(
        *parts,
        loaders=lambda: iter(()),
        stamp=_stamp([options.features]) if options.features.exists() else "",
        summary=f"{summary}; {_sizes(parts, f'seed {seed}')}",
    )


def feature_rows(options: CaptionsOptions) -> dict[str, int]:
    """Returns the row of a file of features that each picture has, by its name."""
    told = captions_by_picture(options.captions, Refusals(options.skip_bad, "captions"))
    return {name: row for row, name in enumerate(told)}


def _read_prepared(name: str, options, *, seed) -> CaptionSplits:
    """Reads a data set of tfds with `image` and `captions`, each with a `text`, or `caption`."""
    import tensorflow_datasets as tfds  # `open_prepared` says what to do without it

    builder = open_prepared(name)
    if "image" not in builder.info.features or not _said(builder.info.features):
        raise DataError(f"tfds:{name}: features called image and captions (or caption) are needed.")
    check_prepared(builder, name)
    encoded = {"image": tfds.decode.SkipDecoding()}

    def rows(part):
        for split in (split for split in builder.info.splits if PARTS.get(split) == part):
            stream = builder.as_dataset(split=split, decoders=encoded).as_numpy_iterator()
            for k, example in enumerate(stream):
                if captions := _captions_in(example):
                    yield Shown(f"tfds:{name}/{split}#{k}", captions), example["image"]

    parts = {part: [shown for shown, _ in rows(part)] for part in ("train", "valid", "test")}
    if not parts["train"]:
        raise DataError(f"tfds:{name}: no split train with captions.")
    whole = [*parts["train"], *parts["valid"], *parts["test"]]
    given = bool(parts["valid"] and parts["test"])
    if given:
        dealt = tuple(parts.values())
    else:
        told = {shown.name: shown.captions for shown in whole}
        dealt = _deal([shown.name for shown in whole], told, options, seed)
    check_sizes(dealt, f"tfds:{name}", "pictures")

    def loaders():
        # The splits of the seed have the pictures in the order of the data set, each by itself.
        for part in dealt:
            wanted = {shown.name for shown in part}
            for every in ("train", "valid", "test"):
                for shown, image in rows(every):
                    if shown.name in wanted:
                        yield partial(decode_picture, image, shown.name)

    origin = "as given" if given else f"seed {seed}"
    return CaptionSplits(
        *dealt,
        loaders=loaders,
        stamp=f"tfds:{builder.info.full_name} {origin} {len(whole)}",
        summary=f"tfds:{name}: {len(whole):,} pictures; {_sizes(dealt, origin)}",
    )


def _said(features) -> bool:
    return "captions" in features or "caption" in features


def _captions_in(example) -> tuple[str, ...]:
    said = example["captions"] if "captions" in example else example["caption"]
    texts = said["text"] if isinstance(said, dict) else said
    texts = [texts] if isinstance(texts, bytes) else texts
    found = (plain_caption(text.decode("utf-8", "replace")) for text in texts)
    return tuple(caption for caption in found if caption)

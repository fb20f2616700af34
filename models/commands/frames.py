"""frames: what each frame of a clip shows."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from models.commands.use import Options, is_exported, numbered, writing
from tfrnn.errors import UsageError

FIRST = ("from", "picture", "format")


@dataclass(frozen=True, kw_only=True)
class FrameOptions(Options):
    """A label for each frame of each clip."""

    clips: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Clips: folders of pictures in the order of their names, .npy files of (frames, height, width,
    3) uint8, or GIFs."""
    picture: Path | None = None
    """A PNG of the frames with their labels; of further clips name-2.png, name-3.png, ..."""
    format: Literal["columns", "json"] = "columns"
    """columns: number, label and confidence a line, an empty line after each clip; json: an object
    a clip."""

    def __post_init__(self):
        super().__post_init__()
        if not self.clips:
            raise UsageError("no clip given: python generate.py frames folder_of_pictures")
        if self.picture and self.picture.suffix != ".png":
            raise UsageError(f"--picture must be a .png file, got {self.picture}.")


def label(folder: Path, chosen: FrameOptions) -> None:
    """Prints the frames of each clip with their labels, in order."""
    from tfrnn.data.clip_files import load_clip

    reader = open_clip_reader(folder)
    clips = [load_clip(path, reader.size) for path in chosen.clips]
    told = zip(chosen.clips, clips, reader.read(clips))
    for number, (path, frames, seen) in enumerate(told, start=1):
        print(spell(path, seen, chosen.format))
        if chosen.picture:
            draw(numbered(chosen.picture, number), frames, seen)


def open_clip_reader(folder: Path):
    """Opens what labels frames: a run, a preset, or an exported model."""
    if is_exported(folder):
        from models.served import ServedClipReader

        return ServedClipReader(folder)
    from models.clips import open_clip_reader

    return open_clip_reader(folder)


def spell(path: Path, seen, form: str) -> str:
    """Returns what is printed of a clip."""
    if form == "json":
        shares = [round(share, 4) for share in seen.confidence]
        record = {"clip": str(path), "labels": seen.labels, "confidence": shares}
        return json.dumps(record, ensure_ascii=False)
    lines = enumerate(zip(seen.labels, seen.confidence), start=1)
    return "".join(f"{number}\t{name}\t{share:.3f}\n" for number, (name, share) in lines)


def draw(path: Path, frames, seen) -> None:
    """Draws the frames with their labels.

    Raises:
        StorageError: If the file cannot be written.
    """
    from tfrnn.metrics.filmstrip import draw_filmstrip

    with writing(path):
        draw_filmstrip(path, frames, seen.labels, seen.confidence)

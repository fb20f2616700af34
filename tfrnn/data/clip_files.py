"""Clips out of files: folders of frames, arrays or GIFs, and a table of the frames' labels."""

import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from tfrnn.data.clips import Clip
from tfrnn.data.files import lines_of, read_file
from tfrnn.data.pictures import ENDINGS, check_size, load_picture
from tfrnn.errors import DataError, MissingInputError

LABELS = "labels.tsv"


def read_clips(folder: Path, size: int) -> list[Clip]:
    """Reads the clips that a folder's labels.tsv names, in its order.

    A line is a clip, a tab, and a label for each of its frames, parted by spaces. A clip is a
    sub-folder of pictures in the order of their names, numbers by their value, or a .npy or .gif
    file; the table names it as it stands in the folder.

    Args:
        folder: Of the clips and the table.
        size: Pixels of a side to which frames are brought.

    Raises:
        MissingInputError: If there is no such folder, table or clip.
        DataError: If a line or a clip cannot be used.
        StorageError: If reading fails.
    """
    if not folder.is_dir():
        raise MissingInputError(f"{folder}: no such folder of clips.")
    table = folder / LABELS
    if not table.is_file():
        raise MissingInputError(
            f"{folder}: no {LABELS} in it; a line of it is a clip, a tab, and a label for each of "
            "its frames, parted by spaces."
        )
    clips: dict[str, Clip] = {}
    for number, line in lines_of(read_file(table)):
        where = f"{table}:{number}"
        name, tab, rest = line.partition("\t")
        labels = tuple(rest.split())
        if not line.strip():
            continue
        if not tab or not name or not labels:
            raise DataError(f"{where}: a clip, a tab and labels are expected, got {line[:60]!r}.")
        if name in clips:
            raise DataError(f"{where}: the clip {name} is there twice; leave one out.")
        if not (folder / name).exists():
            raise MissingInputError(f"{where}: no clip {name} in {folder}.")
        frames = load_clip(folder / name, size)
        if len(frames) != len(labels):
            raise DataError(
                f"{where}: {len(labels):,} labels for the {len(frames):,} frames of {name}; each "
                "frame needs one."
            )
        clips[name] = Clip(name, frames, labels)
    return list(clips.values())


def load_clip(path: Path, size: int) -> np.ndarray:
    """Returns the frames of a clip, (frames, size, size, 3) uint8.

    Args:
        path: A folder of pictures; a .npy of (frames, height, width, 3) uint8; a .gif.
        size: Pixels of a side.

    Raises:
        MissingInputError: If there is no such clip, or no picture in the folder.
        DataError: If it is none, or its frames differ in size.
        StorageError: If reading fails.
    """
    if path.is_dir():
        frames = _of_folder(path)
    elif not path.exists():
        raise MissingInputError(f"{path}: no such clip.")
    elif path.suffix.lower() == ".npy":
        frames = _of_array(path)
    elif path.suffix.lower() == ".gif":
        frames = _of_gif(path)
    else:
        raise DataError(f"{path}: a clip is a folder of pictures, a .npy or a .gif file.")
    return np.stack([_sized(frame, size) for frame in frames])


def _of_folder(path):
    files = [each for each in path.iterdir() if each.suffix.lower() in ENDINGS]
    if not files:
        raise MissingInputError(f"{path}: no frames ({', '.join(ENDINGS)}) in it.")
    files = sorted(files, key=_by_number)
    frames = [load_picture(file) for file in files]
    for file, frame in zip(files, frames):
        if frame.shape != frames[0].shape:
            one, other = (f"{f.shape[1]} x {f.shape[0]}" for f in (frames[0], frame))
            raise DataError(f"{file}: {other} pixels, the first frame has {one}; make them alike.")
    return frames


def _by_number(path):
    """Sorts 2.png before 10.png."""
    parts = re.split(r"([0-9]+)", path.name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _of_array(path):
    try:
        frames = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: not an array of numpy (.npy): {error}.") from error
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise DataError(
            f"{path}: shape {frames.shape} of {frames.dtype}, expected (frames, height, width, 3) "
            "of uint8."
        )
    return frames


def _of_gif(path):
    try:
        with Image.open(path) as picture:
            check_size(picture, str(path), picture.n_frames)
            return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)]
    except DataError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: not a GIF, or a damaged one: {error}.") from error


def _sized(frame, size):
    if frame.shape[:2] == (size, size):
        return frame
    picture = Image.fromarray(frame)
    return np.asarray(picture.resize((size, size), Image.Resampling.BOX))

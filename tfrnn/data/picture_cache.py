"""An array of what a model reads of each picture, made once, kept in a file, read at random."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tfrnn.errors import CannotCreateError, StorageError


class Stored(NamedTuple):
    """What was kept.

    rows: (pictures, ...), on the disk. ill: Row -> why its picture could not be used. again:
    Whether it was there already.
    """

    rows: np.ndarray
    ill: dict[int, str]
    again: bool


def stored(
    folder: Path,
    key: Sequence[str],
    shape: tuple[int, ...],
    dtype: str,
    fill: Callable[[np.ndarray], dict[int, str]],
) -> Stored:
    """Returns the array of a key; makes it where it is not there yet.

    Args:
        folder: Of the cache.
        key: Everything that the array depends on.
        shape: Of the array, the pictures first.
        dtype: Of the array.
        fill: Writes all rows; returns those it could not, and why.

    Raises:
        CannotCreateError: If the folder cannot be made.
        StorageError: If the disk is full, or reading fails.
    """
    name = sha256("\0".join((*key, str(shape), dtype)).encode()).hexdigest()[:20]
    path, notes = folder / f"{name}.npy", folder / f"{name}.json"
    try:
        rows = np.load(path, mmap_mode="r", allow_pickle=False)
        ill = {int(row): why for row, why in json.loads(notes.read_text()).items()}
        if rows.shape == shape and rows.dtype == dtype:
            return Stored(rows, ill, again=True)
    except (OSError, ValueError):  # none, or what a kill or another hand left of it
        pass
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreateError(f"{folder} cannot be made: {error.strerror}.") from error
    temporary = folder / f"tmp-{name}.npy"
    try:
        fresh = np.lib.format.open_memmap(temporary, mode="w+", dtype=dtype, shape=shape)
        ill = fill(fresh)
        fresh.flush()
        del fresh
        notes.write_text(json.dumps(ill), encoding="utf-8")
        temporary.rename(path)  # last, so that an array under its name is whole
        return Stored(np.load(path, mmap_mode="r", allow_pickle=False), ill, again=False)
    except OSError as error:
        raise StorageError(f"{temporary}: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)

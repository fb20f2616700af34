"""Checkpoints that a kill, a full disk or a flipped bit cannot take away.

A run folder holds one folder a checkpoint:

    runs/a/
        step-00000200/  arrays.npz  meta.json  MANIFEST.json
        step-00000300/  ...
        bad-step-00000250/      set aside by `restore`, never deleted
        tmp-step-00000400/      what a killed save left, swept by `restore`

`save` writes and syncs everything under a temporary name and commits by rename, so a folder
named step-... is whole or was damaged later; MANIFEST.json, the size and sha256 of the two other
files, tells which. What is parsed is the very bytes that were hashed.
docs/decisions/0005-checkpoints.md says why TensorFlow's and Keras' own formats were not enough.

`save`, `restore` and `prune` belong to the one writer of a folder: call them inside
`tfrnn.training.run_lock.run_lock`. `newest` and `load` change nothing and need no lock.
"""

import contextlib
import logging
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tfrnn.errors import DataError, DivergedError, Failure, MissingInputError, StorageError
from tfrnn.training.checkpoint_files import (
    ARRAYS,
    BFLOAT16,
    MANIFEST,
    META,
    find_damage,
    pack,
    unpack,
)
from tfrnn.training.durable import make_folder, rename, sync_folder, write_file

_NAME = re.compile(r"step-([0-9]{8,})")
_TEMPORARY, _BAD = "tmp-", "bad-"
_log = logging.getLogger(__name__)


class Checkpoint(NamedTuple):
    """A verified state.

    step: the number of updates that made it.
    arrays: what `save` was given, values, dtypes and order.
    meta: what `save` was given.
    path: the folder it was read from.
    """

    step: int
    arrays: dict[str, np.ndarray]
    meta: dict[str, Any]
    path: Path


def save(
    folder: Path, step: int, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]
) -> Path:
    """Commits one state; once this has returned, no kill or power cut loses it.

    A step that is already there and whole is left as it is: a run is a function of its seed, so
    the same step is the same state. One that is damaged is set aside and written anew.

    Args:
        folder: the run's folder, made when it is missing.
        step: >= 0, the number of updates so far.
        arrays: by name, any shape; bool, integers, floats (bfloat16 too), complex or text.
        meta: plain JSON: str keys; lists, not tuples; None where there is no finite number yet.

    Returns:
        The checkpoint's folder, `folder/step-00000300`.

    Raises:
        DivergedError: a value is not finite; nothing was written.
        StorageError: the disk is full or failing; the earlier checkpoints are untouched.
        ValueError: a name, dtype or meta value cannot be stored.

    >>> import tempfile
    >>> run = Path(tempfile.mkdtemp())
    >>> save(run, 300, {"lstm/kernel": np.eye(2)}, {"best_step": 200}).name
    'step-00000300'
    >>> restore(run).meta
    {'best_step': 200}
    """
    final = folder / _name(step)
    temporary = folder / (_TEMPORARY + final.name)
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    _check_finite(final, arrays)
    files = pack(step, arrays, meta)
    try:
        make_folder(folder)
        if _is_whole(final):
            return final
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        for name, data in files.items():
            write_file(temporary / name, data)
        sync_folder(temporary)
        if os.path.lexists(final):
            _set_aside(final)
        rename(temporary, final)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        why = error.strerror or error
        raise StorageError(f"{final} was not saved: {why}. {_what_is_left(final)}") from error
    return final


def load(path: Path) -> Checkpoint:
    """Reads and verifies one checkpoint folder, under whatever name it was copied to.

    Raises:
        MissingInputError: there is nothing at `path`.
        DataError: a file is missing, unreadable or not what was saved.
    """
    if not os.path.lexists(path):
        raise MissingInputError(f"{path} is not there; a checkpoint is a folder step-00000300.")
    files = {name: _read(path / name) for name in (MANIFEST, ARRAYS, META)}
    damaged = find_damage(files)
    if damaged:
        raise DataError(
            f"{path / damaged} was cut or changed after it was saved: "
            f"its size or sha256 is not the one in {MANIFEST}."
        )
    try:
        checkpoint = Checkpoint(*unpack(files), path)
    except ValueError as error:
        raise DataError(f"{path} is {error}.") from error
    if _NAME.fullmatch(path.name) and path.name != _name(checkpoint.step):
        raise DataError(f"{path} holds step {checkpoint.step}: it was renamed.")
    return checkpoint


def newest(folder: Path) -> Checkpoint | None:
    """The newest whole checkpoint, for readers: what is damaged is skipped with a warning.

    Returns:
        None when the folder is missing or never held a checkpoint.

    Raises:
        DataError: there are checkpoints, and none is whole.
        StorageError: the folder cannot be listed.
    """
    found, damaged = _search(folder)
    for error in damaged.values():
        _log.warning("%s This checkpoint is skipped.", error)
    return found


def at(folder: Path, step: int) -> Checkpoint:
    """Reads and verifies the checkpoint of one step; raises as `load` does."""
    return load(folder / _name(step))


def restore(folder: Path) -> Checkpoint | None:
    """The newest whole checkpoint, for the run's writer: `newest`, and leaves the folder clean.

    A damaged newer one is renamed to bad-step-... with a warning, and what killed saves left is
    removed. When none is whole, nothing is touched.

    Raises:
        DataError: there are checkpoints, and none is whole: a run never starts afresh by itself.
        StorageError: the folder cannot be listed or changed.
    """
    found, damaged = _search(folder)
    try:
        for path, error in damaged.items():
            _log.warning("%s This checkpoint is now %s.", error, _set_aside(path))
        for temporary in folder.glob(f"{_TEMPORARY}step-*"):
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be tidied up: {error.strerror or error}.") from error
    return found


def model_weights(point: Checkpoint) -> dict[str, np.ndarray]:
    """Returns the weights of a checkpoint that its run was judged by, by name, "model/…"."""
    own = {name: array for name, array in point.arrays.items() if name.startswith("model/")}
    averages = {
        f"model/{name.removeprefix('average/')}": array
        for name, array in point.arrays.items()
        if name.startswith("average/")
    }
    return own | averages


def prune(folder: Path, keep: int, best: int | None = None) -> None:
    """Removes all but the newest `keep` whole checkpoints and the one of step `best`.

    A damaged one is never counted, so at least `keep` states that load are there afterwards,
    or all that there were.

    Raises:
        StorageError: a folder cannot be listed or removed.
    """
    if keep < 1:
        raise ValueError(f"prune needs keep >= 1, got keep={keep}.")
    kept = 0
    for path in saved(folder):
        if kept < keep:
            kept += _is_whole(path)
        elif best is None or path.name != _name(best):
            _remove(path)


def _remove(path: Path) -> None:
    """Out of sight by rename first: a kill leaves a temporary, never half a checkpoint."""
    doomed = path.with_name(_TEMPORARY + path.name)
    try:
        shutil.rmtree(doomed, ignore_errors=True)
        rename(path, doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise StorageError(f"{path} cannot be removed: {error.strerror or error}.") from error


def _search(folder: Path) -> tuple[Checkpoint | None, dict[Path, Failure]]:
    """The newest whole checkpoint, and the damaged ones that are newer, each with its reason."""
    damaged: dict[Path, Failure] = {}
    for path in saved(folder):
        try:
            return load(path), damaged
        except Failure as error:
            damaged[path] = error
    aside = list(folder.glob(f"{_BAD}step-*"))
    if damaged or aside:
        why = next(iter(damaged.values()), None) or f"{aside[0]} was set aside."
        raise DataError(
            f"{folder} has {len(damaged) + len(aside)} checkpoints and none is whole: {why} "
            "Put one back from a copy, or choose another --out to start afresh."
        )
    return None, damaged


def saved(folder: Path) -> list[Path]:
    """The committed checkpoints, whole or not, newest first; StorageError if it is unreadable."""
    try:
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"{folder} cannot be listed: {error.strerror or error}.") from error
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")), reverse=True)


def _set_aside(path: Path) -> str:
    """Renames a damaged checkpoint to the first free bad-step-... and returns that name."""
    target, tries = path.with_name(_BAD + path.name), 1
    while os.path.lexists(target):
        tries += 1
        target = path.with_name(f"{_BAD}{path.name}-{tries}")
    rename(path, target)
    return target.name


def _is_whole(path: Path) -> bool:
    try:
        load(path)
    except Failure:
        return False
    return True


def _what_is_left(failed: Path) -> str:
    with contextlib.suppress(StorageError):
        for path in saved(failed.parent):
            if path != failed and _is_whole(path):
                return f"{path.name} still loads."
    return "There is no earlier checkpoint."


def _check_finite(final: Path, arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        if array.dtype.kind in "fc" or array.dtype == BFLOAT16:
            bad = array.size - np.count_nonzero(np.isfinite(array))
            if bad:
                raise DivergedError(
                    f"{final} was not saved: {bad} of {array.size} values of {name} are not finite."
                )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def _name(step: int) -> str:
    if step < 0:
        raise ValueError(f"a checkpoint needs step >= 0, got step={step}.")
    return f"step-{step:08d}"

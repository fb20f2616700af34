"""Exports in folders of versions, as TensorFlow Serving has them: NAME/1, NAME/2, and so on."""

from pathlib import Path

from tfrnn.errors import CannotCreateError

SAVED_MODEL = "saved_model.pb"


def newest(folder: Path) -> Path:
    """Returns the folder of the greatest version in it, or the folder itself if there is none."""
    found = [n for n in _numbers(folder) if (folder / str(n) / SAVED_MODEL).exists()]
    return folder / str(max(found)) if found else folder


def next_version(folder: Path) -> Path:
    """Returns the folder of a new version.

    Raises:
        CannotCreateError: If the folder is there and holds something else than versions.
    """
    if not folder.exists():
        return folder / "1"
    try:
        numbers, names = _numbers(folder), sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise CannotCreateError(f"{folder} cannot be made: {error.strerror}.") from error
    others = [name for name in names if not name.isdecimal() and not name.startswith("tmp-")]
    if others:
        raise CannotCreateError(
            f"{folder} exists already and holds {others[0]}; choose another --out."
        )
    return folder / str(max(numbers, default=0) + 1)


def _numbers(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]

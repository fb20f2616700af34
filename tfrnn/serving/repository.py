"""The models of a folder: the newest version of each, looked for again while the server runs.

exports/NAME/saved_model.pb    what export.py writes; it counts as version 1
exports/NAME/3/saved_model.pb  versions as TensorFlow Serving has them; the greatest is served
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tfrnn.errors import DataError, MissingInputError
from tfrnn.serving.model import Model
from tfrnn.serving.signatures import SAVED_MODEL

FLAT = 1  # the version of a model without a folder for each version
_UNFINISHED = ("tmp-", ".")  # how a folder begins that somebody is writing


class Status(NamedTuple):
    """What came of a version: its number, and what kept it from being loaded, or ""."""

    version: int
    problem: str


class _Found(NamedTuple):
    version: int
    folder: Path
    print: tuple  # of its files, to see a change


class Repository:
    """What is served, by name.

    A version is loaded beside the one before and takes its place in one assignment; requests that
    run keep the one they began with. A version that cannot be loaded leaves things as they were,
    and is tried again when its files change.

    Args:
        root: The folder of the models, or that of one model.
        load: (name, version, folder) -> the model.
        told: Called with a label and a line when something changes, in the thread that looks.
        settled: Called there after a look that has changed what is served.
    """

    def __init__(
        self,
        root: Path,
        load: Callable[[str, int, Path], Model],
        told: Callable[[str, str], None] = lambda label, line: None,
        settled: Callable[[], None] = lambda: None,
    ):
        self._root, self._load, self._told, self._settled = root, load, told, settled
        self._models: dict[str, Model] = {}
        self._seen: dict[str, tuple] = {}
        self._status: dict[str, Status] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def models(self) -> dict[str, Model]:
        """The models that are served, by name."""
        return self._models

    @property
    def status(self) -> dict[str, Status]:
        """What came of the newest version of each model, by name."""
        return self._status

    def open(self) -> None:
        """Loads what is there.

        Raises:
            MissingInputError: If there is nothing.
            DataError: If none of it can be loaded.
        """
        self.refresh()
        if not self._status:
            raise MissingInputError(
                f"{self._root} holds no exported model: python export.py RUN --out "
                f"{self._root / 'NAME'}"
            )
        if not self._models:
            raise DataError(next(iter(self._status.values())).problem)

    def watch(self, seconds: float) -> None:
        """Looks for new versions from now on, in a thread, until `close`."""

        def look():
            while not self._stop.wait(seconds):
                self.refresh()

        self._thread = threading.Thread(target=look, name="repository", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops looking."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def refresh(self) -> None:
        """Loads what is new or has changed, and lets go of what is gone."""
        try:
            found = _models(self._root)
        except OSError as error:  # a volume that is away for a moment takes no model with it
            self._told("warning", f"{self._root}: {error.strerror}")
            return
        before = self._models
        for name, newest in found.items():
            if self._seen.get(name) != newest:
                self._seen[name] = newest
                self._replace(name, newest)
        for name in set(self._seen) - set(found):
            del self._seen[name]
            self._models = {key: model for key, model in self._models.items() if key != name}
            self._status = {key: state for key, state in self._status.items() if key != name}
            self._told("gone", name)
        if self._models is not before:
            self._settled()

    def _replace(self, name: str, newest: _Found) -> None:
        try:
            model = self._load(name, newest.version, newest.folder)
        except Exception as error:  # a stranger's model may fail in any way; the others go on
            self._status = self._status | {name: Status(newest.version, str(error))}
            self._told("warning", str(error))
            return
        self._models = self._models | {name: model}
        self._status = self._status | {name: Status(newest.version, "")}
        self._told("model", f"{name}, version {model.version}: {', '.join(model.signatures)}")


def _models(root: Path) -> dict[str, _Found]:
    """Returns the newest version of each model below a folder."""
    if alone := _newest(root):
        return {root.resolve().name: alone}
    folders = [path for path in sorted(root.iterdir()) if not path.name.startswith(_UNFINISHED)]
    found = {path.name: _newest(path) for path in folders if path.is_dir()}
    return {name: newest for name, newest in found.items() if newest}


def _newest(folder: Path) -> _Found | None:
    versions = {int(path.name): path for path in folder.iterdir() if path.name.isdecimal()}
    versions = {FLAT: folder} | versions
    there = [number for number, path in versions.items() if (path / SAVED_MODEL).is_file()]
    if not there:
        return None
    path = versions[max(there)]
    return _Found(max(there), path, _print(path))


def _print(folder: Path) -> tuple:
    """Returns the sizes and times of a version's files, those of other versions left out."""
    files = [folder / SAVED_MODEL, *folder.glob("variables/*"), *folder.glob("assets/*")]
    stats = [(str(path), path.stat()) for path in sorted(files)]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)

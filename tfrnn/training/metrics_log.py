"""A run's metrics, one JSON object a line, the same whether the run was interrupted or not."""

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tfrnn.errors import DataError, StorageError

Value = float | str | tuple[int, ...]


class MetricsLog:
    """Appends records; each is in the hands of the kernel when `append` returns.

    Append the records of step k before saving step k: then what a resumed run finds, cut at the
    step of its checkpoint, is what the uninterrupted run had written by then. No clock times
    belong in it.

    Args:
        path: the file, made when it is missing.
        step: the step the run goes on from: later records, and a half-written last line, are cut.
            None for a run without a checkpoint: the log begins empty.

    Raises:
        DataError: a line up to `step` is not a record.
        StorageError: the file cannot be read or written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "metrics.jsonl")
    >>> with MetricsLog(path, step=None) as log:
    ...     log.append(100, {"loss": 2.5})
    ...     log.append(200, {"loss": math.nan})
    >>> print(path.read_text(), end="")
    {"step": 100, "loss": 2.5}
    {"step": 200, "loss": null}
    """

    def __init__(self, path: Path, step: int | None):
        self._path = path
        try:
            lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
            kept = [] if step is None else _upto(lines, step, path)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.ftruncate(self._descriptor, sum(map(len, kept)))
        except OSError as error:
            raise self._failure(error) from error
        self._last = _step(kept[-1]) if kept else 0

    def append(self, step: int, values: Mapping[str, Value]) -> None:
        """Adds one record; a number that is not finite is written as null, which JSON has.

        Raises:
            StorageError: the disk is full or failing.
            ValueError: `step` is less than the last record's.
        """
        if step < self._last:
            raise ValueError(f"append needs step >= {self._last}, got step={step}.")
        record = {"step": step} | {name: _plain(value) for name, value in values.items()}
        line = json.dumps(record).encode() + b"\n"
        try:
            if os.write(self._descriptor, line) < len(line):
                raise OSError("the line was cut")
        except OSError as error:
            raise self._failure(error) from error
        self._last = step

    def sync(self) -> None:
        """Makes the records last through a power cut; call it before a checkpoint is saved."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(f"{self._path} cannot be written: {error.strerror or error}.")


def _upto(lines: list[bytes], step: int, path: Path) -> list[bytes]:
    """The leading lines whose records are of `step` or before."""
    for number, line in enumerate(lines):
        try:
            if _step(line) > step:
                return lines[:number]
        except (ValueError, KeyError, TypeError):
            if number + 1 == len(lines):  # half written
                return lines[:number]
            raise DataError(
                f'{path}:{number + 1}: wanted a record such as {{"step": 100}}, got {line[:60]!r}.'
            ) from None
    return lines


def _step(line: bytes) -> int:
    if not line.endswith(b"\n"):
        raise ValueError("no end of line")
    return int(json.loads(line)["step"])


def _plain(value: Value) -> Value | None:
    if isinstance(value, str | int | tuple):
        return value
    return float(value) if math.isfinite(value) else None

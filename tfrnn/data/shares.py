"""Rows into training, validation and test by the shares of the options."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from tfrnn.data.checks import LEAST
from tfrnn.errors import DataError

T = TypeVar("T")


def ends(count: int, options) -> tuple[int, int]:
    """Returns where training and validation end; `options` has the shares test and valid."""
    test, valid = round(count * options.test), round(count * options.valid)
    return count - valid - test, count - test


def cut(rows: Sequence[T], options, *, seed: int) -> tuple[list[T], list[T], list[T]]:
    """Returns the rows of training, validation and test, drawn by the seed, in their order."""
    order = np.random.default_rng(seed).permutation(len(rows))
    train, valid, test = np.split(order, ends(len(rows), options))
    return tuple([rows[i] for i in sorted(part)] for part in (train, valid, test))


def check_sizes(parts: Sequence[Sequence], source: str, what: str) -> None:
    """Refuses parts that are too small; `what` names their rows, such as "clips".

    Raises:
        DataError: If a part has fewer than three rows.
    """
    for part, name in zip(parts, ("training", "validation", "test")):
        if len(part) < LEAST:
            raise DataError(f"{source}: {len(part)} {name} {what}, {LEAST} at least are needed.")

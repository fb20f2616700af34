"""Times that can be compared on a machine that does other things too."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Times(NamedTuple):
    """Seconds. first: Of the run that warms up and compiles. later: Of each run after it."""

    first: float
    later: list[float]


def interleaved(
    ways: Mapping[str, Callable[[], Any]],
    repeats: int,
    *,
    check: Callable[[str, Any], None],
) -> dict[str, Times]:
    """Runs each way once to warm up, then all of them in turn, `repeats` times.

    What slows the machine down for a while so slows all of them down, and their ratios stand.

    Args:
        ways: What to run, by name.
        repeats: How often.
        check: Called with the name and the result of each run, outside the measured time.

    Returns:
        How long each way took.

    >>> times = interleaved({"sum": lambda: sum(range(9))}, 2, check=lambda name, result: None)
    >>> len(times["sum"].later)
    2
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(1 + repeats):
        for name, way in ways.items():
            began = time.perf_counter()
            result = way()
            seconds[name].append(time.perf_counter() - began)
            check(name, result)
    return {name: Times(first, later) for name, (first, *later) in seconds.items()}

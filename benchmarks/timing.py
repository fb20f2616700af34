"""Times that can be compared on a machine that does other things too."""

import time
from collections.abc import Callable, Mapping
from typing import Any


def interleaved(
    ways: Mapping[str, Callable[[], Any]],
    repeats: int,
    *,
    check: Callable[[str, Any], None],
) -> dict[str, list[float]]:
    """Runs each way once to warm up, then all of them in turn, `repeats` times.

    What slows the machine down for a while so slows all of them down, and their ratios stand.

    Args:
        ways: What to run, by name.
        repeats: How often.
        check: Called with the name and the result of each run, outside the measured time.

    Returns:
        Seconds of each run of each way.

    >>> times = interleaved({"sum": lambda: sum(range(9))}, 2, check=lambda name, result: None)
    >>> len(times["sum"])
    2
    """
    for name, way in ways.items():
        check(name, way())
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.perf_counter()
            result = way()
            seconds[name].append(time.perf_counter() - began)
            check(name, result)
    return seconds

"""Times that can be compared on a machine that does other things too."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from benchmarks.sides import Turn
from tfrnn.cli import report


def interleaved(
    ways: Mapping[str, Callable[[], Turn]], rounds: int, *, label: str = "measure"
) -> dict[str, list[Turn]]:
    """Lets all ways have a turn, one after the other, `rounds` times.

    What slows the machine down for a while so slows all of them down, and their ratios stand.

    Args:
        ways: What has a turn, by name.
        rounds: How many turns each has.
        label: Of the line that shows how far it is.

    >>> turns = interleaved({"a": lambda: Turn(0.5, []), "b": lambda: Turn(2.0, [])}, 3)
    >>> speedup([turn.seconds for turn in turns["b"]], [turn.seconds for turn in turns["a"]])
    4.0
    """
    turns: dict[str, list[Turn]] = {name: [] for name in ways}
    with report.Progress(label, rounds * len(ways)) as bar:
        for done in range(rounds):
            for place, (name, way) in enumerate(ways.items()):
                turns[name].append(way())
                bar.update(done * len(ways) + place + 1, name)
    return turns


def speedup(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Returns how many times as fast ours is: the median of the ratios within each round."""
    return statistics.median(slow / fast for slow, fast in zip(theirs, ours, strict=True))


def spread(seconds: Sequence[float]) -> float:
    """Returns how far the middle half of the times is apart, as a share of the median.

    >>> spread([1.0, 1.0, 1.0])
    0.0
    """
    if len(seconds) < 2:
        return 0.0
    low, median, high = statistics.quantiles(seconds, n=4, method="inclusive")
    return (high - low) / median


def calls_of_a_turn(seconds: float, *, least: float = 0.2) -> int:
    """Returns how many calls make a turn long enough to be timed.

    >>> calls_of_a_turn(0.006), calls_of_a_turn(0.7)
    (33, 1)
    """
    return max(1, round(least / seconds))

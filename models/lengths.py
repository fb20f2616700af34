"""Batches of inputs about as long as each other, so that little of a batch is padding."""

from collections.abc import Iterator, Sequence, Sized


def about_as_long(inputs: Sequence[Sized], rows: int) -> Iterator[list[int]]:
    """Yields the places of the shortest first, `rows` at a time.

    >>> list(about_as_long(["four", "a", "six", "to"], rows=2))
    [[1, 3], [2, 0]]
    """
    order = sorted(range(len(inputs)), key=lambda place: len(inputs[place]))
    for first in range(0, len(order), rows):
        yield order[first : first + rows]

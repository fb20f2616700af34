"""Tunes to order: a header with what was asked for, the rest of the tune by the model.

A header is written field by field in the one order that the corpus has: X, T, R, M, L, K. What is
asked for is put in its place; the model writes the fields around it, each knowing those before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from models.writer import Draft
from tfrnn.decoding.choice import Choice

ORDER = "XTRMLK"
HEADER = 192  # characters that a header may have


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a tune should begin with; None leaves it to the model.

    title: "The Kid on the Mountain". rhythm: "jig". meter: "6/8", "C|". unit: "1/8".
    key: "D", "Em", "Ador".
    """

    title: str | None = None
    rhythm: str | None = None
    meter: str | None = None
    unit: str | None = None
    key: str | None = None

    def fields(self) -> dict[str, str]:
        """Returns what is asked for by ABC field, in the order of a header."""
        values = zip("TRMLK", (self.title, self.rhythm, self.meter, self.unit, self.key))
        return {letter: value for letter, value in values if value is not None}


class Writes(Protocol):
    """What writes drafts: `models.writer.Writer`, `models.served.ServedWriter`."""

    def write(
        self,
        primes: Sequence[str],
        seeds: Sequence[int],
        *,
        limit: int,
        choice: Choice = Choice(),
    ) -> list[Draft]:
        """Writes one document for each prime."""


class Composer:
    """Composes tunes in ABC notation.

    Args:
        writer: Of a model that learnt tunes.
    """

    def __init__(self, writer: Writes):
        self.writer = writer

    def compose(
        self,
        *,
        count: int = 1,
        seed: int = 0,
        wish: Wish = Wish(),
        limit: int = 600,
        choice: Choice = Choice(),
    ) -> list[Draft]:
        """Composes `count` tunes; number i is what `seed + i` alone gives.

        Args:
            count: How many.
            seed: Of the first; the next has the next.
            wish: What they should begin with.
            limit: Most characters of a tune.
            choice: How boldly the characters are drawn.

        Raises:
            UsageError: If the model cannot begin a tune as asked.
        """
        seeds = [seed + i for i in range(count)]
        primes = ["X:1\n"] * count
        for letter, value in wish.fields().items():
            if letter != "T":  # nothing comes between X and T
                drafts = self.writer.write(primes, seeds, limit=HEADER, choice=choice)
                primes = [_before(letter, draft.text) for draft in drafts]
            primes = [f"{prime}{letter}:{value}\n" for prime in primes]
        return self.writer.write(primes, seeds, limit=limit, choice=choice)


def _before(letter: str, text: str) -> str:
    r"""Returns the header of `text` up to where a field belongs.

    >>> _before("M", "X:1\nT:Jig\nM:4/4\nL:1/8\nK:D\nABc")
    'X:1\nT:Jig\n'
    """
    earlier = ORDER[: ORDER.index(letter)]
    lines = takewhile(lambda line: line[1:2] == ":" and line[0] in earlier, text.splitlines())
    return "".join(f"{line}\n" for line in lines)

"""The tables of the grammar: every state that can be reached, every move, every distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tfrnn.music.header import METERS, START, UNITS, Move, State, in_header
from tfrnn.music.meter import parse_meter
from tfrnn.music.sections import NEVER, Event
from tfrnn.music.syntax import TICKS, moves

LONGEST_BAR = max(
    int(parse_meter(meter).length * TICKS / Fraction(unit)) for meter in METERS for unit in UNITS
)

NAMED: tuple[State, ...] = (
    ("bar",),
    ("soft bar",),
    ("fresh bar",),
    ("colon",),
    ("bracket",),
    *(("line", place) for place in ("drawn", "blank", "new", "ending")),
    ("letter", True, "first"),
)
"""States that the grammar looks up by name: they have a row in any vocabulary."""


@dataclass(frozen=True)
class Tables:
    """The syntax as arrays; the rows are states, the columns the ids of the vocabulary.

    index: the row of each state.
    after: (states, vocab) the row that an id leads to, -1 where it may not stand.
    ticks, event: (states, vocab) what else the move does, as in `syntax.Move`.
    to_bar, to_colon: (states, ticks + 1) the fewest ids that end what is open and take exactly so
        many ticks, up to where a `|`, or a `:`, may stand.
    header: (states,) the fewest ids to the first bar; 0 there and after.
    bars: (meters, units) the ticks of a bar.
    """

    index: dict[State, int]
    after: np.ndarray
    ticks: np.ndarray
    event: np.ndarray
    to_bar: np.ndarray
    to_colon: np.ndarray
    header: np.ndarray
    bars: np.ndarray


def build(characters: Sequence[str]) -> Tables:
    """Returns the tables for a vocabulary; ids whose character is "" may never stand.

    Raises:
        ValueError: If no tune can be written in these characters.
    """
    graph = _explore(characters)
    index = {state: i for i, state in enumerate(graph)}
    after = np.full((len(graph), len(characters)), -1, np.int32)
    ticks, event = np.zeros_like(after), np.zeros_like(after)
    ids = {character: i for i, character in enumerate(characters) if character}
    for state, found in graph.items():
        row = index[state]
        for character, move in found.items():
            column = ids[character]
            after[row, column] = index[move.state]
            ticks[row, column], event[row, column] = move.ticks, move.event
    bars = [[parse_meter(m).length * TICKS / Fraction(u) for u in UNITS] for m in METERS]
    # No way to the end needs an octave mark, which an open tie may forbid, or a tie.
    plain = np.where(np.isin(characters, [",", "'", "-"]), -1, after)
    tables = Tables(
        index,
        after,
        ticks,
        event,
        *(_fill(index, plain, ticks, event, line=ids.get(line, 0)) for line in "|:"),
        _header(index, after),
        np.array(bars, np.int32),
    )
    if (
        tables.header[index[START]] >= NEVER
        or (tables.to_bar[index["line", "drawn"]] >= NEVER).all()
    ):
        raise ValueError("No tune can be written in these characters: X:1, M:, L:, K:, a note, |.")
    return tables


def _explore(characters: Sequence[str]) -> dict[State, dict[str, Move]]:
    """Returns the moves of every state that can be reached, and of those of `NAMED`."""
    known = [character for character in characters if character]
    graph: dict[State, dict[str, Move]] = {}
    waiting: list[State] = [START, *NAMED]
    while waiting:
        state = waiting.pop()
        if state not in graph:
            graph[state] = moves(state, known)
            waiting += [move.state for move in graph[state].values()]
    return graph


def _fill(
    index: dict[State, int],
    after: np.ndarray,
    ticks: np.ndarray,
    event: np.ndarray,
    *,
    line: int,
) -> np.ndarray:
    """Returns the distances of `Tables.to_bar` by relaxation from where the line may stand."""
    size = LONGEST_BAR + 1
    best = np.full((len(index), size), NEVER, np.int32)
    closable = np.flatnonzero(np.isin(after[:, line], [index["bar",], index["colon",]]))
    best[closable, ticks[closable, line]] = 0
    music = (after >= 0) & (event == Event.NONE)
    header = [row for state, row in index.items() if in_header(state)]
    music[header] = False
    music &= ~np.isin(after, [index["bar",], index["colon",], index["fresh bar",]])
    rows, columns = np.nonzero(music)
    # Moves that differ only in their letter count once.
    edges = np.unique(np.stack([rows, after[rows, columns], ticks[rows, columns]], 1), axis=0)
    source, target, taken = edges.T
    left = np.arange(size) - taken[:, None]
    while True:
        reached = np.where(left >= 0, best[target[:, None], np.maximum(left, 0)] + 1, NEVER)
        better = best.copy()
        np.minimum.at(better, source, np.minimum(reached, NEVER))
        if (better == best).all():
            return best
        best = better


def _header(index: dict[State, int], after: np.ndarray) -> np.ndarray:
    """Returns the distances of `Tables.header`."""
    distance = np.full(len(index), NEVER, np.int32)
    distance[[row for state, row in index.items() if not in_header(state)]] = 0
    while True:
        reached = np.where(after >= 0, distance[after] + 1, NEVER).min(1)
        better = np.minimum(distance, reached)
        if (better == distance).all():
            return distance
        distance = better

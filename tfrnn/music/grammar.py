"""An automaton that lets a character sampler write nothing but valid tunes in ABC notation.

What a tune looks like is in `syntax` (which character may follow which) and `sections` (repeats,
endings, pick-ups); `docs/decisions/0004-grammar-automaton.md` tells why. Here both run as gathers
from constant tables, inside a graph and under XLA. That a tune can always be ended in time, and
that a bar can always be filled, rests on one function, the distance to the end: an id is allowed
only if the state after it has one, within what remains.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.music import sections, tables
from tfrnn.music.header import START, TEXT_LIMIT, State
from tfrnn.music.sections import NEVER, Event, Part

_LETTERS = "CDEFGABcdefgab"


class AbcState(NamedTuple):
    """Where a batch of tunes stands; each (batch,) int32.

    symbol: row of the tables: what was just written.
    left: ticks that are left of the bar; in the header, characters left for title and rhythm.
    pickup: ticks of the pick-up with which the section began, 0 if it began with a full bar.
    bar: ticks of a full bar; in the header, the number of the meter.
    part: a `sections.Part`.
    note: the last note, 1 + its letter (+ 14 with an octave mark); below 0 while it is tied.
    """

    symbol: tf.Tensor
    left: tf.Tensor
    pickup: tf.Tensor
    bar: tf.Tensor
    part: tf.Tensor
    note: tf.Tensor


class AbcGrammar:
    r"""The grammar of composed tunes over a vocabulary of characters.

    A tune is the header `X:1`, optionally `T:` and `R:`, then `M:`, `L:` and `K:`, a line each,
    and bars that add up to the meter, as the validator `tfrnn.music.abc.validate` and
    `abc2midi -c` want them. The end id may follow a bar line.

    Args:
        characters: The character of each id; "" for ids that are none.
        end: The id that ends a tune; its character is not looked at.

    Raises:
        ValueError: If `end` is not an id, or no tune can be written in these characters.

    >>> characters = ["", *"\n |/:12468ABCDEFGKLMX]"]
    >>> grammar = AbcGrammar(characters, end=0)
    >>> state = grammar.start(1)
    >>> for character in "X:1\nM:2/4\nL:1/8\nK:D\nA2":
    ...     state = grammar.advance(state, tf.constant([characters.index(character)]))
    >>> [characters[i] for i in np.flatnonzero(grammar.allowed(state, tf.constant([100]))[0])]
    ['\n', ' ', '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G']
    >>> [characters[i] for i in np.flatnonzero(grammar.allowed(state, tf.constant([4]))[0])]
    ['|', 'A', 'B', 'C', 'D', 'E', 'F', 'G']
    """

    def __init__(self, characters: Sequence[str], *, end: int):
        if not 0 <= end < len(characters):
            raise ValueError(f"end must be an id in [0, {len(characters)}), got {end}.")
        self.end = end
        characters = [*characters[:end], "", *characters[end + 1 :]]
        self._build(tables.build(characters))
        letter = [_LETTERS.find(character) + 1 if character else 0 for character in characters]
        self._letter = np.array(letter, np.int32)
        self._mark = np.isin(characters, ["'", ","])
        self._tie = np.isin(characters, ["-"])
        self._kept_tie = np.isin(characters, [" ", "\n", "|"])
        self._kept_turn = np.isin(characters, [" ", "\n", "[", "2"])

    def _build(self, found: tables.Tables) -> None:
        rows, vocab = found.after.shape
        self._vocab = vocab
        self._start, self._refused, self._ended = found.index[START], rows, rows + 1
        closed = np.full((2, vocab), -1, np.int32)
        self._after = np.concatenate([found.after, closed]).ravel()
        self._ticks = np.concatenate([found.ticks, 0 * closed]).ravel()
        self._event = np.concatenate([found.event, 0 * closed]).ravel()
        self._next_part = sections.next_parts().ravel()
        self._may_end, self._closings = sections.may_end(), sections.closings()
        self._places = sections.places()
        self._columns = found.to_bar.shape[1]
        never = np.full((2, self._columns), NEVER, np.int32)
        self._to_bar, self._to_colon = (
            np.concatenate([table, never]).ravel() for table in (found.to_bar, found.to_colon)
        )
        self._bars, self._units = found.bars.ravel(), found.bars.shape[1]
        self._line = found.index["line", "drawn"]
        lines = (("bar",), ("soft bar",), ("fresh bar",))
        self._bar, self._soft_bar, self._fresh_bar = (found.index[line] for line in lines)
        longest = found.to_bar[self._line, found.bars].max() + 2
        self._header = np.concatenate(
            [np.where(found.header > 0, found.header + longest, 0), [0] * 2]
        )
        self._header = self._header.astype(np.int32)
        self._finish_lines(found.index, rows)
        # The letter that a tie leads to may stand at the start of a line, where less may follow it.
        self._first_letter = found.index["letter", True, "first"]
        is_letter = [state[0] == "letter" for state in found.index]
        self._is_letter = np.array([*is_letter, False, False])

    def _finish_lines(self, index: dict[State, int], rows: int) -> None:
        """Tables of how an open bar line is ended: by which event, with how many more ids."""
        self._line_event, self._line_ids = np.zeros((2, rows + 2), np.int32)
        self._turn_ids = np.full(rows + 2, NEVER, np.int32)
        self._is_drawn = np.zeros(rows + 2, bool)
        for name, event, ids in (
            (("bar",), Event.SINGLE, 0),
            (("soft bar",), Event.DOUBLE, 1),
            (("fresh bar",), Event.START, 1),
            (("colon",), Event.END, 1),
        ):
            self._line_event[index[name]], self._line_ids[index[name]] = event, ids
        for name, ids in (("drawn", 1), ("blank", 2), ("new", 2)):
            self._turn_ids[index["line", name]] = ids
            self._is_drawn[index["line", name]] = True
        self._turn_ids[index["bracket",]] = 1

    def start(self, batch: int) -> AbcState:
        """Returns the state of `batch` tunes of which nothing is written."""
        zeros = tf.zeros([batch], tf.int32)
        return AbcState(zeros + self._start, zeros + TEXT_LIMIT, zeros, zeros, zeros, zeros)

    def allowed(self, state: AbcState, remaining: tf.Tensor) -> tf.Tensor:
        """Returns which ids may come next.

        Args:
            state: Of `start` or `advance`.
            remaining: (batch,) int32, how many more ids may come, this one included.

        Returns:
            (batch, vocab) bool. At least one is True if what remains is enough to end the tune:
            25 ids at its start with all characters in the vocabulary, about 30 inside it.
        """
        ids = tf.range(self._vocab)[None]
        legal, after = self._move(AbcState(*(field[:, None] for field in state)), ids)
        in_time = self._distance(after) < tf.minimum(remaining, NEVER)[:, None]
        ending = (ids == self.end) & self.complete(state)[:, None] & (remaining > 0)[:, None]
        return (legal & in_time) | ending

    def advance(self, state: AbcState, ids: tf.Tensor) -> AbcState:
        """Returns the state after one more id of each tune.

        An id that may not stand there leads to a state in which nothing is allowed; after the end
        id, only the end id is.

        Args:
            state: Of `start` or `advance`.
            ids: (batch,) int32.
        """
        legal, after = self._move(state, ids)
        ended = (ids == self.end) & self.complete(state)
        lost = tf.where(ended, self._ended, self._refused)
        legal &= self._distance(after) < NEVER
        return after._replace(symbol=tf.where(legal, after.symbol, lost))

    def complete(self, state: AbcState) -> tf.Tensor:
        """Returns (batch,) bool: whether the tune may end here, or has ended."""
        drawn = tf.gather(self._is_drawn, state.symbol)
        single = state.symbol == self._bar
        _, after = self._turn(state, tf.where(single, int(Event.SINGLE), int(Event.NONE)))
        may = (drawn | single) & tf.gather(self._may_end, after.part) & (state.note >= 0)
        return may | (state.symbol == self._ended)

    def refused(self, state: AbcState) -> tf.Tensor:
        """Returns (batch,) bool: whether an id came that may not stand where it came."""
        return state.symbol == self._refused

    def _move(self, state: AbcState, ids: tf.Tensor) -> tuple[tf.Tensor, AbcState]:
        """Returns whether ids fit the syntax, the section and an open tie, and the state after."""
        cell = state.symbol * self._vocab + ids
        symbol, event = tf.gather(self._after, cell), tf.gather(self._event, cell)
        ticks = tf.gather(self._ticks, cell)
        header, text = event >= Event.TEXT, event == Event.TEXT
        left = tf.where(header, state.left, state.left - ticks)
        moved = state._replace(left=left, note=tf.broadcast_to(state.note, tf.shape(left)))
        legal, after = self._turn(moved, event)
        unit = self._units * state.bar + ticks
        bar = tf.gather(self._bars, tf.where(event == Event.UNIT, unit, 0))
        bar = tf.where(event == Event.UNIT, bar, state.bar)
        after = after._replace(
            bar=tf.where(event == Event.METER, ticks, bar),
            left=tf.where(event == Event.UNIT, bar, tf.where(text, TEXT_LIMIT, after.left)),
        )
        full = (left == 0) | (state.part <= Part.OPEN_REPEAT)
        soft = (symbol == self._bar) & ~full
        closing = soft | (symbol == self._fresh_bar) | (event > Event.SINGLE)
        fits, note = self._tied(state, ids, closing)
        turning = (state.part == Part.TURN) & ~tf.gather(self._kept_turn, ids)
        legal &= (symbol >= 0) & (left >= 0) & fits & ~turning
        symbol = tf.where(soft, self._soft_bar, tf.maximum(symbol, 0))
        return legal, after._replace(symbol=symbol, note=note)

    def _turn(self, state: AbcState, event: tf.Tensor) -> tuple[tf.Tensor, AbcState]:
        """Returns whether an event may be where the bar and the section are, and what follows."""
        left, pickup, bar = state.left, state.pickup, state.bar
        opening = state.part <= Part.OPEN_REPEAT
        filled, ending, fresh = left == 0, left == pickup, left == bar
        part = tf.gather(self._next_part, event * len(Part) + state.part)
        end, before_pickup, start, anywhere = (tf.gather(row, event) for row in self._places)
        legal = (end & filled) | (before_pickup & ending) | (start & fresh) | anywhere
        # Only the first bar may be short: a pick-up, also before |:, which may also open the tune.
        single, repeat = event == Event.SINGLE, event == Event.START
        legal = tf.where(opening, (single & ~fresh) | repeat | anywhere, legal)
        short = opening & single & ~filled
        boundary = (event >= Event.DOUBLE) & (event <= Event.BOTH)
        carried = boundary & ending & (pickup > 0)
        renewed = (event >= Event.SINGLE) & (event <= Event.SECOND) & ~carried
        part += tf.cast(opening & single & filled, tf.int32)
        part = tf.where(opening & repeat & ~fresh & (part >= 0), int(Part.REPEAT), part)
        loose = (event == Event.DOUBLE) & ~ending & (part == Part.NEXT)
        part = tf.where(loose, int(Part.PLAIN), part)
        after = state._replace(
            left=tf.where(renewed, bar, left),
            pickup=tf.where(short, bar - left, tf.where(boundary & ~ending, 0, pickup)),
            part=tf.maximum(part, 0),
        )
        return legal & (part >= 0), after

    def _tied(
        self, state: AbcState, ids: tf.Tensor, closing: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns whether ids lead from an open tie to its note, and the last note after them.

        The tie stays open while the note's letter may still get an octave mark, which it must have
        if, and only if, the first note has it.
        """
        letter, mark = tf.gather(self._letter, ids), tf.gather(self._mark, ids)
        tied, name = state.note < 0, tf.abs(state.note)
        marked = name > len(_LETTERS)
        written = tf.gather(self._is_letter, state.symbol)
        same = letter == name - tf.where(marked, len(_LETTERS), 0)
        kept = tf.gather(self._kept_tie, ids) & ~closing
        fits = tf.where(written, mark == marked, ((letter > 0) & same) | kept)
        note = tf.where(letter > 0, letter, name)
        note = tf.where(mark & ~tied, name + len(_LETTERS), note)
        note = tf.where(tied & ~written, state.note, note)
        note = tf.where(tf.gather(self._tie, ids), -name, note)
        return ~tied | fits, tf.where(tf.gather(self._header, state.symbol) > 0, 0, note)

    def _distance(self, state: AbcState) -> tf.Tensor:
        """Returns the fewest ids to the end of the tune, the end id included; NEVER if none lead.

        What stands open is ended first: a bar line; an ending 1, by its ending 2; a tie, after a
        bar line if the bar is full, by its note. Then `sections.closings` counts.
        """
        symbol = state.symbol
        tied = (state.note < 0) & ~tf.gather(self._is_letter, symbol)
        owed = (state.note < -len(_LETTERS)) & (tied | tf.gather(self._is_letter, symbol))
        line, ids = tf.gather(self._line_event, symbol), tf.gather(self._line_ids, symbol)
        turning, crossing = state.part == Part.TURN, tied & (state.left == 0) & (line == 0)
        event = tf.where(turning, int(Event.SECOND), tf.where(crossing, int(Event.SINGLE), line))
        ids = tf.where(turning, tf.gather(self._turn_ids, symbol), tf.where(crossing, 1, ids))
        legal, after = self._turn(state, event)
        drawn = tf.where(event > 0, ~turning & ~crossing, tf.gather(self._is_drawn, symbol))
        ends = drawn & ~tied & tf.gather(self._may_end, after.part)
        row = tf.where(tied, self._first_letter, tf.where(event > 0, self._line, symbol))
        ids += tf.cast(tied, tf.int32) + tf.cast(owed, tf.int32)
        to_close = tf.where(ends, 1, self._to_close(after, row))
        distance = tf.where(legal, tf.minimum(ids + to_close, NEVER), NEVER)
        header = tf.gather(self._header, symbol)
        return tf.where(header > 0, header, distance)

    def _to_close(self, state: AbcState, row: tf.Tensor) -> tf.Tensor:
        """Returns the fewest ids to the end from inside a bar; see `sections.closings`."""

        def fill(table, row, ticks):
            cell = row * self._columns + tf.clip_by_value(ticks, 0, self._columns - 1)
            return tf.where(ticks < 0, NEVER, tf.gather(table, cell))

        to_pickup, to_end, rests, bars = (tf.gather(line, state.part) for line in self._closings)
        full = fill(self._to_bar, self._line, state.bar)
        rest = fill(self._to_colon, self._line, state.bar - state.pickup)
        early = fill(self._to_colon, row, state.left - state.pickup)
        end = to_end + rests * rest + fill(self._to_bar, row, state.left)
        found = tf.minimum(to_pickup + early, end) + bars * full
        return tf.where(state.part == Part.TURN, 3 + full, found)

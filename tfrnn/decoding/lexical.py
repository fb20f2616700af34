"""Lexical constraints: what a result must begin with, which words it must hold and must not hold.

Words are strings to whoever asks and pieces to a model. A word that must occur is looked for as the
pieces that it is usually cut into; one that must not is barred however it is cut, by an automaton
over the characters of the pieces.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from tfrnn.errors import UsageError

SPACE = "▁"  # what a piece that begins a word begins with
BARRED = -1


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What the results of a request must read like.

    prefix: how each begins. including: words, or several with spaces between, that each holds.
    excluding: those that none holds. copy_unknown: whether a word that the model cannot spell may
    stand in a result, as the word of the source that the model looked at.
    """

    prefix: str = ""
    including: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()
    copy_unknown: bool = False


class Lexical(NamedTuple):
    """A `Wording` in the ids of a model.

    prefix: The first ids. musts: The ids of each word that must occur. inner: (vocab,) bool, ids
    that go on with the word before them. nexts: (nevers, states, vocab) int32, the automata of the
    words that must not occur: the state after an id, or BARRED. full: (nevers,) int32, the state
    of each in which its word is there, unless an inner id follows.
    """

    prefix: tuple[int, ...]
    musts: tuple[tuple[int, ...], ...]
    inner: np.ndarray
    nexts: np.ndarray
    full: np.ndarray


# Of results that may read as they like.
FREE = Lexical((), (), np.zeros([0], bool), np.zeros([0, 1, 1], np.int32), np.zeros([0], np.int32))
FIRST_STATE = 1  # of an automaton: a word may begin


def lexical(
    wording: Wording,
    names: Sequence[str],
    spell: Callable[[str], Sequence[int]],
    *,
    unknown: int,
    reserved: int,
) -> Lexical:
    """Returns a wording in ids.

    Args:
        wording: What is wished for.
        names: The piece of each id.
        spell: Cuts a text into ids.
        unknown: The id of what has no piece.
        reserved: So many ids, the first, are no part of a word.

    Raises:
        UsageError: If a text is empty, cannot be spelt, or must and must not occur.
    """
    if not (wording.prefix or wording.including or wording.excluding):
        return FREE
    for flag, texts in (("--with", wording.including), ("--without", wording.excluding)):
        if not all(text.strip() for text in texts):
            raise UsageError(f"{flag} needs a word, got an empty one.")
    both = set(wording.including) & set(wording.excluding)
    if both:
        raise UsageError(f"{min(both)!r} is asked for by --with and refused by --without.")

    def ids(flag, text):
        found = tuple(int(i) for i in spell(text))
        if unknown in found:
            raise UsageError(f"{flag} {text!r} cannot be met: the model cannot write it.")
        return found

    prefix = ids("--prefix", wording.prefix) if wording.prefix.strip() else ()
    musts = tuple(ids("--with", text) for text in wording.including)
    tables = [automaton(text, names, reserved=reserved) for text in wording.excluding]
    states = max((len(table) for table in tables), default=0)
    nexts = np.full([len(tables), states, len(names)], BARRED, np.int32)
    for n, table in enumerate(tables):
        nexts[n, : len(table)] = table
    inner = np.array([n >= reserved and _word_like(name[:1]) for n, name in enumerate(names)])
    return Lexical(prefix, musts, inner, nexts, np.array([len(t) - 1 for t in tables], np.int32))


def automaton(text: str, names: Sequence[str], *, reserved: int) -> np.ndarray:
    """Returns the automaton that bars whole words, however they are cut.

    State s: the last characters are the first s of ▁text, where a sign counts as a ▁ before it.

    Args:
        text: A word, or several with spaces between.
        names: The piece of each id.
        reserved: So many ids, the first, hold no character.

    Returns:
        (states, ids) int32, the state after an id; BARRED where the text would stand there. It
        stands there when what follows it is no character of a word, or the end.
    """
    pattern = SPACE + SPACE.join(text.split())
    last = len(pattern)

    def fits(place, character):
        return character == pattern[place] or (place == 0 and not _word_like(character))

    @cache
    def after(state, character):
        """The longest beginning of the pattern that ends here (Knuth, Morris and Pratt 1977)."""
        seen = pattern[:state] + character
        for length in range(min(len(seen), last), 0, -1):
            if all(map(fits, range(length), seen[-length:])):
                return length
        return 0

    def read(state, i):
        if i < reserved:
            return BARRED if state == last else state
        for character in names[i]:
            if state == last and not _word_like(character):
                return BARRED
            state = after(state, character)
        return state

    return np.array([[read(s, i) for i in range(len(names))] for s in range(last + 1)], np.int32)


def _word_like(character):
    return character.isalnum()

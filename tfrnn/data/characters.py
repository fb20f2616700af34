"""Character data sets: a corpus of tunes or a text, split, encoded and cut into batches."""

from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tfrnn.data import sources, text, transpose, tunes
from tfrnn.data.batch import Splits
from tfrnn.data.checks import check_least, check_shares
from tfrnn.data.options import TextOptions, TunesOptions
from tfrnn.data.vocabulary import VOCABULARY, Vocabulary
from tfrnn.errors import DataError, UsageError

# Held-out plain text is scored in pieces of this length, each from a fresh state.
PIECE = 4096


class CharacterData(NamedTuple):
    """Documents by split, and the vocabulary of them all.

    train, valid, test: texts. summary: what was found, for a person.
    """

    train: list[str]
    valid: list[str]
    test: list[str]
    vocabulary: Vocabulary
    summary: str

    def encode(self, documents: list[str]) -> list[np.ndarray]:
        """Returns the ids of each document."""
        return [self.vocabulary.encode(document) for document in documents]

    def splits(self, options: TextOptions | TunesOptions, *, seed: int) -> Splits:
        """Returns endless training windows and whole held-out documents as batches."""
        vocab = len(self.vocabulary)
        stream = text.join(self.encode(self.train))
        size = {"batch_size": options.batch_size, "steps": options.window}
        return Splits(
            train=text.windows(stream, vocab=vocab, seed=seed, **size),
            valid=text.whole(self.encode(self.valid), vocab=vocab),
            test=text.whole(self.encode(self.test), vocab=vocab),
            sizes={"vocab": vocab},
        )

    def documents(self) -> Iterator[str]:
        """Yields what all splits hold: other data, other documents."""
        yield from (*self.train, *self.valid, *self.test)

    def save(self, folder: Path) -> None:
        """Writes what using the model takes: vocabulary.txt."""
        self.vocabulary.save(folder / VOCABULARY)

    def adopt(self, folder: Path) -> "CharacterData":
        """Returns the data with the characters of the run in `folder`.

        Raises:
            DataError: If the data has a character that the run has not.
        """
        vocabulary = Vocabulary.load(folder / VOCABULARY)
        if unknown := vocabulary.unknown("".join(self.vocabulary.characters)):
            raise DataError(
                f"the data has the character {unknown[1]!r}, which {folder} never saw: a model "
                "cannot learn characters later. Train without --init."
            )
        return self._replace(vocabulary=vocabulary)


def read_tunes(
    options: TunesOptions, *, seed: int, are_legal: Callable[[Sequence[str]], list[bool]]
) -> CharacterData:
    """Reads a corpus of ABC tunes and deals whole tunes out to the splits.

    Args:
        options: Where from, which, in what form.
        seed: Of the split and of the other keys.
        are_legal: Texts of tunes -> which of them the rules of composing accept.

    Raises:
        MissingInputError: If there is no such source.
        DataError: If it holds no tune, or fewer than three that are kept.
        UsageError: If an option is out of range.
    """
    _check(options)
    check_least(options, other_keys=0)
    form = {"canonical": tunes.canonical, "as-is": tunes.as_is}[options.header]
    corpus = tunes.read_tunes(sources.read(options.source), form=form)
    kept, left_out = corpus.tunes, ""
    if options.only_legal:
        legal = are_legal([tune.text for tune in corpus.tunes])
        kept = list(compress(corpus.tunes, legal))
        left_out = f", {len(corpus.tunes) - len(kept):,} not legal"
        if len(kept) < 3:
            raise DataError(
                f"{corpus.summary()}{left_out}: --data.only-legal leaves {len(kept)}, at least 3 "
                "tunes are needed."
            )
    parts = tunes.split(kept, test=options.test, valid=options.valid, seed=seed)
    train, valid, test = ([tune.text for tune in part] for part in parts)
    copies = [
        copy
        for tune in train
        for copy in transpose.in_other_keys(tune, options.other_keys, seed=seed)
    ]
    in_other_keys = f" and {len(copies):,} copies in other keys" if copies else ""
    summary = (
        f"{corpus.summary()}{left_out}; {len(train):,} train{in_other_keys} / "
        f"{len(valid):,} validation / {len(test):,} test (seed {seed})"
    )
    vocabulary = Vocabulary.of([*train, *copies, *valid, *test])
    return CharacterData([*train, *copies], valid, test, vocabulary, summary)


def read_text(options: TextOptions, *, seed: int) -> CharacterData:
    """Reads plain text; its end is the test part, its start the validation part.

    The parts are contiguous, as is the custom for such corpora, so `seed` chooses nothing here.
    Each held-out part borders on the training part: what a chapter or a play begins, another part
    may end, and a model that never read the text next to the test part is scored on strangers.

    Raises:
        MissingInputError: If there is no such source.
        DataError: If the text is too short for its parts.
        UsageError: If no source is given or an option is out of range.
    """
    del seed
    if not options.source:
        raise UsageError(
            "no data given. Pass --data.source FILE_OR_FOLDER, or tfds:tiny_shakespeare."
        )
    _check(options)
    documents = sources.read(options.source)
    whole = "\n".join(document.text for document in documents)
    valid_end = round(len(whole) * options.valid)
    train_end = round(len(whole) * (1 - options.test))
    parts = whole[valid_end:train_end], whole[:valid_end], whole[train_end:]
    least = options.window + 2
    if len(parts[0]) < least or not parts[1] or not parts[2]:
        raise DataError(
            f"{options.source}: {len(whole):,} characters leave {len(parts[0]):,} for training; "
            f"a window of {options.window:,} needs {least:,}: give more text or a smaller "
            "--data.window."
        )
    vocabulary = Vocabulary.of([whole])
    summary = (
        f"{options.source}: {len(whole):,} characters, {len(vocabulary) - 1} distinct; "
        f"{len(parts[0]):,} train / {len(parts[1]):,} validation / {len(parts[2]):,} test"
    )
    valid, test = ([part[i : i + PIECE] for i in range(0, len(part), PIECE)] for part in parts[1:])
    return CharacterData([parts[0]], valid, test, vocabulary, summary)


def _check(options):
    check_least(options, window=1, batch_size=1)
    check_shares(options)

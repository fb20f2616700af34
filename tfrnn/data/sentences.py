"""Sentences for a model: what they mean, which words it knows, and the files that say so."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from tfrnn.data import lexicon
from tfrnn.data.batch import Splits
from tfrnn.data.checks import check_least
from tfrnn.data.examples import Example, TaggedSentence
from tfrnn.data.labelled import read_labelled
from tfrnn.data.lexicon import LABELS, TAGS, WORDS
from tfrnn.data.options import LabelledOptions, SentenceOptions, TaggedOptions
from tfrnn.data.passes import endless, in_order
from tfrnn.data.sentence_batches import encode, take
from tfrnn.data.tagged import read_tagged
from tfrnn.data.tokens import SentenceEncoder, known_as, ragged, split
from tfrnn.errors import DataError


class SentenceData(NamedTuple):
    """Sentences by split, and the names of what a model tells them by.

    train, valid, test: Of labelled texts or of tagged sentences.
    words: The lexicon, the word of id n at place n.
    labels, tags: Of each id; () where the task has none of them.
    outside: The label of texts out of scope, "" where there is none. It is the last of `labels`
        where training has such texts; else those that are held out count nothing.
    summary: What was found, for a person.
    """

    train: list[Example] | list[TaggedSentence]
    valid: list[Example] | list[TaggedSentence]
    test: list[Example] | list[TaggedSentence]
    words: tuple[str, ...]
    labels: tuple[str, ...]
    tags: tuple[str, ...]
    outside: str
    summary: str

    def splits(self, options: SentenceOptions, *, seed: int) -> Splits:
        """Returns endless shuffled training batches and the held-out sentences in order."""
        encoder = encoder_of(self.words, options)
        train, valid, test = (
            encode(encoder, tokens(part, options), self._labels_of(part), self._tags_of(part))
            for part in (self.train, self.valid, self.test)
        )
        sizes = {"words": len(self.words), "labels": len(self.labels), "tags": len(self.tags)}
        return Splits(
            train=endless(
                train.times, partial(take, train), batch_size=options.batch_size, seed=seed
            ),
            valid=in_order(valid.times, partial(take, valid)),
            test=in_order(test.times, partial(take, test)),
            sizes={name: size for name, size in sizes.items() if size},
            epoch=-(-len(self.train) // options.batch_size),
        )

    def documents(self) -> Iterator[str]:
        """Yields what all splits hold, with what it means: other data, other documents."""
        for sentence in (*self.train, *self.valid, *self.test):
            yield "\n".join(
                " ".join([part] if isinstance(part, str) else part) for part in sentence
            )

    def save(self, folder: Path) -> None:
        """Writes what using the model takes: words.txt, labels.txt, tags.txt."""
        lexicon.save_lines(folder / WORDS, self.words)
        for name, lines in ((LABELS, self.labels), (TAGS, self.tags)):
            if lines:
                lexicon.save_lines(folder / name, lines)

    def adopt(self, folder: Path) -> "SentenceData":
        """Returns the data with the words, labels and tags of the run in `folder`.

        Raises:
            DataError: If the run has not each label and tag of the data.
        """
        found = {
            name: lexicon.load_lines(folder / file)
            for name, file in (("labels", LABELS), ("tags", TAGS))
            if getattr(self, name)
        }
        for name, lines in found.items():
            if missing := [line for line in getattr(self, name) if line not in lines]:
                raise DataError(
                    f"{folder} does not know the {name[:-1]} {missing[0]!r} of the data: a model "
                    f"cannot learn further {name} later. Train without --init."
                )
        return self._replace(words=lexicon.load_lines(folder / WORDS), **found)

    def _labels_of(self, part) -> list[int] | None:
        """The label of each sentence, -1 where it is none of the model's."""
        ids = {label: i for i, label in enumerate(self.labels)}
        return [ids.get(sentence.label, -1) for sentence in part] if ids else None

    def _tags_of(self, part) -> list[list[int]] | None:
        ids = {tag: i for i, tag in enumerate(self.tags)}
        return [[ids[tag] for tag in sentence.tags] for sentence in part] if ids else None


def read_labels(options: LabelledOptions, *, seed: int) -> SentenceData:
    """Reads labelled texts, see `tfrnn.data.labelled`; also raises what that raises."""
    check_least(options, least=1, most=1, longest=1, batch_size=1)
    found = read_labelled(options, seed=seed)
    learnt = any(example.label == options.oos_label for example in found.train)
    return SentenceData(
        *found[:3],
        words=_choose_words(found.train, options),
        labels=(*found.labels, options.oos_label) if learnt else found.labels,
        tags=(),
        outside=options.oos_label,
        summary=found.summary(),
    )


def read_tags(options: TaggedOptions, *, seed: int) -> SentenceData:
    """Reads tagged sentences, see `tfrnn.data.tagged`; also raises what that raises."""
    check_least(options, least=1, most=1, longest=1, batch_size=1)
    found = read_tagged(options, seed=seed)
    words = _choose_words(found.train, options)
    return SentenceData(*found[:3], words, (), found.tags, "", found.summary())


def read_labels_and_tags(options: TaggedOptions, *, seed: int) -> SentenceData:
    """Reads tagged sentences that have a label too.

    Raises:
        DataError: If they have fewer than two labels; also what `tfrnn.data.tagged` raises.
    """
    check_least(options, least=1, most=1, longest=1, batch_size=1)
    found = read_tagged(options, seed=seed)
    if len(found.labels) < 2 or any(not sentence.label for sentence in found.train):
        raise DataError(
            f"{options.source}: {len(found.labels)} labels; each sentence needs one of at least 2: "
            "folders train, valid and test, each with seq.in, seq.out and label."
        )
    words = _choose_words(found.train, options)
    return SentenceData(*found[:3], words, found.labels, found.tags, "", found.summary())


def encoder_of(words: Sequence[str], options: SentenceOptions) -> SentenceEncoder:
    """Returns what makes ids of a text, in training, in use and in a SavedModel alike."""
    return SentenceEncoder(words, mode=options.tokens, lower=options.lower, longest=options.longest)


def tokens(part: Sequence[Example | TaggedSentence], options: SentenceOptions) -> tf.RaggedTensor:
    """Returns the words of sentences as ragged strings: (sentences, words), at most `longest`."""
    if part and isinstance(part[0], TaggedSentence):
        found = ragged([sentence.words for sentence in part], tf.string)
    else:
        found = split(tf.constant([example.text for example in part], tf.string), options.tokens)
    return found[:, : options.longest]


def _choose_words(train, options):
    found = tokens(train, options)
    known = found.with_flat_values(known_as(found.flat_values, options.lower))
    sentences = ([word.decode() for word in row] for row in known.to_list())
    return lexicon.choose_words(sentences, least=options.least, most=options.most)

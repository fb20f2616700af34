"""How often a tagger is right: word by word, sentence by sentence, and in spans of BIO tags.

A sentence's tags are a sequence of strings, and a text is a sequence of sentences. In BIO a span
begins with `B-type` and goes on with `I-type`; `O` is outside of all spans. Spans follow conlleval
(E. F. Tjong Kim Sang, S. Buchholz (2000), "Introduction to the CoNLL-2000 shared task: chunking",
https://aclanthology.org/W00-0726/): an `I-type` after `O` or after another type begins a span too,
and a predicted span is right when its type, first and last word are.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

Tags = Sequence[Sequence[str]]  # sentence by sentence

OUTSIDE = "O"


class Span(NamedTuple):
    """The words from `start` to before `stop` of a sentence."""

    type: str
    start: int
    stop: int


class SpanScore(NamedTuple):
    """How well spans of one type, or all, are found; a score without a single case is 0.

    precision: the right share of the predicted ones. recall: the share that was found.
    f1: their harmonic mean. support: how many there are.
    """

    precision: float
    recall: float
    f1: float
    support: int


def token_accuracy(tags: Tags, predictions: Tags) -> float:
    """Returns the share of all words with the right tag.

    Raises:
        ValueError: If lengths differ or there is no word.

    >>> token_accuracy([["DET", "NOUN"], ["VERB", "ADV"]], [["DET", "VERB"], ["VERB", "ADV"]])
    0.75
    """
    right = [tag == guess for tag, guess in _pairs(tags, predictions)]
    if not right:
        raise ValueError("Accuracy needs at least one word, got none.")
    return sum(right) / len(right)


def unseen_accuracy(
    words: Tags, tags: Tags, predictions: Tags, known: Collection[str]
) -> float | None:
    """Returns the share of right tags among the words that training never saw.

    Args:
        words: Sentence by sentence, in the form in which `known` has them.
        tags: One for each word.
        predictions: One for each word.
        known: The words of training.

    Returns:
        A share, or None when all words are known.

    Raises:
        ValueError: If lengths differ.

    >>> unseen_accuracy([["a", "gnu"]], [["DET", "NOUN"]], [["DET", "VERB"]], known={"a"})
    0.0
    """
    known = frozenset(known)
    flat = (word for sentence in words for word in sentence)
    pairs = zip(flat, _pairs(tags, predictions), strict=True)
    right = [tag == guess for word, (tag, guess) in pairs if word not in known]
    return sum(right) / len(right) if right else None


def sentence_accuracy(tags: Tags, predictions: Tags) -> float:
    """Returns the share of sentences in which every tag is right.

    Raises:
        ValueError: If lengths differ or there is no sentence.

    >>> sentence_accuracy([["DET", "NOUN"], ["VERB"]], [["DET", "VERB"], ["VERB"]])
    0.5
    """
    _pairs(tags, predictions)
    if not len(tags):
        raise ValueError("Accuracy needs at least one sentence, got none.")
    return sum(list(a) == list(b) for a, b in zip(tags, predictions)) / len(tags)


def are_bio(tags: Iterable[str]) -> bool:
    """Returns whether a set of tags describes spans: `O`, `B-type`, `I-type`, and not only `O`.

    >>> are_bio(["O", "B-artist", "I-artist"]), are_bio(["NOUN", "VERB"]), are_bio(["O"])
    (True, False, False)
    """
    tags = set(tags)
    return all(tag == OUTSIDE or _is_inside(tag) for tag in tags) and bool(tags - {OUTSIDE})


def spans(tags: Sequence[str]) -> list[Span]:
    """Returns the spans of one sentence, in order.

    Raises:
        ValueError: If a tag is none of BIO.

    >>> spans(["B-artist", "I-artist", "I-year", "O", "I-year", "B-year"])
    [Span(type='artist', start=0, stop=2), Span(type='year', start=2, stop=3), \
Span(type='year', start=4, stop=5), Span(type='year', start=5, stop=6)]
    """
    found: list[Span] = []
    for place, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        if not _is_inside(tag):
            raise ValueError(f"Spans need tags O, B-type and I-type, got {tag!r}.")
        start = place
        if tag[0] == "I" and found and found[-1].stop == place and found[-1].type == tag[2:]:
            start = found.pop().start
        found.append(Span(tag[2:], start, place + 1))
    return found


def span_scores(tags: Tags, predictions: Tags) -> dict[str, SpanScore]:
    """Returns the scores of each type that occurs, be it in one of the two, by name.

    Raises:
        ValueError: If lengths differ or a tag is none of BIO.

    >>> span_scores([["B-a", "I-a", "B-b"]], [["B-a", "I-a", "B-a"]])
    {'a': SpanScore(precision=0.5, recall=1.0, f1=0.6666666666666666, support=1), \
'b': SpanScore(precision=0.0, recall=0.0, f1=0.0, support=1)}
    """
    counts = _count_spans(tags, predictions)
    types = sorted({kind for count in counts for kind in count})
    return {kind: _score(*(count[kind] for count in counts)) for kind in types}


def span_score(tags: Tags, predictions: Tags) -> SpanScore:
    """Returns the scores over all spans, whatever their type: the F1 that papers report.

    Raises:
        ValueError: If lengths differ or a tag is none of BIO.

    >>> span_score([["B-a", "I-a", "B-b"]], [["B-a", "I-a", "B-a"]]).f1
    0.5
    """
    return _score(*(count.total() for count in _count_spans(tags, predictions)))


def _count_spans(tags, predictions):
    """Returns three counters by type: the right spans, the predicted ones, the true ones."""
    _pairs(tags, predictions)
    right, predicted, true = Counter(), Counter(), Counter()
    for sentence, guess in zip(tags, predictions):
        wanted, found = spans(sentence), spans(guess)
        right.update(span.type for span in set(wanted) & set(found))
        predicted.update(span.type for span in found)
        true.update(span.type for span in wanted)
    return right, predicted, true


def _score(right, predicted, true):
    return SpanScore(
        precision=right / max(predicted, 1),
        recall=right / max(true, 1),
        f1=2 * right / max(predicted + true, 1),
        support=true,
    )


def _is_inside(tag):
    return tag[:2] in ("B-", "I-") and len(tag) > 2


def _pairs(tags, predictions):
    """Returns the pairs (tag, predicted tag) of all words."""
    if len(tags) != len(predictions):
        raise ValueError(f"Got predictions for {len(predictions):,} of {len(tags):,} sentences.")
    for place, (sentence, guess) in enumerate(zip(tags, predictions)):
        if len(sentence) != len(guess):
            raise ValueError(
                f"Sentence {place} needs a tag for each of its {len(sentence)} words, got "
                f"{len(guess)}."
            )
    return [pair for both in zip(tags, predictions) for pair in zip(*both)]

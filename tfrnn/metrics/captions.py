"""How near captions come to what people wrote of the same pictures: BLEU and ROUGE-L; and variety.

Here, in `cider` and in `meteor` a caption is a string of lower-case words with a space between
them: nothing is tokenised, so a comma of its own is a word. Each picture has one reference or
more, and some may have more than others.

K. Papineni et al. (2002), "BLEU: a method for automatic evaluation of machine translation",
https://aclanthology.org/P02-1040; C.-Y. Lin (2004), "ROUGE: a package for automatic evaluation of
summaries", https://aclanthology.org/W04-1013. Both are counted as on the COCO server, X. Chen et
al. (2015), "Microsoft COCO captions: data collection and evaluation server",
https://arxiv.org/abs/1504.00325.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

import sacrebleu

BETA = 1.2  # the COCO server's: recall counts more than precision


class Diversity(NamedTuple):
    """How much captions differ from one another and from those of training.

    distinct: How many different ones there are. copied: The share that training has word for word.
    vocabulary: How many different words they use.
    """

    distinct: int
    copied: float
    vocabulary: int


def bleu(texts: Sequence[str], references: Sequence[Sequence[str]], order: int) -> float:
    """Returns the BLEU of a corpus, by sacrebleu without smoothing.

    Without smoothing a corpus that shares not one sequence of `order` words with its references
    has 0; the COCO server adds a trifle to each count, so that its figure stays above 0.

    Args:
        texts: A caption for each picture.
        references: What people wrote of each picture.
        order: Sequences of 1 to so many words count, 4 for what is called BLEU-4.

    Returns:
        0 to 100.

    Raises:
        ValueError: If `order` is below 1, lengths differ, or something lacks references.

    >>> bleu(["a dog runs"], [["a dog sleeps", "the dog runs home"]], order=2)
    100.0
    """
    check_references(texts, references)
    if order < 1:
        raise ValueError(f"BLEU needs an order of at least 1, got {order}.")
    metric = sacrebleu.metrics.BLEU(
        tokenize="none",
        smooth_method="none",
        max_ngram_order=order,
        force=True,  # or it warns of captions that are tokenised
    )
    # sacrebleu wants the first reference of all, then the second of all; None where there is none.
    return round(metric.corpus_score(list(texts), list(zip_longest(*references))).score, 10)


def rouge_l(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Returns the mean ROUGE-L: what of the words appears on both sides in the same order.

    With L the longest common subsequence, p = max L / words of the text, r = max L / words of the
    reference, and (1 + beta^2) p r / (r + beta^2 p) with beta = 1.2. As the COCO server has it, p
    and r are the best over the references each for itself, so they may come from two of them.

    Args:
        texts: A caption for each picture; an empty one has 0.
        references: What people wrote of each picture.

    Returns:
        0 to 1.

    Raises:
        ValueError: If lengths differ or something lacks references.

    >>> rouge_l(["a dog runs"], [["a dog runs", "a cat"]])
    1.0
    """
    check_references(texts, references)
    scores = [
        _rouge_l(text.split(), list(map(str.split, own))) for text, own in zip(texts, references)
    ]
    return sum(scores) / len(scores)


def diversity(texts: Sequence[str], known: Iterable[str]) -> Diversity:
    """Returns how varied captions are, and how many are but repeated.

    Args:
        texts: What a model wrote.
        known: All captions of training.

    Raises:
        ValueError: If there is no text.

    >>> diversity(["a dog runs", "a dog runs", "a cat"], known=["a cat", "the sea"])
    Diversity(distinct=2, copied=0.3333333333333333, vocabulary=4)
    """
    if not len(texts):
        raise ValueError("Diversity needs at least one caption, got none.")
    captions = [tuple(text.split()) for text in texts]
    known = {tuple(text.split()) for text in known}
    return Diversity(
        distinct=len(set(captions)),
        copied=sum(caption in known for caption in captions) / len(captions),
        vocabulary=len({word for caption in captions for word in caption}),
    )


def check_references(texts: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Raises a ValueError unless there are texts and each has a list of references."""
    if not len(texts):
        raise ValueError("A score of captions needs at least one, got none.")
    if len(texts) != len(references):
        raise ValueError(f"Got references for {len(references):,} of {len(texts):,} captions.")
    for place, own in enumerate(references):
        if isinstance(own, str) or not len(own):
            raise ValueError(
                f"Caption {place} needs a list of at least one reference, got {own!r}."
            )


def _rouge_l(text, references):
    common = [_longest_common(text, reference) for reference in references]
    if not any(common):
        return 0.0
    precision = max(common) / len(text)
    recall = max(length / len(own) for length, own in zip(common, references) if own)
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def _longest_common(a, b):
    """Returns the length of the longest sequence of words that both have in this order."""
    row = [0] * (len(b) + 1)  # row[j]: that of the words of `a` so far and the first j of `b`
    for word in a:
        diagonal = 0
        for j, other in enumerate(b, start=1):
            diagonal, row[j] = row[j], diagonal + 1 if word == other else max(row[j], row[j - 1])
    return row[-1]

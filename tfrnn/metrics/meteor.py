"""METEOR with exact matches and matches of stems: recall above all, and words in their order.

S. Banerjee, A. Lavie (2005), "METEOR: an automatic metric for MT evaluation with improved
correlation with human judgments", https://aclanthology.org/W05-0909, with the parameters of A.
Lavie, A. Agarwal (2007), https://aclanthology.org/W07-0734, given to that first form. With m
matched words, of the words of the text the share P and of the reference the share R, in as few
chunks as can be, runs of words that stand side by side in both:

    F     = P R / (alpha P + (1 - alpha) R)        alpha = 0.9
    score = F (1 - gamma (chunks / m)^beta)        beta = 3, gamma = 0.5

What this leaves out: synonyms, paraphrases, and the weights that METEOR 1.5 (M. Denkowski, A. Lavie
(2014), https://aclanthology.org/W14-3348) gives to function words and to the kinds of matches.
With fewer kinds of matches its figures lie below those of the Java program that papers on captions
report: compare them with one another only.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import snowballstemmer

from tfrnn.metrics.captions import check_references

ALPHA, BETA, GAMMA = 0.9, 3.0, 0.5
BEAM = 1_000  # ours: captions stay far below it and are searched whole; METEOR's own program has 40
_NOWHERE = -2  # stands beside no place of the reference


def meteor(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Returns the mean METEOR, for each caption that with the best of its references.

    Stems are those of English (the Snowball stemmer). A caption that equals its reference has
    1 - 0.5 / words^3, not 1: it is one chunk.

    Args:
        texts: A caption for each picture; an empty one has 0.
        references: What people wrote of each picture.

    Returns:
        0 to 1.

    Raises:
        ValueError: If lengths differ or something lacks references.

    >>> round(meteor(["a dog running"], [["a dog runs", "the sea"]]), 4) == round(1 - 0.5 / 27, 4)
    True
    """
    check_references(texts, references)
    stems = _stems([*texts, *(reference for own in references for reference in own)])
    best = [
        max(_score(text.split(), reference.split(), stems) for reference in own)
        for text, own in zip(texts, references)
    ]
    return sum(best) / len(best)


def _stems(texts: Iterable[str]) -> dict[str, str]:
    """Returns the stem of each word."""
    words = sorted({word for text in texts for word in text.split()})
    return dict(zip(words, snowballstemmer.stemmer("english").stemWords(words)))


def _score(text, reference, stems):
    matches, chunks = _align(text, reference, stems)
    if not matches:
        return 0.0
    precision, recall = matches / len(text), matches / len(reference)
    mean = precision * recall / (ALPHA * precision + (1 - ALPHA) * recall)
    return mean * (1 - GAMMA * (chunks / matches) ** BETA)


def _align(
    text: Sequence[str], reference: Sequence[str], stems: Mapping[str, str]
) -> tuple[int, int]:
    """Returns how many words match and in how few chunks.

    Of the alignments with the most matches, those with the most exact ones (they are the first
    stage, stems get what is left), and of these one with the fewest chunks. The text is read word
    by word; open ways that used the same places of the reference and stopped at the same one have
    the same future, so the best of them is enough.
    """
    places = defaultdict(list)
    for place, word in enumerate(reference):
        places[stems[word]].append(place)
    left_over = Counter(stems[word] for word in text)
    left_over.subtract({stem: len(own) for stem, own in places.items()})
    read = Counter()
    ways = {(0, _NOWHERE): (0, 0)}  # (places used as bits, place of the last word): its merits
    for word in text:
        stem = stems[word]
        longer = {}
        for (used, last), (exact, chunks) in ways.items():
            free = [place for place in places.get(stem, ()) if not used >> place & 1]
            for place in free:
                merits = exact + (reference[place] == word), chunks - (place != last + 1)
                _keep(longer, (used | 1 << place, place), merits)
            passed_over = read[stem] - (len(places.get(stem, ())) - len(free))
            if passed_over < left_over[stem]:
                _keep(longer, (used, _NOWHERE), (exact, chunks))
        read[stem] += 1
        ways = dict(heapq.nlargest(BEAM, longer.items(), key=lambda way: way[1]))
    matches = next(iter(ways))[0].bit_count()
    return matches, -max(ways.values())[1]


def _keep(ways, way, merits):
    """Notes a way unless one to the same state is as good; merits are (exact, -chunks)."""
    if way not in ways or ways[way] < merits:
        ways[way] = merits

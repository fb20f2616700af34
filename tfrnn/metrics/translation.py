"""How near translations come to a reference: BLEU and chrF, as sacrebleu counts them.

Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation",
https://aclanthology.org/P02-1040; Popovic 2015, "chrF: character n-gram F-score for automatic MT
evaluation", https://aclanthology.org/W15-3049; Post 2018, "A Call for Clarity in Reporting BLEU
Scores", https://aclanthology.org/W18-6319: a figure without its signature says little.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import sacrebleu
from matplotlib.figure import Figure

from tfrnn.metrics.drawing import save

EDGES = (1, 6, 9, 12, 15, 20, 30)  # words of the source: each bin goes up to the next, less 1


class Bleu(NamedTuple):
    """score: 0 to 100. signature: What it was counted by."""

    score: float
    signature: str


def bleu(texts: Sequence[str], references: Sequence[str], *, lower: bool = False) -> Bleu:
    """Returns the BLEU of a corpus, tokenised by 13a, in the case as it is or in lower case.

    >>> bleu(["Ein Hund rennt schnell ."], ["Ein Hund rennt schnell ."]).score
    100.0
    """
    metric = sacrebleu.metrics.BLEU(lowercase=lower)
    found = metric.corpus_score(list(texts), [list(references)])
    return Bleu(round(found.score, 10), str(metric.get_signature()))


def chrf(texts: Sequence[str], references: Sequence[str]) -> float:
    """Returns the chrF2 of a corpus, 0 to 100."""
    return sacrebleu.corpus_chrf(list(texts), [list(references)]).score


def sentence_chrf(text: str, reference: str) -> float:
    """Returns the chrF2 of one text, 0 to 100."""
    return sacrebleu.sentence_chrf(text, [reference]).score


def by_length(
    lengths: Sequence[int], texts: Sequence[str], references: Sequence[str]
) -> list[tuple[int, int, int, float]]:
    """Returns the BLEU of texts whose sources are about as long.

    Args:
        lengths: Words of each source.
        texts: Translations.
        references: What they should be.

    Returns:
        Rows of the least and the largest length, how many there are, and their BLEU; bins without
        a text are left out.
    """
    rows = []
    for low, high in zip(EDGES, (*EDGES[1:], 10**9)):
        places = [i for i, length in enumerate(lengths) if low <= length < high]
        if places:
            score = bleu([texts[i] for i in places], [references[i] for i in places]).score
            rows.append((low, min(high - 1, max(lengths)), len(places), score))
    return rows


def draw_lengths(path: Path, table: Mapping[str, Sequence[tuple[int, int, int, float]]]) -> None:
    """Draws BLEU by the length of the source, a line for each kind of translation.

    Args:
        path: A .png file.
        table: Name -> what `by_length` returned.
    """
    figure = Figure(figsize=(6.4, 4), layout="constrained")
    ax = figure.subplots()
    for name, rows in table.items():
        ax.plot(range(len(rows)), [row[3] for row in rows], marker="o", label=name)
    rows = next(iter(table.values()))
    ax.set_xticks(range(len(rows)), [f"{a}-{b}\n({count:,})" for a, b, count, _ in rows])
    ax.set(xlabel="words of the source (texts)", ylabel="BLEU", ylim=(0, None))
    ax.grid(axis="y", color="0.9")
    ax.legend(frameon=False)
    save(figure, path)

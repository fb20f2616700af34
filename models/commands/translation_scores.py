"""translator: how good translations are, beside that of the most similar training text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from models.commands.use import write_text
from tfrnn.cli import report
from tfrnn.cli.report import Score
from tfrnn.decoding.search import Search

NEAREST = "translation of the most similar training text"
DRAWN = 5  # pictures of alignments
USUAL = Search(beam=5)  # where no option says otherwise


class Answers(NamedTuple):
    """What came of the test texts.

    sources, truth: What was translated, and what is right. found: The best translation of each.
    named: Ways to search -> the texts that they found, the chosen one first. theirs: The baseline.
    forced: What the model makes of the truth.
    """

    sources: list[str]
    truth: list[str]
    found: list
    named: dict[str, list[str]]
    theirs: list[str]
    forced: Any


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Translates the test texts, compares, draws, and writes down the worst."""
    from tfrnn.metrics.translation import bleu, chrf

    answers = answered(run, data, chosen)
    truth, theirs, forced = answers.truth, answers.theirs, answers.forced
    ours = [each.text for each in answers.found]
    rows = []
    baselines = [bleu(theirs, truth, lower=lower) for lower in (False, True)]
    for name, texts in answers.named.items():
        for lower, baseline in enumerate(baselines):
            model = bleu(texts, truth, lower=bool(lower))
            what = f"BLEU{', lower case' if lower else ''}, {name}"
            rows.append(Score(what, f"{model.score:.2f}", f"{baseline.score:.2f}", NEAREST))
    for baseline, ending in zip(baselines, ("", "-lower")):
        write_text(out / f"signature{ending}.txt", baseline.signature + "\n")
    rows.append(Score("chrF", f"{chrf(ours, truth):.1f}", f"{chrf(theirs, truth):.1f}", NEAREST))
    given_truth = bleu(forced.texts, truth).score
    rows += [
        Score("BLEU, each piece given the true ones before", f"{given_truth:.2f}", "-", "nothing"),
        Score("perplexity a piece, likewise", f"{forced.perplexity:.2f}", "-", "nothing"),
        Score("pieces right, likewise", f"{forced.right:.1%}", "-", "nothing"),
        Score("ended within the limit", f"{_share(answers.found):.1%}", "-", "nothing"),
    ]
    write_down(out, answers.sources, truth, ours, chosen.mistakes)
    _draw(out, answers.sources, truth, {**answers.named, "most similar": theirs})
    draw_alignments(out, answers.found)
    return rows


def answered(run: Path, data, chosen) -> Answers:
    """Translates the test texts by the search that was chosen, greedily, and given the truth."""
    from models.translations import open_interpreter
    from tfrnn.metrics.nearest import nearest

    interpreter = open_interpreter(run)
    sources, truth = ([pair[side] for pair in data.test] for side in (0, 1))
    wish = chosen.search(USUAL)
    found = [each[0] for each in _translated(interpreter, sources, wish)]
    greedy = [each[0].text for each in _translated(interpreter, sources, Search(beam=1))]
    named = {f"beam {wish.beam}": [each.text for each in found], "greedy": greedy}
    places = nearest([pair.source for pair in data.train], sources)
    theirs = [data.train[i].target for i in places]
    return Answers(sources, truth, found, named, theirs, interpreter.forced(sources, truth))


def _translated(interpreter, sources, wish: Search):
    with report.Progress(f"beam {wish.beam}", len(sources)) as bar:
        return interpreter.translate(sources, wish, lambda done: bar.update(done, "texts"))


def _share(found) -> float:
    return sum(each.ended for each in found) / len(found)


def write_down(out: Path, sources, truth, ours, most: int) -> None:
    """Writes all translations as a table, and the worst of them as text."""
    from tfrnn.metrics.translation import sentence_chrf

    rows = zip(sources, truth, ours)
    lines = "".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows)
    write_text(out / "translations.tsv", f"source\treference\ttranslation\n{lines}")
    scored = sorted((sentence_chrf(c, b), i) for i, (b, c) in enumerate(zip(truth, ours)))
    worst = [
        f"chrF {value:.1f}\n  source       {sources[i]}\n  reference    {truth[i]}\n"
        f"  translation  {ours[i]}\n"
        for value, i in scored[:most]
    ]
    write_text(out / "mistakes.txt", "".join(worst))


def _draw(out: Path, sources: Sequence[str], truth, texts) -> None:
    from tfrnn.metrics.translation import by_length, draw_lengths

    lengths = [len(source.split()) for source in sources]
    table = {name: by_length(lengths, each, truth) for name, each in texts.items()}
    draw_lengths(out / "lengths.png", table)
    lines = ["translations\twords from\tto\ttexts\tBLEU"]
    for name, rows in table.items():
        lines += [f"{name}\t{a}\t{b}\t{count}\t{value:.2f}" for a, b, count, value in rows]
    write_text(out / "lengths.tsv", "\n".join(lines) + "\n")


def draw_alignments(out: Path, found) -> None:
    """Draws where the model looked when it wrote the first translations."""
    from models.translation import by_words
    from tfrnn.metrics.alignment import draw_alignment

    for n, each in enumerate(found[:DRAWN], 1):
        if each.weights.any():
            path = out / f"alignment-{n}.png"
            draw_alignment(path, *by_words(each))

"""dates: how many are read right, beside those of the most similar training text."""

from pathlib import Path

from models.commands.translation_scores import (
    NEAREST,
    answered,
    draw_alignments,
    write_down,
)
from tfrnn.cli.report import Score


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Reads the test dates, compares them whole and in part, draws, and writes down the worst."""
    answers = answered(run, data, chosen)
    truth, theirs = answers.truth, answers.theirs
    by = next(iter(answers.named))
    rows = [
        _beside(f"right, {name}", texts, theirs, truth) for name, texts in answers.named.items()
    ]
    for part, name in enumerate(("year", "month", "day")):
        cut = (
            [_part(text, part) for text in texts] for texts in (answers.named[by], theirs, truth)
        )
        rows.append(_beside(f"{name} right, {by}", *cut))
    right = f"{answers.forced.right:.1%}"
    rows.append(Score("right, each piece given the true ones before", right, "-", "nothing"))
    write_down(out, answers.sources, truth, answers.named[by], chosen.mistakes)
    draw_alignments(out, answers.found)
    return rows


def _beside(what, ours, theirs, truth) -> Score:
    return Score(what, f"{_right(ours, truth):.1%}", f"{_right(theirs, truth):.1%}", NEAREST)


def _right(texts, truth) -> float:
    return sum(a == b for a, b in zip(texts, truth, strict=True)) / len(truth)


def _part(text: str, n: int) -> str:
    return [*text.split("-"), "", "", ""][n]

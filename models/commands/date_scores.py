"""dates: how many are read right, beside those of the most similar training text."""

from pathlib import Path

from models.commands.translation_scores import (
    NEAREST,
    USUAL,
    draw_alignments,
    translated,
    write_down,
)
from tfrnn.cli.report import Score
from tfrnn.decoding.search import Search


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Reads the test dates, compares them whole and in part, draws, and writes down the worst."""
    from models.translations import open_interpreter
    from tfrnn.metrics.nearest import nearest

    interpreter = open_interpreter(run)
    sources = [pair.source for pair in data.test]
    truth = [pair.target for pair in data.test]
    wish = chosen.search(USUAL)
    found = [each[0] for each in translated(interpreter, sources, wish)]
    ours = [each.text for each in found]
    greedy = [each[0].text for each in translated(interpreter, sources, Search(beam=1))]
    theirs = [data.train[i].target for i in nearest([pair.source for pair in data.train], sources)]
    rows = [
        Score(
            f"right, {name}", f"{_right(texts, truth):.1%}", f"{_right(theirs, truth):.1%}", NEAREST
        )
        for name, texts in ((f"beam {wish.beam}", ours), ("greedy", greedy))
    ]
    for part, name in enumerate(("year", "month", "day")):
        cut = [[_part(text, part) for text in texts] for texts in (ours, theirs, truth)]
        shares = (f"{_right(texts, cut[2]):.1%}" for texts in cut[:2])
        rows.append(Score(f"{name} right, beam {wish.beam}", *shares, NEAREST))
    forced = interpreter.forced(sources, truth)
    rows.append(
        Score("right, each piece given the true ones before", f"{forced.right:.1%}", "-", "nothing")
    )
    write_down(out, sources, truth, ours, chosen.mistakes)
    draw_alignments(out, found)
    return rows


def _right(texts, truth) -> float:
    return sum(a == b for a, b in zip(texts, truth, strict=True)) / len(truth)


def _part(text: str, n: int) -> str:
    return [*text.split("-"), "", "", ""][n]

"""intent and sentiment: a label for each text."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from models.commands.reading import ReadingOptions, chunks
from models.commands.use import is_exported, writing
from tfrnn.cli import report
from tfrnn.errors import CannotCreateError, UsageError

FIRST = ("from", "file", "explain", "runners_up")
OUTSIDE = "(out of scope)"  # in brackets, because a label may be called like that


@dataclass(frozen=True, kw_only=True)
class LabelOptions(ReadingOptions):
    """A label for each text."""

    runners_up: int = 2
    """How many of the next likely labels are told."""
    explain: bool = False
    """Tell what share of the attention each word got, the highest first."""
    pictures: Path | None = None
    """Folder for a picture of the attention of each text."""
    format: Literal["tsv", "json"] = "tsv"
    """tsv: label, confidence, runners-up, text, a text a line; json: the same as an object."""

    def __post_init__(self):
        super().__post_init__()
        if self.runners_up < 0:
            raise UsageError(f"--runners-up must be 0 or more, got {self.runners_up}.")


def classify(folder: Path, chosen: LabelOptions) -> None:
    """Prints a line for each text, in order, while a file is still being read."""
    labeller = open_labeller(folder)
    if chosen.pictures:
        try:
            chosen.pictures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotCreateError(f"{chosen.pictures}: {error.strerror}.") from error
    numbers = count(1)
    for texts in chunks(chosen):
        answers = labeller.answer(texts)
        looks = chosen.explain or chosen.pictures
        attention = labeller.explain(texts) if looks else [None] * len(texts)
        for line, number in zip(zip(texts, answers, attention, strict=True), numbers):
            print(spell(*line, chosen))
            if chosen.pictures:
                draw(chosen.pictures / f"attention-{number:04}.png", *line)


def open_labeller(folder: Path):
    """Opens what classifies: a run, a preset, or an exported model."""
    if is_exported(folder):
        from models.served import ServedLabeller

        return ServedLabeller(folder)
    from models.sentences import open_labeller

    return open_labeller(folder)


def spell(text: str, answer, attention, chosen: LabelOptions) -> str:
    """Returns the line that is printed of a text."""
    label = answer.label if answer.familiar else OUTSIDE
    others = answer.runners_up[: chosen.runners_up]
    if not answer.familiar:  # then the label is a runner-up, too
        others = ((answer.label, answer.confidence), *others)[: chosen.runners_up]
    shares = sorted(attention or (), key=lambda pair: -pair[1])
    if chosen.format == "json":
        record = {"text": text, "label": answer.label, "confidence": round(answer.confidence, 4)}
        record |= {"in_scope": answer.familiar}
        record["runners_up"] = {name: round(share, 4) for name, share in answer.runners_up}
        if chosen.explain:
            record["attention"] = [[word, round(share, 4)] for word, share in attention]
        return json.dumps(record, ensure_ascii=False)
    cells = [label, f"{answer.confidence:.3f}", told(others)]
    if chosen.explain:
        cells.append(told(shares))
    return "\t".join([*cells, " ".join(text.split())])


def told(pairs: Iterable[tuple[str, float]]) -> str:
    """Returns names and shares, such as "time 0.052, date 0.010"."""
    return ", ".join(f"{name} {share:.3f}" for name, share in pairs)


def draw(path: Path, text: str, answer, attention) -> None:
    """Draws which words counted.

    Raises:
        StorageError: If the picture cannot be written.
    """
    from tfrnn.metrics.pictures import draw_attention

    label = answer.label if answer.familiar else OUTSIDE
    words, shares = zip(*attention) if attention else ((), ())
    with writing(path):
        draw_attention(path, words, shares, title=f"{label} ({answer.confidence:.1%})")
    report.say("picture", str(path))

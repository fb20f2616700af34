"""translator: a text in another language."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from models.commands.reading import ReadingOptions, chunks
from models.commands.searching import SearchOptions, warn_of_missing
from models.commands.use import is_exported, numbered, writing
from tfrnn.cli import report
from tfrnn.decoding.lexical import Wording
from tfrnn.errors import UsageError

FIRST = ("from", "file", "beam", "nbest", "with", "alignments")


@dataclass(frozen=True, kw_only=True)
class TranslationOptions(ReadingOptions, SearchOptions):
    """A translation of each text."""

    unknown: Literal["never", "copy"] = "never"
    """copy: a word that the model cannot write is the one of the source that it looked at, for
    models of --data.kind words; Luong et al. 2015."""
    alignments: Path | None = None
    """A .png file for a picture of where the model looked, by words; of several texts, one is
    numbered."""
    format: Literal["text", "json"] = "text"
    """text: a translation a line, with --nbest above 1 its score, a tab and the translation, and an
    empty line after each text; json: an object a text, with pieces and alignments."""

    def __post_init__(self):
        super().__post_init__()
        if self.alignments and self.alignments.suffix != ".png":
            raise UsageError(f"--alignments must be a .png file, got {self.alignments}.")
        if self.alignments and self.sample:
            raise UsageError("--alignments draws where a search looked; leave out --sample.")

    def wording(self) -> Wording:
        """Returns what translations must read like."""
        return replace(super().wording(), copy_unknown=self.unknown == "copy")


def translate(folder: Path, chosen: TranslationOptions) -> None:
    """Prints the translations of each text, in order."""
    interpreter = open_interpreter(folder)
    done = 0
    for texts in chunks(chosen):
        found = _translated(interpreter, texts, chosen)
        for text, translations in zip(texts, found):
            done += 1
            print(spell(text, translations, chosen))
            warn_of_missing(f"text {done}", translations[0].missing)
            if chosen.alignments:
                draw(numbered(chosen.alignments, done), translations[0])


def _translated(interpreter, texts, chosen: TranslationOptions):
    """Translates; of several texts, whoever watches is told how far it is."""
    if chosen.sample:
        translate, wishes = interpreter.draw, chosen.drawing()
    else:
        wishes = {"wish": chosen.search(), "wording": chosen.wording()}
        translate = interpreter.translate
    if len(texts) == 1 or not sys.stderr.isatty():
        return translate(texts, **wishes)
    with report.Progress("translate", len(texts)) as bar:
        return translate(texts, told=lambda done: bar.update(done, ""), **wishes)


def open_interpreter(folder: Path):
    """Opens what translates: a run, a preset, or an exported model."""
    if is_exported(folder):
        from models.served import ServedInterpreter

        return ServedInterpreter(folder)
    from models.translations import open_interpreter

    return open_interpreter(folder)


def spell(text: str, translations, chosen: TranslationOptions) -> str:
    """Returns what is printed of a text."""
    if chosen.format == "json":
        found = [
            {
                "text": each.text,
                "score": round(each.score, 4),
                "ended": each.ended,
                "pieces": each.pieces,
                "alignments": [[round(float(w), 3) for w in row] for row in each.weights],
            }
            for each in translations
        ]
        record = {"text": text, "pieces": translations[0].source, "translations": found}
        return json.dumps(record, ensure_ascii=False)
    if chosen.told() == 1:
        return translations[0].text
    return "".join(f"{each.score:.3f}\t{each.text}\n" for each in translations)


def draw(path: Path, translation) -> None:
    """Draws where the model looked when it wrote a translation.

    Raises:
        StorageError: If the picture cannot be written.
    """
    from models.translation import by_words
    from tfrnn.metrics.alignment import draw_alignment

    with writing(path):
        draw_alignment(path, *by_words(translation))

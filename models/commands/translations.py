"""translator: a text in another language."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.commands.reading import ReadingOptions, chunks
from models.commands.use import is_exported
from tfrnn.cli import report
from tfrnn.decoding.search import Search
from tfrnn.errors import StorageError, UsageError

FIRST = ("from", "file", "beam", "nbest", "alignments")


@dataclass(frozen=True, kw_only=True)
class TranslationOptions(ReadingOptions):
    """A translation of each text."""

    beam: int = 5
    """Translations that are followed side by side; 1 is greedy, and fastest."""
    nbest: int = 1
    """How many of the best translations are told of each text."""
    length_penalty: float = 1.0
    """0 prefers short translations, 1 compares by probability a piece; Wu et al. 2016."""
    coverage_penalty: float = 0.0
    """How much it costs to leave pieces of the source unlooked at; Wu et al. 2016."""
    min_length: int = 0
    """Least pieces of a translation."""
    block_ngrams: int = 0
    """No run of so many pieces comes twice; 0 allows all."""
    repetition_penalty: float = 1.0
    """Makes pieces that came already less likely; 1 does not. Keskar et al. 2019."""
    alignments: Path | None = None
    """A .png file for a picture of where the model looked; of several texts, one is numbered."""
    format: Literal["text", "json"] = "text"
    """text: a translation a line, with --nbest above 1 its score, a tab and the translation, and an
    empty line after each text; json: an object a text, with pieces and alignments."""

    def __post_init__(self):
        super().__post_init__()
        self.search()  # refuses what cannot be, before anything is loaded
        if self.alignments and self.alignments.suffix != ".png":
            raise UsageError(f"--alignments must be a .png file, got {self.alignments}.")

    def search(self) -> Search:
        """Returns how translations are searched."""
        names = Search.__dataclass_fields__
        return Search(**{name: getattr(self, name) for name in names})


def translate(folder: Path, chosen: TranslationOptions) -> None:
    """Prints the translations of each text, in order."""
    interpreter = open_interpreter(folder)
    done = 0
    for texts in chunks(chosen):
        found = _translated(interpreter, texts, chosen.search())
        for text, translations in zip(texts, found):
            print(spell(text, translations, chosen))
            if chosen.alignments:
                draw(chosen, translations[0], done)
            done += 1


def _translated(interpreter, texts, wish: Search):
    """Translates; of several texts, whoever watches is told how far it is."""
    if len(texts) == 1 or not sys.stderr.isatty():
        return interpreter.translate(texts, wish)
    with report.Progress("translate", len(texts)) as bar:
        return interpreter.translate(texts, wish, lambda done: bar.update(done, ""))


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
    if chosen.nbest == 1:
        return translations[0].text
    return "".join(f"{each.score:.3f}\t{each.text}\n" for each in translations)


def draw(chosen: TranslationOptions, translation, number: int) -> None:
    """Draws where the model looked when it wrote a translation.

    Raises:
        StorageError: If the picture cannot be written.
    """
    from tfrnn.metrics.alignment import draw_alignment

    path = chosen.alignments
    if number:
        path = path.with_stem(f"{path.stem}-{number + 1}")
    try:
        draw_alignment(path, translation.weights, translation.source, translation.pieces)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error

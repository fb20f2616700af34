"""captioner: what pictures show."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from models.commands.searching import SearchOptions, warn_of_missing
from models.commands.use import is_exported, write_text, writing
from tfrnn.cli import report
from tfrnn.errors import CannotCreateError, DataError, MissingInputError, UsageError

FIRST = ("from", "beam", "nbest", "with", "attention")
ENOUGH = 32  # pictures that are read before they are described


@dataclass(frozen=True, kw_only=True)
class CaptionOptions(SearchOptions):
    """A caption of each picture."""

    pictures: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Files of pictures: JPEG, PNG, GIF, BMP or WebP; or a folder of them."""
    beam: int = 3
    """Captions that are followed side by side; 1 is greedy, and fastest."""
    length_penalty: float = 0.7
    """0 prefers short captions, 1 compares by probability a word; Wu et al. 2016 (measured)."""
    coverage_penalty: Annotated[float, tyro.conf.Suppress] = 0.0
    attention: Path | None = None
    """Folder for a picture (PNG) and a page (HTML) of where the model looked at each word."""
    skip_bad: bool = False
    """Name files that are no pictures on stderr and go on, instead of stopping."""
    format: Literal["text", "json"] = "text"
    """text: a caption a line, after the file's name where there are several, with --nbest above 1
    also its score; json: an object a picture, with words and weights."""

    def __post_init__(self):
        super().__post_init__()
        if not self.pictures:
            raise UsageError("no picture given: python generate.py captioner dog.jpg")
        if self.attention and self.sample:
            raise UsageError("--attention draws where a search looked; leave out --sample.")


def caption(folder: Path, chosen: CaptionOptions) -> None:
    """Prints the captions of each picture, in order."""
    from tfrnn.data.pictures import load_picture

    paths = _files(chosen.pictures)
    describer = open_describer(folder)
    if chosen.attention:
        _make(chosen.attention)
    for first in range(0, len(paths), ENOUGH):
        pictures = []
        for path in paths[first : first + ENOUGH]:
            try:
                pictures.append((path, load_picture(path)))
            except DataError as error:
                if not chosen.skip_bad:
                    raise
                report.say("skipped", str(error))
        shown = [pixels for _, pixels in pictures]
        if chosen.sample:
            found = describer.draw(shown, **chosen.drawing())
        else:
            found = describer.describe(shown, chosen.search(), wording=chosen.wording())
        for (path, pixels), captions in zip(pictures, found):
            print(spell(path, captions, chosen, several=len(paths) > 1))
            warn_of_missing(str(path), captions[0].missing)
            if chosen.attention:
                draw(chosen.attention, path, pixels, captions[0])


def open_describer(folder: Path):
    """Opens what captions: a run, a preset, or an exported model.

    Raises:
        UsageError: If the model reads features that another program made.
    """
    if is_exported(folder):
        from models.served import ServedDescriber

        return ServedDescriber(folder)
    from models.captions import open_describer

    describer = open_describer(folder)
    if describer.reader is None:
        raise UsageError(
            f"{folder} was trained on --data.features and cannot read pictures; models.load("
            f'"{folder}").describe_rows(features, wish) captions features.'
        )
    return describer


def spell(path: Path, captions, chosen: CaptionOptions, *, several: bool) -> str:
    """Returns what is printed of a picture."""
    if chosen.format == "json":
        found = [
            {
                "text": each.text,
                "score": round(each.score, 4),
                "ended": each.ended,
                "words": each.words,
                "weights": [[[round(float(w), 3) for w in row] for row in a] for a in each.weights],
            }
            for each in captions
        ]
        return json.dumps({"picture": str(path), "captions": found}, ensure_ascii=False)
    name = f"{path}\t" if several else ""
    if chosen.told() == 1:
        return f"{name}{captions[0].text}"
    return "\n".join(f"{name}{each.score:.3f}\t{each.text}" for each in captions)


def draw(folder: Path, path: Path, pixels, best) -> None:
    """Draws where the model looked, as FOLDER/NAME.png and .html.

    Raises:
        UsageError: If the model does not look at places.
        StorageError: If a file cannot be written.
    """
    from tfrnn.metrics.gaze import draw_gaze, gaze_page

    if best.words and not best.weights.any():
        raise UsageError(
            '--attention: a model with --model.decoder "tell" does not look at places.'
        )
    picture = folder / f"{path.stem}.png"
    with writing(picture):
        draw_gaze(picture, pixels, best.words, best.weights)
    write_text(picture.with_suffix(".html"), gaze_page(best.text, pixels, best.words, best.weights))


def _files(given: tuple[Path, ...]) -> list[Path]:
    from tfrnn.data.pictures import ENDINGS

    found = []
    for path in given:
        if path.is_dir():
            inside = [each for each in path.iterdir() if each.suffix.lower() in ENDINGS]
            if not inside:
                raise MissingInputError(f"{path}: no pictures ({', '.join(ENDINGS)}) in it.")
            found += sorted(inside)
        else:
            found.append(path)
    return found


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCreateError(f"{folder} cannot be made: {error.strerror}.") from error

"""Uses a trained model of the zoo: python generate.py music --meter 6/8 --key D --out tunes/."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from models import ZOO
from models.commands import captions, frames, labels, music, tags, text, translations, vectors
from models.commands.use import Options, find
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import choose, parse
from tfrnn.cli.quiet import prepare


class Command(NamedTuple):
    """How a model is used: its options, the most used of them, and what it does with them."""

    options: type[Options]
    first: Sequence[str]
    run: Callable


COMMANDS = {
    "music": Command(music.MusicOptions, music.FIRST, music.compose),
    "text": Command(text.TextOptions, text.FIRST, text.write),
    "intent": Command(labels.LabelOptions, labels.FIRST, labels.classify),
    "sentiment": Command(labels.LabelOptions, labels.FIRST, labels.classify),
    "tagger": Command(tags.TagOptions, tags.FIRST, tags.tag),
    "slots": Command(tags.TagOptions, tags.FIRST, tags.tag),
    "translator": Command(
        translations.TranslationOptions, translations.FIRST, translations.translate
    ),
    "dates": Command(translations.TranslationOptions, translations.FIRST, translations.translate),
    "captioner": Command(captions.CaptionOptions, captions.FIRST, captions.caption),
    "frames": Command(frames.FrameOptions, frames.FIRST, frames.label),
    "skip_thought": Command(vectors.VectorOptions, vectors.FIRST, vectors.embed),
}


def main(argv: list[str]) -> None:
    """Reads the command line, opens the model, prints what it says."""
    summaries = {name: entry.summary for name, entry in ZOO.items()}
    about = "Uses a trained model of the zoo; results go to stdout, all else to stderr."
    name, words = choose(summaries, argv, prog="python generate.py", description=about)
    command = COMMANDS[name]
    chosen = parse(
        command.options,
        words,
        prog=f"python generate.py {name}",
        description=f"{name}: {ZOO[name].summary}.",
        first=command.first,
    )
    folder = find(name, chosen.source)
    prepare(chosen.debug)
    command.run(folder, chosen)


if __name__ == "__main__":
    run_script(main)

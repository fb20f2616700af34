"""Uses a trained model of the zoo: python generate.py music --meter 6/8 --key D --out tunes/."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from models import ZOO
from models.files import CONFIG, PRESETS, model_name
from models.options import check_seed
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import choose, parse
from tfrnn.cli.quiet import prepare
from tfrnn.decoding.choice import Choice
from tfrnn.errors import DataError, MissingInputError, StorageError, UsageError

SAVED_MODEL = "saved_model.pb"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every generation has."""

    source: Annotated[Path | None, tyro.conf.arg(name="from")] = None
    """Folder of a run or of an exported model; without it, the preset of the package."""
    seed: int = 0
    """Of the first result; the next has the next. The same seed gives the same again."""
    temperature: float = 1.0
    """0 is always the likeliest character; below 1 is safer, above 1 bolder."""
    top_k: int | None = None
    """Draw from this many of the likeliest characters only."""
    top_p: float = 1.0
    """Draw from the likeliest characters that hold this share of the probability."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        check_seed(self.seed)
        self.choice()  # refuses what cannot be, before anything is loaded

    def choice(self) -> Choice:
        """Returns how boldly characters are drawn."""
        return Choice(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)


@dataclass(frozen=True, kw_only=True)
class MusicOptions(Options):
    """Tunes to order."""

    temperature: float = 0.9
    """0 is always the likeliest character; below 1 is safer, above 1 bolder (ours, measured)."""
    count: int = 1
    """How many tunes."""
    meter: str | None = None
    """Such as 6/8 (a jig), 4/4 (a reel), 3/4 (a waltz), 9/8 (a slip jig)."""
    key: str | None = None
    """Such as D, Em, Ador, Gmix."""
    title: str | None = None
    """Of every tune."""
    rhythm: str | None = None
    """Such as jig or reel, where the corpus has R: fields."""
    length: int = 600
    """Most characters of a tune, its header and its end included."""
    free: bool = False
    """Let the model write anything, legal ABC or not."""
    drafts: int | None = None
    """Drafts of each tune; one is kept, a likelier one where the rules had less to correct
    (default: 4, or what was exported)."""
    out: Path | None = None
    """Folder for a page with score and sound, and ABC, MIDI, SVG and WAV of each tune."""

    def __post_init__(self):
        super().__post_init__()
        if self.count < 1:
            raise UsageError(f"--count must be 1 or more, got {self.count}.")


@dataclass(frozen=True, kw_only=True)
class TextOptions(Options):
    """Text that goes on from a prime."""

    prime: str = ""
    """What the text begins with."""
    length: int = 500
    """Most characters, those of the prime included."""
    stream: bool = False
    """Print the text while it is written."""


FIRST = {"music": ("meter", "key", "count", "out", "seed"), "text": ("from", "prime", "length")}
OPTIONS = {"music": MusicOptions, "text": TextOptions}


def main(argv: list[str]) -> None:
    """Reads the command line, opens the model, prints what it writes."""
    summaries = {name: entry.summary for name, entry in ZOO.items()}
    about = "Uses a trained model of the zoo; results go to stdout, all else to stderr."
    name, words = choose(summaries, argv, prog="python generate.py", description=about)
    chosen = parse(
        OPTIONS[name],
        words,
        prog=f"python generate.py {name}",
        description=f"{name}: {ZOO[name].summary}.",
        first=FIRST[name],
    )
    folder = find(name, chosen.source)
    prepare(chosen.debug)
    {"music": compose, "text": write}[name](folder, chosen)


def find(name: str, source: Path | None) -> Path:
    """Returns the folder to use: what --from says, or the preset that ships with the package.

    Raises:
        MissingInputError: If there is none.
        UsageError: If it holds another model of the zoo.
    """
    folder = source or PRESETS / name
    if source is None and not (folder / CONFIG).exists():
        raise MissingInputError(
            f"{name} has no preset: train one by `python train.py {name}`, then pass --from."
        )
    if (folder / SAVED_MODEL).exists():
        return folder
    if (held := model_name(folder / CONFIG)) != name:
        raise UsageError(
            f"{folder} holds a {held} model: python generate.py {held} --from {folder}"
        )
    return folder


def open_writer(folder: Path, *, length: int, free: bool = False, drafts: int | None = None):
    """Opens what writes: a run, a preset, or an exported model, whose constraint is inside."""
    if (folder / SAVED_MODEL).exists():
        from models.served import ServedWriter

        if drafts is not None:
            raise UsageError("an exported model has its own number of --drafts.")
        return ServedWriter(folder)
    from models.bundle import COMPILE_FROM, open_bundle

    return open_bundle(folder).writer(free=free, drafts=drafts, jit=length >= COMPILE_FROM)


def compose(folder: Path, chosen: MusicOptions) -> None:
    """Composes tunes, prints them and, with --out, writes a page with score and sound."""
    from models.composer import Composer, Wish
    from tfrnn.music.abc import validate

    wish = Wish(title=chosen.title, rhythm=chosen.rhythm, meter=chosen.meter, key=chosen.key)
    writer = open_writer(folder, length=chosen.length, free=chosen.free, drafts=chosen.drafts)
    drafts = Composer(writer).compose(
        count=chosen.count, seed=chosen.seed, wish=wish, limit=chosen.length, choice=chosen.choice()
    )
    reports = compare([draft.text for draft in drafts], folder) if chosen.out else {}
    for seed, draft in enumerate(drafts, chosen.seed):
        problems = validate(draft.text)
        facts = [f"not valid: {problems[0]}" if problems else "valid"]
        facts += [] if draft.ended else [f"cut at {chosen.length} characters"]
        facts += [str(reports[draft.text])] if draft.text in reports else []
        report.say(f"seed {seed}", ", ".join(facts))
    print("\n\n".join(draft.text for draft in drafts))
    if chosen.out:
        from tfrnn.music.gallery import Composed, write_gallery

        tunes = [
            Composed(draft.text, seed, reports.get(draft.text))
            for seed, draft in enumerate(drafts, chosen.seed)
        ]
        report.say("open", str(write_gallery(chosen.out, tunes)))


def compare(tunes: list[str], folder: Path) -> dict:
    """Returns by tune what it copies from the corpus of a run, if that can be read here."""
    from models import options
    from tfrnn.music.novelty import Novelty

    if (folder / SAVED_MODEL).exists():
        return {}
    run = options.read(folder / CONFIG, "music")
    try:
        corpus = Novelty.of(ZOO["music"].read(run.data, seed=run.seed).train)
    except (MissingInputError, DataError, StorageError):
        return {}
    return {tune: corpus.report(tune) for tune in tunes}


def write(folder: Path, chosen: TextOptions) -> None:
    """Writes on from the prime, all at once or as a stream."""
    writer = open_writer(folder, length=chosen.length)
    if not chosen.stream:
        (draft,) = writer.write(
            [chosen.prime], [chosen.seed], limit=chosen.length, choice=chosen.choice()
        )
        print(draft.text)
        return
    if not hasattr(writer, "stream"):
        raise UsageError("an exported model cannot --stream: its loop runs to the end.")
    for chunk in writer.stream(
        chosen.prime, chosen.seed, limit=chosen.length, choice=chosen.choice()
    ):
        print(chunk, end="", flush=True)
    print()


if __name__ == "__main__":
    run_script(main)

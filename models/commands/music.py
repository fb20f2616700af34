"""music: tunes to order, and how good the tunes are that a model composes."""

from dataclasses import dataclass, replace
from pathlib import Path

from models import ZOO
from models.commands.characters import DrawingOptions, open_writer
from models.commands.use import is_exported, write_text
from models.files import CONFIG
from tfrnn.cli import report
from tfrnn.errors import DataError, MissingInputError, StorageError, UsageError

BATCH = 50  # tunes composed at a time by an evaluation
FIRST = ("meter", "key", "count", "out", "seed")


@dataclass(frozen=True, kw_only=True)
class MusicOptions(DrawingOptions):
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

    if is_exported(folder):
        return {}
    run = options.read(folder / CONFIG, "music")
    try:
        corpus = Novelty.of(ZOO["music"].read(run.data, seed=run.seed).train)
    except (MissingInputError, DataError, StorageError):
        return {}
    return {tune: corpus.report(tune) for tune in tunes}


def score(run: Path, data, chosen, out: Path) -> list[report.Score]:
    """Scores held-out tunes, and tunes that are composed; `chosen` are those of evaluate.py."""
    from models import scoring
    from models.bundle import open_bundle

    bundle = open_bundle(run)
    # First, because it refuses options that cannot be, and the other scores take longer.
    tunes = judge_tunes(bundle, data, chosen, out)
    return scoring.held_out(bundle, data) + tunes


def judge_tunes(bundle, data, chosen, out: Path) -> list[report.Score]:
    """Composes with the rules of ABC and without, names the copies, and scores both."""
    from models import scoring
    from tfrnn.music.novelty import Novelty

    corpus = Novelty.of(data.train)
    ruled, free = (compose_many(bundle, chosen, free=free) for free in (False, True))
    # The rules close a tune before the limit; given twice the room, does it end by itself?
    roomy = compose_many(bundle, replace(chosen, length=2 * chosen.length), free=False)
    ruled = [
        draft._replace(ended=len(alone.text) < chosen.length) for draft, alone in zip(ruled, roomy)
    ]
    human = [scoring.as_draft(tune, chosen.length) for tune in data.test[: chosen.count]]
    for i, draft in enumerate(ruled):
        found = corpus.report(draft.text)
        if found.longest_run > scoring.COPIED:
            report.say("copy", f"seed {chosen.seed + i}: {found}")
    tunes = "\n\n".join(draft.text for draft in ruled) + "\n"
    write_text(out / "tunes.abc", tunes)
    return scoring.compare(*(scoring.judge(drafts, corpus) for drafts in (ruled, free, human)))


def compose_many(bundle, chosen, *, free: bool) -> list:
    """Composes `chosen.count` tunes, BATCH at a time."""
    from models.composer import Composer

    composer = Composer(bundle.writer(free=free))
    drafts = []
    for first in range(0, chosen.count, BATCH):
        drafts += composer.compose(
            count=min(BATCH, chosen.count - first),
            seed=chosen.seed + first,
            limit=chosen.length,
            choice=chosen.choice(),
        )
    return drafts

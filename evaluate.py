"""Scores a run on what it never saw: python evaluate.py runs/mine."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import tyro

from models import ZOO
from models.files import CONFIG, DIGEST, check_digest, model_name
from models.options import check_seed
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.fields import values
from tfrnn.cli.options import parse
from tfrnn.cli.quiet import prepare
from tfrnn.decoding.choice import Choice
from tfrnn.errors import StorageError, UsageError
from tfrnn.training.durable import make_folder

BATCH = 50  # tunes composed at a time


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is scored, and on what."""

    run: Annotated[Path, tyro.conf.Positional]
    """Folder of a run or a preset."""
    source: str | None = None
    """Where the data is now, if not where it was when the run began."""
    count: int = 50
    """Tunes to compose, with the rules of ABC and without (music)."""
    seed: int = 0
    """Of the first composed tune; the next has the next."""
    temperature: float = 0.9
    """At which tunes are composed."""
    length: int = 600
    """Most characters of a composed tune."""
    out: Path | None = None
    """Folder for scores.json and the composed tunes (default: evaluation/ in the run's)."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        check_seed(self.seed)
        if self.count < 1:
            raise UsageError(f"--count must be 1 or more, got {self.count}.")
        self.choice()  # refuses what cannot be, before anything is loaded

    def choice(self) -> Choice:
        """Returns how boldly the characters of tunes are drawn."""
        return Choice(temperature=self.temperature)


def main(argv: list[str]) -> None:
    """Reads the command line, scores, prints one table and writes it beside the run."""
    chosen = parse(
        Options,
        argv,
        prog="python evaluate.py",
        description="Scores a run on held-out data, an honest baseline beside each score.",
    )
    name = model_name(chosen.run / CONFIG)
    prepare(chosen.debug)
    evaluate(name, chosen)


def evaluate(name: str, chosen: Options) -> None:
    """Scores the run's best checkpoint on the test split of its own data."""
    from models import scoring
    from models.bundle import open_bundle

    bundle = open_bundle(chosen.run)
    data_options = bundle.options.data
    if chosen.source:
        data_options = replace(data_options, source=chosen.source)
    data = ZOO[name].read(data_options, seed=bundle.options.seed)
    report.say("data", data.summary)
    if (chosen.run / DIGEST).exists():
        check_digest(chosen.run, data, data_options.source)
    else:
        report.say("warning", f"no {DIGEST}: whether these are the splits of the run is unknown")
    out = chosen.out or chosen.run / "evaluation"
    make_folder(out)
    # First, because it refuses options that cannot be, and the other scores take longer.
    tunes = judge_tunes(bundle, data, chosen, out) if name == "music" else []
    rows = scoring.held_out(bundle, data) + tunes
    print(report.scores(rows))
    record = {"step": bundle.step, "options": {k: str(v) for k, v in values(chosen).items()}}
    record["scores"] = [row._asdict() for row in rows]
    write(out / "scores.json", json.dumps(record, indent=1) + "\n")
    report.say("written", ", ".join(str(path) for path in sorted(out.iterdir())))


def judge_tunes(bundle, data, chosen: Options, out: Path) -> list[report.Score]:
    """Composes with the rules of ABC and without, names the copies, and scores both."""
    from models import scoring
    from tfrnn.music.novelty import Novelty

    corpus = Novelty.of(data.train)
    ruled, free = (compose(bundle, chosen, free=free) for free in (False, True))
    # The rules close a tune before the limit; given twice the room, does it end by itself?
    roomy = compose(bundle, replace(chosen, length=2 * chosen.length), free=False)
    ruled = [
        draft._replace(ended=len(alone.text) < chosen.length) for draft, alone in zip(ruled, roomy)
    ]
    human = [scoring.as_draft(tune, chosen.length) for tune in data.test[: chosen.count]]
    for i, draft in enumerate(ruled):
        found = corpus.report(draft.text)
        if found.longest_run > scoring.COPIED:
            report.say("copy", f"seed {chosen.seed + i}: {found}")
    tunes = "\n\n".join(draft.text for draft in ruled) + "\n"
    write(out / "tunes.abc", tunes)
    return scoring.compare(*(scoring.judge(drafts, corpus) for drafts in (ruled, free, human)))


def compose(bundle, chosen: Options, *, free: bool) -> list:
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


def write(path: Path, text: str) -> None:
    """Writes a file of the evaluation.

    Raises:
        StorageError: If that fails.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error


if __name__ == "__main__":
    run_script(main)

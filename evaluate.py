"""Scores a run on what it never saw: python evaluate.py runs/mine."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import tyro

from models import ZOO, options
from models.commands import (
    caption_scores,
    date_scores,
    frame_scores,
    label_scores,
    music,
    tag_scores,
    text,
    translation_scores,
    vector_scores,
)
from models.commands.use import write_text
from models.files import CONFIG, DIGEST, best_checkpoint, check_digest, model_name
from models.options import check_seed
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.fields import values
from tfrnn.cli.options import parse
from tfrnn.cli.quiet import prepare
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.search import Search
from tfrnn.errors import UsageError
from tfrnn.training.durable import make_folder

SCORES = {
    "music": music.score,
    "text": text.score,
    "intent": label_scores.score,
    "sentiment": label_scores.score,
    "tagger": tag_scores.score,
    "slots": tag_scores.score,
    "translator": translation_scores.score,
    "dates": date_scores.score,
    "captioner": caption_scores.score,
    "frames": frame_scores.score,
    "skip_thought": vector_scores.score,
}


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
    """Of the first composed tune, the next has the next (music); of a baseline that draws."""
    temperature: float = 0.9
    """At which tunes are composed (music)."""
    length: int = 600
    """Most characters of a composed tune (music)."""
    mistakes: int = 50
    """Of the wrong answers so many are written down, the worst first (not of characters)."""
    beam: int | None = None
    """Texts that are followed side by side (translator and dates: 5, captioner: 3)."""
    length_penalty: float | None = None
    """0 prefers short texts, 1 compares by probability a piece (captioner: 0.7, others: 1)."""
    out: Path | None = None
    """Folder for scores.json, pictures and texts (default: evaluation/ in the run's)."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        check_seed(self.seed)
        for name in ("count", "mistakes"):
            if getattr(self, name) < 1:
                raise UsageError(f"--{name} must be 1 or more, got {getattr(self, name)}.")
        self.choice()  # these refuse what cannot be, before anything is loaded
        self.search(Search())

    def search(self, usual: Search) -> Search:
        """Returns how texts are searched: as is usual for the model, where nothing was given."""
        given = {"beam": self.beam, "length_penalty": self.length_penalty}
        return replace(usual, **{name: v for name, v in given.items() if v is not None})

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
    run = options.read(chosen.run / CONFIG, name)
    if chosen.source:
        run = replace(run, data=replace(run.data, source=chosen.source))
    data = ZOO[name].read(run.data, seed=run.seed)
    report.say("data", data.summary)
    if (chosen.run / DIGEST).exists():
        check_digest(chosen.run, data, run.data.source)
    else:
        report.say("warning", f"no {DIGEST}: whether these are the splits of the run is unknown")
    out = chosen.out or chosen.run / "evaluation"
    make_folder(out)
    rows = SCORES[name](chosen.run, data.adopt(chosen.run), chosen, out)
    print(report.scores(rows))
    step = best_checkpoint(chosen.run).step
    record = {"step": step, "options": {k: str(v) for k, v in values(chosen).items()}}
    record["scores"] = [row._asdict() for row in rows]
    write_text(out / "scores.json", json.dumps(record, indent=1) + "\n")
    report.say("written", ", ".join(str(path) for path in sorted(out.iterdir())))


if __name__ == "__main__":
    run_script(main)

"""Serves exported models over HTTP, with a page to try them: python serve.py exports/."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from models.commands.use import is_exported
from models.files import CONFIG, model_name
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import parse
from tfrnn.cli.quiet import prepare
from tfrnn.errors import MissingInputError, UsageError
from tfrnn.serving.limits import Limits

WRITERS = ("music", "text")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is served, and where."""

    exports: Annotated[Path, tyro.conf.Positional]
    """Folder of exported models, or of one: NAME/saved_model.pb, or NAME/1/saved_model.pb."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 is all of this machine, so that others can connect."""
    port: int = 8501
    """Port to listen on, that of TensorFlow Serving; 0 is any that is free."""
    stream: tuple[str, ...] = ()
    """NAME=RUN: the model NAME streams its texts from RUN, the folder it was exported from."""
    poll: float = 2.0
    """Seconds between two looks for new versions."""
    limit: Limits = field(default_factory=Limits)
    """What requests may take."""
    debug: bool = False
    """Show tracebacks and what TensorFlow has to say."""

    def __post_init__(self):
        if not 0 <= self.port <= 65535:
            raise UsageError(f"--port must be 0 to 65535, got {self.port}.")
        if not 0 < self.poll < float("inf"):
            raise UsageError(f"--poll must be above 0 seconds, got {self.poll}.")


def main(argv: list[str]) -> None:
    """Reads the command line and serves until a signal."""
    chosen = parse(
        Options,
        argv,
        prog="python serve.py",
        description="Serves exported models as TensorFlow Serving does, with a page at /.",
        first=("host", "port", "stream"),
    )
    if not chosen.exports.is_dir():
        raise MissingInputError(f"{chosen.exports} is no folder; python export.py makes one.")
    runs = dict(_named(pair) for pair in chosen.stream)
    prepare(chosen.debug)
    from tfrnn.serving.server import serve

    serve(
        chosen.exports,
        host=chosen.host,
        port=chosen.port,
        limits=chosen.limit,
        poll=chosen.poll,
        streams={name: _writes(run) for name, run in runs.items()},
        told=report.say,
    )


def _named(pair: str) -> tuple[str, Path]:
    name, _, folder = pair.partition("=")
    if not name or not folder:
        raise UsageError(f"--stream must be NAME=RUN, got {pair!r}.")
    run = Path(folder)
    if is_exported(run) or model_name(run / CONFIG) not in WRITERS:
        raise UsageError(f"--stream {name}: {run} is no run of {' or '.join(WRITERS)}.")
    return name, run


def _writes(run: Path):
    """Opens a run that writes a piece at a time."""
    from models.bundle import open_bundle
    from tfrnn.decoding.choice import Choice

    writer = open_bundle(run).writer(jit=False)

    def stream(
        prime: str, length: int, temperature: float, top_p: float, seed: int
    ) -> Iterator[str]:
        choice = Choice(temperature=temperature, top_p=top_p)
        return writer.stream(prime, seed, limit=length, choice=choice)

    return stream


if __name__ == "__main__":
    run_script(main)

"""Trains a model of the zoo: python train.py music --data.source tunes.abc --out runs/mine."""

import dataclasses
import time
from pathlib import Path

from models import ZOO, files, options
from models.entry import Entry
from models.files import CONFIG, DIGEST
from tfrnn.cli import report
from tfrnn.cli.exits import run as run_script
from tfrnn.cli.options import choose, differences, given, parse, to_yaml
from tfrnn.cli.quiet import prepare
from tfrnn.cli.signals import stop_requested
from tfrnn.errors import (
    CannotCreateError,
    DataError,
    DivergedError,
    InterruptedRunError,
    MissingInputError,
    StorageError,
    UsageError,
)
from tfrnn.training.config import TrainConfig
from tfrnn.training.durable import rename, write_file
from tfrnn.training.run_lock import run_lock

FIRST = ("data.source", "out", "train.steps", "model.units", "seed")


def main(argv: list[str]) -> None:
    """Reads the command line, then data -> model -> training, in that order."""
    chosen = read_options(argv)
    with run_lock(chosen.out):
        chosen = settle(chosen, argv)
        prepare(chosen.debug)
        train(chosen)


def read_options(argv: list[str]) -> options.RunOptions:
    """Returns the options: those typed, over those of --config, over the zoo's."""
    if argv[:1] == ["--config"] and len(argv) > 1:  # it says the name itself
        argv = [files.model_name(Path(argv[1])), *argv]
    summaries = {name: entry.summary for name, entry in ZOO.items()}
    about = "Trains a model of the zoo and saves it in a folder."
    name, words = choose(summaries, argv, prog="python train.py", description=about)
    base = options.defaults(name)
    chosen = parse(
        type(base),
        [f"--name={name}", *words],
        prog=f"python train.py {name}",
        description=f"{name}: {ZOO[name].summary} (sizes: {ZOO[name].source}).",
        defaults=base,
        first=FIRST,
    )
    if chosen.name != name:
        raise UsageError(f"the model is {name}, so --name cannot be {chosen.name}.")
    return chosen


def settle(chosen: options.RunOptions, argv: list[str]) -> options.RunOptions:
    """Fits the options to what --out holds: a new run wants it without one, --resume with one.

    Raises:
        CannotCreateError: If a new run would write over another.
        MissingInputError: If there is nothing to resume.
        DataError: If an option that was typed is not that of the run.
    """
    config = chosen.out / CONFIG
    if not chosen.resume:
        if config.exists():
            raise CannotCreateError(
                f"{chosen.out} holds a run already: --resume goes on with it, another --out "
                "starts a new one."
            )
        return chosen
    if not config.exists():
        raise MissingInputError(f"{chosen.out} holds no run to resume; leave out --resume.")
    saved = options.read(config, chosen.name)
    typed = given(type(chosen), argv) - set(options.OF_A_CALL)
    for key, (old, new) in differences(saved, chosen).items():
        if key in typed:
            raise DataError(
                f"{chosen.out} was trained with {key}={old}, now {new}. Drop the option, or "
                "start a new run with another --out."
            )
    return dataclasses.replace(saved, **{key: getattr(chosen, key) for key in options.OF_A_CALL})


def train(chosen: options.RunOptions) -> None:
    """Trains in `chosen.out` until the run is finished or stopped, and says what came of it."""
    import keras

    from tfrnn.training.curves import draw

    entry = ZOO[chosen.name]
    entry = entry.judged(entry, chosen.model)
    data = entry.read(chosen.data, seed=chosen.seed)
    report.say("data", data.summary)
    if chosen.resume:
        files.check_digest(chosen.out, data, chosen.data.source)
        data = data.adopt(chosen.out)
    elif chosen.init:
        data = data.adopt(chosen.init)
    data = entry.prepare(data, chosen.model, chosen.data)
    splits = data.splits(chosen.data, seed=chosen.seed)
    chosen = decide(chosen, entry, splits)
    keras.utils.set_random_seed(chosen.seed)
    model = entry.build(chosen.model, chosen.train.precision, **splits.sizes)
    if chosen.init and not chosen.resume:
        entry.begin(model, chosen.init)
    sizes = ", ".join(f"{name} {size}" for name, size in vars(chosen.model).items())
    parameters = report.amount(model.count_params())
    report.say("model", f"{chosen.name}: {sizes}; {parameters} parameters")
    if not chosen.resume:
        record(chosen, data)
    axes = entry.loss_axis, entry.valid_axis
    try:
        score = entry.score(model, data, chosen.data) if entry.score else None
        follow(chosen, entry, model, splits, score)
    except DivergedError:
        draw(chosen.out, *axes)  # it shows how; who stopped the run does not wait for a picture
        raise
    draw(chosen.out, *axes)
    for label, text in entry.finish(chosen.out, data):
        report.say(label, text)
    use = f"python generate.py {chosen.name} --from {chosen.out}"
    report.say("next", f"{use}    python evaluate.py {chosen.out}    python export.py {chosen.out}")


def decide(chosen: options.RunOptions, entry: Entry, splits) -> options.RunOptions:
    """Settles what is left to the data, measures what is "auto", and says what was chosen."""
    from tfrnn.training.choose import choose as choose_compute

    settled = chosen.train.settle(splits.epoch)
    batch = next(iter(splits.train(0)))
    choice = choose_compute(
        lambda precision: entry.build(chosen.model, precision, **splits.sizes),
        entry.loss(chosen.model),
        settled,
        batch,
    )
    config = choice.config
    shards = f", {config.shards} shards" if config.shards > 1 else ""
    report.say("compute", f"{config.precision}, {config.compile}{shards} ({choice.reason})")
    return dataclasses.replace(chosen, train=config)


def record(chosen: options.RunOptions, data) -> None:
    """Writes what a new run is made from.

    Raises:
        StorageError: If it cannot be written.
    """
    config = to_yaml(chosen, without=options.OF_A_CALL).encode()
    temporary = chosen.out / f"tmp-{CONFIG}"
    try:
        data.save(chosen.out)
        (chosen.out / DIGEST).write_text(f"{files.digest(data)}\n", encoding="ascii")
        # The config comes last, and whole: a folder that has it holds a run.
        temporary.unlink(missing_ok=True)
        write_file(temporary, config)
        rename(temporary, chosen.out / CONFIG)
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"{chosen.out} cannot be written: {why}.") from error


def follow(chosen: options.RunOptions, entry: Entry, model, splits, score) -> None:
    """Runs the training and moves the line that shows it.

    Raises:
        InterruptedRunError: If the user stopped it; it is saved.
    """
    from tfrnn.training import checkpoint
    from tfrnn.training.run import Standing, run

    before = checkpoint.restore(chosen.out)
    start = before.step if before else 0
    targets, began = 0, time.monotonic()
    now = None
    with (
        stop_requested() as stop,
        report.Progress("train", chosen.train.steps, start=start) as bar,
    ):
        steps = run(
            model, entry.loss(chosen.model), chosen.train, splits, chosen.out,
            judge=entry.judge, score=score, stop=stop.__bool__,
        )  # fmt: skip
        for now in steps:
            if now.progress.skipped:
                report.say("skipped", describe_skipped(now.progress))
            targets += now.progress.targets
            pace = report.count(round(targets / (time.monotonic() - began)))
            text = f"{describe(now, entry)}  {pace} {entry.counted}/s"
            bar.update(now.progress.step, text)
    if now and not now.standing.finished:
        raise InterruptedRunError(
            f"saved step {now.progress.step:,} in {chosen.out}; go on with: "
            f"python train.py {chosen.name} --out {chosen.out} --resume"
        )
    standing = now.standing if now else Standing(**before.meta)
    step = now.progress.step if now else start
    report.say("finished", verdict(standing, step, chosen.train, entry))


def describe_skipped(progress) -> str:
    """Returns what was wrong with an update that was left out, and in which rows."""
    what = f"loss {progress.loss:.3g}, gradient norm {progress.grad_norm:.3g}"
    rows = ", ".join(map(str, progress.ill_rows[:5])) + ", ..." * (len(progress.ill_rows) > 5)
    where = f"; look at row {rows} of its batch" if rows else ""
    return f"the update of step {progress.step:,}: {what}{where}"


def describe(now, entry: Entry) -> str:
    """The moving part of the line: the loss of the batch, and the best on validation."""
    text = f"loss {entry.tell_loss(now.progress.loss)}"
    if now.standing.best_loss is not None:
        text += f"  held-out {entry.tell_valid(now.standing.best_loss)}"
    return text


def verdict(standing, step: int, config: TrainConfig, entry: Entry) -> str:
    """Why training ended, and what is kept."""
    best = "no held-out loss was finite"
    if standing.best_loss is not None:
        best = f"best is step {standing.best_step:,}, {entry.tell_valid(standing.best_loss)}"
    if step < config.steps:
        return f"validation has not improved for {config.patience} evaluations; {best}"
    return f"step {step:,}; {best}"


if __name__ == "__main__":
    run_script(main)

"""frames: how good the labels are, beside a network that sees each frame by itself."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path

from models.commands.tag_scores import draw_confused
from models.commands.use import write_text
from tfrnn.cli import report
from tfrnn.cli.report import Score

ALONE, MAJORITY = "each frame alone", "most frequent label"
DRAWN = 5  # clips of which there is a picture


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Scores the test clips, draws what they came to, and writes down all labels.

    The network of the baseline has the sizes of the run's but no LSTM, and learns for as long from
    the same clips on the spot: there is nothing to beat but what neighbours tell.
    """
    from models.clips import open_clip_reader
    from models.sentences import run_options
    from tfrnn.metrics.filmstrip import draw_filmstrip

    options = run_options(run)
    truth = [clip.labels for clip in data.test]
    frames = [clip.frames for clip in data.test]
    found = open_clip_reader(run).read(frames)
    ours = [seen.labels for seen in found]
    theirs = [seen.labels for seen in _alone(data, options, frames)]
    common, _ = Counter(chain(*(clip.labels for clip in data.train))).most_common(1)[0]
    fixed = [[common] * len(row) for row in truth]
    rows = _rows(truth, ours, {ALONE: theirs, MAJORITY: fixed}, data.labels)
    draw_confused(out, truth, ours, data.labels)
    lines = ["clip\tframe\tlabel\tfound\tconfidence\n"]
    for clip, seen in zip(data.test, found):
        for frame, each in enumerate(zip(clip.labels, seen.labels, seen.confidence), start=1):
            lines.append("\t".join([clip.name, str(frame), *each[:2], f"{each[2]:.3f}"]) + "\n")
    write_text(out / "frames.tsv", "".join(lines))
    for number, (clip, seen) in enumerate(zip(data.test[:DRAWN], found), start=1):
        picture = out / f"clip-{number}.png"
        draw_filmstrip(picture, clip.frames, seen.labels, seen.confidence, truth=clip.labels)
    return rows


def _rows(truth, ours, others, names) -> list[Score]:
    from tfrnn.metrics.classification import confusion_matrix, macro_f1
    from tfrnn.metrics.tags import sentence_accuracy, token_accuracy

    ids = {name: i for i, name in enumerate(names)}

    def f1(found) -> float:
        pairs = ([ids[label] for label in chain(*rows)] for rows in (truth, found))
        return macro_f1(confusion_matrix(*pairs, len(ids)))

    measures = {
        "frames, accuracy": lambda found: token_accuracy(truth, found),
        "labels, mean F1": f1,
        "clips with all labels right": lambda found: sentence_accuracy(truth, found),
    }
    return [
        Score(what, f"{measure(ours):.1%}", f"{measure(found):.1%}", against)
        for what, measure in measures.items()
        for against, found in others.items()
    ]


def _alone(data, options, frames):
    """Trains what sees each frame by itself, as the run was trained, and has it label frames."""
    import keras

    from models import ZOO
    from models.clip_reader import ClipReader
    from tfrnn.training.loop import make_average, train

    entry, config = ZOO[options.name], options.train
    splits = data.splits(options.data, seed=options.seed)
    keras.utils.set_random_seed(options.seed)
    sizes = replace(options.model, reads="frame")
    model = entry.build(sizes, config.precision, **splits.sizes)
    average = make_average(model, config)
    config = replace(config, evaluate_every=config.steps)
    steps = train(model, entry.loss(sizes), config, splits, judge=entry.judge, average=average)
    with report.Progress("baseline", config.steps) as bar:
        for now in steps:
            bar.update(now.step, f"each frame alone: loss {entry.tell_loss(now.loss)}")
    with average.in_place() if average else nullcontext():
        return ClipReader(model, data.labels).read(frames)

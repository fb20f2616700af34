"""intent and sentiment: how good the labels are, beside n-grams with logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.commands.use import write_text
from tfrnn.cli import report
from tfrnn.cli.report import Score

AGAINST = "n-gram regression"
KEPT = 0.9  # in-scope accuracy at which out-of-scope recall is told


@dataclass
class Judged:
    """What a classifier says of texts.

    probabilities: (texts, labels) float64. familiarity: (texts,) float, what is compared with
    `threshold`, below which a text is out of scope; None where nothing chose it.
    """

    probabilities: object
    familiarity: object
    threshold: float | None


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Scores the test texts, draws what they came to, and writes down the worst mistakes."""
    import numpy as np

    from models.sentences import open_labeller
    from tfrnn.metrics.calibration import softmax
    from tfrnn.metrics.classification import confusion_matrix

    labeller = open_labeller(run)
    ids = {label: i for i, label in enumerate(labeller.labels)}
    train, valid, test = (_by_scope(part, ids) for part in (data.train, data.valid, data.test))
    (texts, labels), strangers = test
    logits, familiarity = labeller.readings([*texts, *strangers])
    fitted = labeller.calibration
    ours = Judged(softmax(logits, fitted.temperature), familiarity, fitted.threshold)
    report.say("baseline", f"fitting {AGAINST} to {len(train[0][0]):,} texts")
    theirs = _linear(train, valid, test, len(ids), seed=chosen.seed)
    inside = slice(len(texts))
    matrix = confusion_matrix(labels, ours.probabilities[inside].argmax(1), len(ids))
    majority = np.bincount(train[0][1], minlength=len(ids)).argmax()
    rows = _in_scope_rows(labels, ours, theirs, np.mean(np.array(labels) == majority))
    if strangers:
        rows += _scope_rows(labels, ours, theirs)
    _draw(out, labels, logits[inside], ours, matrix, labeller)
    _write(out, texts, labels, ours, matrix, labeller.labels, chosen.mistakes)
    return rows


def _by_scope(part, ids):
    """((texts, label ids) in scope, texts out of scope)."""
    inside = [(text, ids[label]) for text, label in part if label in ids]
    texts, labels = zip(*inside) if inside else ((), ())
    return (list(texts), list(labels)), [text for text, label in part if label not in ids]


def _linear(train, valid, test, labels: int, *, seed: int) -> Judged:
    """The baseline; its threshold is chosen on validation as the model's is."""
    import numpy as np

    from tfrnn.metrics.linear import fit_linear
    from tfrnn.metrics.out_of_scope import choose_threshold

    model = fit_linear(*train[0], classes=labels, seed=seed)
    (texts, true), strangers = valid
    threshold = None
    if strangers:
        found = model.predict_proba([*texts, *strangers])
        outside = np.arange(len(found)) >= len(texts)
        right = found.argmax(1) == np.pad(true, (0, len(strangers)), constant_values=-1)
        threshold = choose_threshold(found.max(1), right, outside)
    found = model.predict_proba([*test[0][0], *test[1]])
    return Judged(found, found.max(1), threshold)


def _in_scope_rows(labels: Sequence[int], ours: Judged, theirs: Judged, majority: float):
    from tfrnn.metrics.calibration import brier_score, expected_calibration_error
    from tfrnn.metrics.classification import accuracy, confusion_matrix, macro_f1

    both = [judged.probabilities[: len(labels)] for judged in (ours, theirs)]
    right = [accuracy(labels, found.argmax(1)) for found in both]
    classes = both[0].shape[1]
    f1 = [macro_f1(confusion_matrix(labels, found.argmax(1), classes)) for found in both]
    error = [expected_calibration_error(found, labels) for found in both]
    brier = [brier_score(found, labels) for found in both]
    return [
        Score(
            "accuracy",
            f"{right[0]:.1%}",
            f"{right[1]:.1%} / {majority:.1%}",
            f"{AGAINST} / majority",
        ),
        Score("mean F1 of the labels", f"{f1[0]:.1%}", f"{f1[1]:.1%}", AGAINST),
        Score("calibration error", f"{error[0]:.3f}", f"{error[1]:.3f}", AGAINST),
        Score("Brier score", f"{brier[0]:.3f}", f"{brier[1]:.3f}", AGAINST),
    ]


def _scope_rows(labels: Sequence[int], ours: Judged, theirs: Judged):
    """Texts out of scope come after those in scope."""
    import numpy as np

    from tfrnn.metrics.out_of_scope import at_threshold, recall_at_accuracy
    from tfrnn.metrics.roc import auroc

    outside = np.arange(len(ours.familiarity)) >= len(labels)
    true = np.pad(labels, (0, outside.sum()), constant_values=-1)
    cells = []
    for judged in (ours, theirs):
        right = judged.probabilities.argmax(1) == true
        at = at_threshold(judged.familiarity, right, outside, judged.threshold)
        best = recall_at_accuracy(judged.familiarity, right, outside, KEPT)
        cells.append(
            (
                f"{auroc(-judged.familiarity, outside):.3f}",
                "-" if best is None else f"{best:.1%}",
                f"{at.recall:.1%}",
                f"{at.accuracy:.1%}",
            )
        )
    measures = (
        "out of scope, AUROC",
        f"out of scope, recall at {KEPT:.0%} in-scope accuracy",
        "out of scope, recall at the threshold of validation",
        "in-scope accuracy at that threshold",
    )
    return [Score(*row, AGAINST) for row in zip(measures, *cells)]


def _draw(out: Path, labels, logits, ours: Judged, matrix, labeller) -> None:
    import numpy as np

    from tfrnn.metrics import pictures
    from tfrnn.metrics.calibration import reliability, softmax

    pictures.draw_confusions(out / "confusion.png", matrix, labeller.labels)
    temperature = labeller.calibration.temperature
    tables = {}
    for title, t in (("as trained", 1.0), (f"temperature {temperature:.2f}", temperature)):
        found = softmax(logits, t)
        tables[title] = reliability(found.max(1), found.argmax(1) == np.array(labels))
    pictures.draw_reliability(out / "reliability.png", tables)
    outside = np.arange(len(ours.familiarity)) >= len(labels)
    if outside.any():
        pictures.draw_rejection(out / "rejection.png", ours.familiarity, outside, ours.threshold)


def _write(out: Path, texts, labels, ours: Judged, matrix, names, most: int) -> None:
    from tfrnn.metrics.classification import label_scores, worst_mistakes

    found = label_scores(matrix)
    header = ("label", *found._fields)
    cells = zip(names, *([f"{x:.4g}" for x in column] for column in found))
    write_text(out / "labels.tsv", "".join("\t".join(row) + "\n" for row in (header, *cells)))
    lines = [
        f"{m.confidence:.1%} {names[m.prediction]}, not {names[m.label]} ({m.chance:.1%}): "
        f"{' '.join(texts[m.index].split())}\n"
        for m in worst_mistakes(ours.probabilities[: len(texts)], labels, most)
    ]
    write_text(out / "mistakes.txt", "".join(lines))

"""tagger and slots: how good the tags are, beside the most frequent tag of each word."""

from collections.abc import Sequence
from pathlib import Path

from models.commands.use import write_text
from tfrnn.cli import report
from tfrnn.cli.report import Score

AGAINST = "most frequent tag of the word"
LINEAR = "n-gram regression / majority"


def score(run: Path, data, chosen, out: Path) -> list[Score]:
    """Scores the test sentences, draws what they came to, and writes down the worst mistakes."""
    from models.sentences import open_tagger
    from tfrnn.metrics.frequency import MostFrequentTag

    tagger = open_tagger(run)
    words, tags = [s.words for s in data.test], [s.tags for s in data.test]
    found = tagger.tag_sentences(words)
    # Of a text that is longer than the model reads, the rest counts as wrong.
    ours = [(*f.tags, *[""] * (len(t) - len(f.tags))) for f, t in zip(found, tags)]
    counts = MostFrequentTag.fit([s.words for s in data.train], [s.tags for s in data.train])
    theirs = [counts.predict(sentence) for sentence in words]
    known = {word for sentence in data.train for word in sentence.words}
    rows = _tag_rows(words, tags, ours, theirs, known)
    draw_confused(out, tags, ours, tagger.tags)
    _write_mistakes(out, words, tags, found, chosen.mistakes)
    if any("-" in tag for tag in tagger.tags):
        rows += _span_rows(tags, ours, theirs, out)
    if tagger.labels:
        rows += _label_rows(data, found, ours, tags, seed=chosen.seed)
    return rows


def _tag_rows(words, tags, ours, theirs, known) -> list[Score]:
    from tfrnn.metrics.tags import sentence_accuracy, token_accuracy, unseen_accuracy

    both = (ours, theirs)
    rows = [
        ("tags, accuracy", *(token_accuracy(tags, found) for found in both)),
        ("sentences with all tags right", *(sentence_accuracy(tags, found) for found in both)),
    ]
    unseen = [unseen_accuracy(words, tags, found, known) for found in both]
    if unseen[0] is not None:
        rows.append(("tags of words that training lacks", *unseen))
    return [Score(name, f"{a:.1%}", f"{b:.1%}", AGAINST) for name, a, b in rows]


def _span_rows(tags, ours, theirs, out: Path) -> list[Score]:
    """The scores of spans, if these tags are BIO; those of each type go into a file."""
    from tfrnn.metrics.tags import OUTSIDE, are_bio, span_score, span_scores

    if not are_bio(tag for sentence in tags for tag in sentence):
        return []
    ours = [[tag or OUTSIDE for tag in sentence] for sentence in ours]
    model, baseline = span_score(tags, ours), span_score(tags, theirs)
    lines = ["type\tprecision\trecall\tf1\tsupport\n"]
    for kind, found in span_scores(tags, ours).items():
        lines.append("\t".join([kind, *(f"{x:.4g}" for x in found)]) + "\n")
    write_text(out / "spans.tsv", "".join(lines))
    return [
        Score(
            f"spans, {name}",
            f"{getattr(model, field):.1%}",
            f"{getattr(baseline, field):.1%}",
            AGAINST,
        )
        for name, field in (("F1", "f1"), ("precision", "precision"), ("recall", "recall"))
    ]


def _label_rows(data, found, ours, tags, *, seed: int) -> list[Score]:
    import numpy as np

    from tfrnn.metrics.linear import fit_linear

    ids = {label: i for i, label in enumerate(data.labels)}
    train = [ids[sentence.label] for sentence in data.train]
    report.say("baseline", f"fitting n-gram regression to {len(train):,} texts")
    texts = [[" ".join(s.words) for s in part] for part in (data.train, data.test)]
    linear = fit_linear(texts[0], train, classes=len(ids), seed=seed).predict_proba(texts[1])
    true = np.array([ids[sentence.label] for sentence in data.test])
    right = np.array([ids[f.label] for f in found]) == true
    whole = np.mean([r and list(a) == list(b) for r, a, b in zip(right, ours, tags)])
    majority = np.mean(true == np.bincount(train).argmax())
    against = f"{np.mean(linear.argmax(1) == true):.1%} / {majority:.1%}"
    return [
        Score("labels, accuracy", f"{right.mean():.1%}", against, LINEAR),
        Score("label and all tags right", f"{whole:.1%}", "-", "nothing"),
    ]


def draw_confused(out: Path, tags, ours, names: Sequence[str]) -> None:
    """Draws which tags are taken for which, and writes down how good each is (tags.tsv).

    Args:
        out: Folder for both.
        tags: Rows of the true ones.
        ours: Rows of those found, "" where there is none.
        names: Of the tags.
    """
    from tfrnn.metrics.classification import confusion_matrix
    from tfrnn.metrics.pictures import draw_confusions

    ids = {name: i for i, name in enumerate(names)}
    pairs = [
        (ids[tag], ids[guess])
        for sentence, guesses in zip(tags, ours)
        for tag, guess in zip(sentence, guesses)
        if guess
    ]
    matrix = confusion_matrix(*zip(*pairs), len(ids))
    draw_confusions(out / "confusion.png", matrix, names)
    _write_tags(out, matrix, names)


def _write_tags(out: Path, matrix, names) -> None:
    from tfrnn.metrics.classification import label_scores

    found = label_scores(matrix)
    lines = ["\t".join(("tag", *found._fields))]
    for name, *cells in zip(names, *found):
        lines.append("\t".join([name, *(f"{cell:.4g}" for cell in cells)]))
    write_text(out / "tags.tsv", "\n".join(lines) + "\n")


def _write_mistakes(out: Path, words, tags, found, most: int) -> None:
    """Writes down the wrong tags that were the surest, each with its sentence."""
    wrong = [
        (share, place, i)
        for i, (sentence, guess) in enumerate(zip(tags, found))
        for place, (tag, other, share) in enumerate(zip(sentence, guess.tags, guess.confidence))
        if tag != other
    ]
    lines = [
        f"{share:.1%} {found[i].tags[place]}, not {tags[i][place]}: {words[i][place]} in: "
        f"{' '.join(words[i])}\n"
        for share, place, i in sorted(wrong, key=lambda item: (-item[0], item[1:]))[:most]
    ]
    write_text(out / "mistakes.txt", "".join(lines))

"""How good a character model is: held-out text and, for tunes, what it composes."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from models import ZOO
from models.bundle import Bundle
from models.writer import Draft
from tfrnn.cli.report import Score
from tfrnn.data import text
from tfrnn.data.characters import CharacterData
from tfrnn.metrics.ngram import NGram, bits_per_character, choose_order
from tfrnn.music import abc2midi
from tfrnn.music.abc import validate
from tfrnn.music.novelty import Novelty
from tfrnn.training.loop import make_score

COPIED = 40  # notes in a row that are found in the corpus: from here on a tune counts as a copy


def held_out(bundle: Bundle, data: CharacterData) -> list[Score]:
    """Scores whole held-out documents, each end included, beside a Kneser-Ney n-gram.

    The n-gram learns from the same training split; its order is chosen on validation.
    """
    vocab = len(bundle.vocabulary)
    train, valid, test = map(data.encode, (data.train, data.valid, data.test))
    score = make_score(bundle.model, ZOO[bundle.options.name].loss(bundle.options.model))
    model = score(text.whole(test, vocab=vocab)) / math.log(2)
    order = choose_order(train, valid, vocab)
    ngram = bits_per_character(NGram.fit(train, vocab, order), test)
    return [
        Score("bits a character", f"{model:.3f}", f"{ngram:.3f}", f"Kneser-Ney {order}-gram"),
        Score("perplexity a character", f"{2**model:.2f}", f"{2**ngram:.2f}", "the same"),
    ]


class Composed(NamedTuple):
    """What the tunes of one way of composing, or of a corpus, come to.

    valid: share without a problem for our validator. full_bars: share without a complaint of
    abc2midi about a bar. undisputed: share without any complaint of abc2midi; None, both, where it
    is not installed. ended: share that ends by itself. copied: share with a run of more than
    COPIED notes from the training tunes. longest: the longest such run. new_bars, new_runs: mean
    shares of bars and of runs of eight notes that are new.
    """

    valid: float
    full_bars: float | None
    undisputed: float | None
    ended: float
    copied: float
    longest: int
    new_bars: float
    new_runs: float


def judge(drafts: Sequence[Draft], novelty: Novelty) -> Composed:
    """Judges tunes one by one and sums up."""
    texts = [draft.text for draft in drafts]
    reports = [novelty.report(tune) for tune in texts]
    found = abc2midi.complaints(texts) if abc2midi.is_installed() else None
    return Composed(
        valid=_mean(not validate(tune) for tune in texts),
        full_bars=found and _mean(not abc2midi.are_about_bars(lines) for lines in found),
        undisputed=found and _mean(not lines for lines in found),
        ended=_mean(draft.ended for draft in drafts),
        copied=_mean(report.longest_run > COPIED for report in reports),
        longest=max(report.longest_run for report in reports),
        new_bars=_mean(report.new_bars for report in reports),
        new_runs=_mean(report.new_runs for report in reports),
    )


def as_draft(tune: str, limit: int) -> Draft:
    """Returns a tune of the corpus as if it had been composed, to be judged alike."""
    return Draft(tune, len(tune) < limit, float("nan"))


def compare(with_rules: Composed, free: Composed, human: Composed) -> list[Score]:
    """Sets composed tunes beside those without constraints and beside held-out human tunes."""
    against = "without constraints / held-out tunes"

    def row(measure, field, spell):
        model, one, other = (spell(getattr(c, field)) for c in (with_rules, free, human))
        return Score(measure, model, f"{one} / {other}", against)

    rows = [
        row("valid ABC", "valid", _percent),
        row("abc2midi finds all bars full", "full_bars", _percent),
        row("abc2midi finds nothing", "undisputed", _percent),
        row("ended by themselves in time", "ended", _percent),
        row(f"more than {COPIED} notes copied", "copied", _percent),
        row("longest run copied, notes", "longest", str),
        row("bars that are new", "new_bars", _percent),
        row("8-note runs that are new", "new_runs", _percent),
    ]
    return [row for row in rows if row.model != "-"]


def _mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"

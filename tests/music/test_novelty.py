"""What was copied from a corpus: hand-made tunes, and an oracle that tries every run."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfrnn.music.abc import read
from tfrnn.music.novelty import WINDOW, Novelty, notes


def tune(music, *, title="", key="C"):
    return f"X:1\nT:{title}\nM:none\nL:1/8\nK:{key}\n{music}\n"


def melody(music, **fields):
    return notes(read(tune(music, **fields))[0])


CORPUS = Novelty.of(
    [
        tune("CDEF GABc | d2e2 f2g2 |", title="Up"),
        tune("cBAG FEDC | c4 C4 |", title="Down"),
    ]
)


def test_notes_are_as_written_with_ties_merged():
    eighth = Fraction(1, 8)
    assert melody("|: F2- | F z (3ABc [Ce] :|", key="G") == [
        (66, 3 * eighth),
        *[(pitch, eighth * 2 / 3) for pitch in (69, 71, 72)],
        (76, eighth),
    ]


def test_a_rest_parts_what_a_tie_would_join():
    assert len(melody("C- z C- D")) == 3


@pytest.mark.parametrize(
    ("music", "longest", "source"),
    [
        ("e2 CDEFG2", 4, "Up"),  # the last note's duration differs
        ("B,B,B, BAGFEDC B,B,", 7, "Down"),
        ("CDEFGABcd2e2f2g2", 12, "Up"),  # across the bar line
        ("c4 C4 CDEF", 4, "Up"),  # the end of one tune and the start of another are no run
        ("C4 z C4", 1, "Down"),
        ("_e3 _b,5", 0, ""),
    ],
)
def test_longest_run_and_its_source(music, longest, source):
    report = CORPUS.report(tune(music))
    assert (report.longest_run, report.source) == (longest, source)


@pytest.mark.parametrize(
    ("music", "longest"),
    [
        ("^CD_E=E", 2),  # neither tune has two half tones in a row
        ("D E ^F G A B ^c d", 8),  # Up, a tone higher
        ("D4 E4 ^F4 G4 A4 B4 ^c4 d4 e8 ^f8 g8", 11),  # and at a quarter of the speed
        ("C D E F2", 3),
        ("^g3", 1),
    ],
)
def test_runs_in_any_key_and_at_any_speed(music, longest):
    report = CORPUS.report(tune(music))
    # One note alone can only be compared as written.
    assert report.longest_transposed == (longest if music != "^g3" else 0)


def test_pairs_of_symbols_are_not_mixed_up():
    # Of four symbols, the first and the last, and the second and the first.
    assert Novelty.of([tune("CDECF")]).report(tune("DC")).longest_run == 1


def test_shares_of_new_bars_and_runs():
    report = CORPUS.report(tune("CDEF GABc | d2e2 f2g2 | c4 C4 | c4 C3 | z8 |"))
    assert report.new_bars == pytest.approx(1 / 4)  # a bar of rest is no bar
    # 16 notes, 9 runs of 8: of the first 12 notes 5 are Up's, the other 4 are new.
    assert report.new_runs == pytest.approx(4 / 9)
    assert (report.longest_run, report.source) == (12, "Up")


def test_a_copy_has_nothing_new():
    report = CORPUS.report(tune("CDEF GABc | d2e2 f2g2 |"))
    assert (report.new_bars, report.new_runs, report.longest_run) == (0, 0, 12)


def test_a_tune_without_notes_and_an_empty_corpus():
    report = CORPUS.report("nothing here")
    assert (report.longest_run, report.source, report.new_bars, report.new_runs) == (0, "", 1, 1)
    empty = Novelty.of([]).report(tune("CDEFGABcdefg"))
    assert (empty.longest_run, empty.longest_transposed, empty.new_runs) == (0, 0, 1)


def test_texts_without_music_are_counted_and_faulty_ones_are_used():
    corpus = Novelty.of(["12", tune("CDE)]F", title="Faulty"), tune("z4"), tune("c")])
    assert (corpus.tunes, corpus.skipped) == (2, 2)
    assert corpus.report(tune("CDE")).source == "Faulty"
    assert corpus.report(tune("c")).source == "tune 4"


def test_one_line_for_the_user():
    assert str(CORPUS.report(tune("CDEF C3"))) == (
        'longest run copied: 4 notes, from "Up" (in any key: 4); '
        "new: 100% of the bars, 100% of the runs of 8"
    )


def oracle_longest(corpus, sequence):
    """The longest run, and the first sequences that hold one as long: every run is tried."""

    def holds(other, run):
        return any(other[i : i + len(run)] == run for i in range(len(other)))

    for length in range(len(sequence), 0, -1):
        runs = [sequence[i : i + length] for i in range(len(sequence) - length + 1)]
        found = {i for i, other in enumerate(corpus) if any(holds(other, run) for run in runs)}
        if found:
            return length, found
    return 0, set()


def steps(sequence):
    return [(b[0] - a[0], b[1] / a[1]) for a, b in pairwise(sequence)]


music = st.lists(
    # Phrases, so that long runs are shared too.
    st.sampled_from(["C", "D2", "E", "^D", "CDE", "DEF2GE", "DEF2GA", "cBAGFEDCEGcGE"]),
    min_size=1,
    max_size=12,
).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(st.lists(music, max_size=4), music)
def test_agrees_with_trying_every_run(corpus, text):
    index = Novelty.of([tune(other, title=str(i)) for i, other in enumerate(corpus)])
    report = index.report(tune(text))
    sequence, others = melody(text), [melody(other) for other in corpus]
    longest, sources = oracle_longest(others, sequence)
    assert report.longest_run == longest
    assert report.source in {str(i) for i in sources} | ({""} if not sources else set())
    transposed, _ = oracle_longest([steps(other) for other in others], steps(sequence))
    assert report.longest_transposed == (transposed + 1 if transposed else min(longest, 1))
    windows = [sequence[i : i + WINDOW] for i in range(len(sequence) - WINDOW + 1)]
    new = [oracle_longest(others, window)[0] < WINDOW for window in windows]
    assert report.new_runs == (sum(new) / len(new) if new else 1)

"""Tunes out of ABC files: what is cleaned, what is kept, what is counted, how they are dealt."""

from itertools import chain

import pytest

from tfrnn.data.sources import Document
from tfrnn.data.tunes import (
    Tune,
    as_is,
    canonical,
    key,
    meter,
    parse,
    read_tunes,
    split,
    unit_length,
)
from tfrnn.errors import DataError

MESSY = """X: 12
T: The Cat's Waltz % by ear
T:Another Name
R: Waltz
Z:somebody
M:C|
K: D Mixolydian
|:A2  FD|`A2 FD \\
% a remark
d2 !trill!cB |!
w: la la la
K:A Minor
T:second part
ABcA|M:3/4 e2 z:|
"""

CLEAN = """X:1
T:The Cat's Waltz
R:waltz
M:2/2
L:1/8
K:Dmix
|:A2 FD|A2 FD
d2 cB |
K:Am
ABcA|[M:3/4] e2 z:|"""


def tune(body, number=1):
    return f"X:{number}\nT:t\nM:4/4\nK:D\n{body}\n"


def corpus(*texts, form=canonical):
    return read_tunes([Document(f"{i}.abc", text) for i, text in enumerate(texts)], form=form)


def test_canonical_form_of_a_messy_tune():
    assert canonical(parse(MESSY)) == CLEAN


@pytest.mark.parametrize(
    ("end", "canonical_end"),
    [
        ("D2|", "D2|]"),
        ("D2 |", "D2|]"),
        ("D2||", "D2|]"),
        ("D2|]", "D2|]"),
        ("D2", "D2|]"),
        ("[DF]2||", "[DF]2|]"),
        ("[DF]|", "[DF]|]"),
        ("D2:|", "D2:|"),
        ("D2:|]", "D2:|]"),
        ("D2::", "D2::"),
    ],
)
def test_canonical_form_closes_the_last_bar(end, canonical_end):
    assert canonical(parse(f"X:1\nM:2/4\nL:1/8\nK:D\nA4|{end}")).endswith(f"A4|{canonical_end}")


def test_canonical_form_is_a_fixed_point():
    assert canonical(parse(CLEAN)) == CLEAN


def test_as_is_keeps_every_character_but_the_blank_end():
    text = "X: 3\nT:a\n\nK:D\nA B  |!\n"
    assert corpus(text + "\n  \n" + tune("d2|"), form=as_is).tunes[0].text == text.rstrip("\n")


def test_a_last_note_before_a_repeat_sign_is_no_field():
    assert parse("X:1\nK:D\nabc\nG:|\nd::\n").body == "abc\nG:|\nd::"


def test_a_meter_change_with_music_on_its_line_becomes_two_lines():
    assert parse("X:1\nK:D\nM:9/8 EDC DA,B, CDE|!\n").body == "M:9/8\nEDC DA,B, CDE|"


def test_after_a_blank_line_music_goes_on_and_prose_does_not():
    text = "X:1\nK:D\n\nabc|\n\ndef|\n\nCollected by a friend.\n"
    assert parse(text).body == "abc|\ndef|"


def test_a_decoration_at_the_end_of_a_line_is_whole_and_a_line_break_sign_goes():
    assert parse("X:1\nK:D\nabc !fermata!\ndef|!\n").body == "abc !fermata!\ndef|"


def test_of_two_meters_in_a_header_the_last_counts_and_of_two_titles_the_first():
    header = parse("X:1\nT:one\nM:4/4\nT:two\nM:6/8\nK:D\nabc|\n").header
    assert (header["T"], header["M"]) == ("one", "6/8")


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("D Major", "D"), ("D", "D"), ("DMaj", "D"), ("E ionian", "E"), ("A Dorian", "Ador"),
        ("E Minor", "Em"), ("Em", "Em"), ("F#min", "F#m"), ("B aeolian", "Bm"), ("AMix", "Amix"),
        ("D Mixolydian", "Dmix"), ("Bb", "Bb"), ("Bphr", "Bphr"), ("G Lydian", "Glyd"),
        ("D ^g =c", "D ^g =c"), ("G clef=bass", "G"), ("Hp", "Hp"), ("none", "none"),
    ],
)  # fmt: skip
def test_keys(written, short):
    assert key(written) == short


@pytest.mark.parametrize(
    ("written", "fraction", "unit"),
    [
        ("C", "4/4", "1/8"), ("C|", "2/2", "1/8"), ("3/4", "3/4", "1/8"), ("2/4", "2/4", "1/16"),
        ("3/8", "3/8", "1/16"), ("(2+3)/8", "(2+3)/8", "1/16"), ("none", "none", "1/8"),
    ],
)  # fmt: skip
def test_meters_and_the_unit_length_they_imply(written, fraction, unit):
    assert meter(written) == fraction
    assert unit_length(fraction) == unit


def test_counts_duplicates_empty_tunes_and_voices_over_several_files():
    first = tune("abc|d4|") + "\n" + tune("a b c | d4 |", 2) + tune('z4|"Am"z4|', 3)
    second = "X:1\nT:no key\nabc|\n" + tune("V:1\nabc|\nV:2\nABC|") + tune("gfe|")
    found = corpus(first, second)
    assert [origin for _, origin in found.tunes] == ["0.abc:1", "1.abc:12"]
    assert (found.found, found.duplicates, found.empty, found.voices) == (6, 1, 2, 1)
    assert "6 tunes, 2 distinct, 1 duplicates, 2 empty, 1 in several voices" in found.summary()


def test_summary_names_the_file_and_counts_its_characters():
    found = read_tunes([Document("some/where/jigs.abc", "X:1\nK:D\nd|\n")])
    counts = "1 tunes, 1 distinct, 0 duplicates, 0 empty, 0 in several voices, 16 characters"
    assert found.summary() == f"jigs.abc: {counts}"


def test_summary_names_the_folder_of_several_files():
    documents = [Document(f"music21:airs/{i}.abc", tune("abc"[i:])) for i in range(2)]
    assert read_tunes(documents).summary().startswith("music21:airs: 2 tunes, 2 distinct")


def test_both_forms_keep_the_same_tunes():
    text = tune("abc|") + tune("abc | % again", 2) + tune("cba|", 3)
    origins = [[t.origin for t in corpus(text, form=form).tunes] for form in (canonical, as_is)]
    assert origins[0] == origins[1] == ["0.abc:1", "0.abc:11"]


def test_a_file_without_x_lines_is_split_where_a_field_follows_a_blank_line():
    found = corpus("M:6/8\nK:Am\nabc def|\n\nM:4/4\nK:D\nd4|\nA:|\n")
    assert [t.origin for t in found.tunes] == ["0.abc:1", "0.abc:5"]
    assert found.tunes[1].text == "X:1\nM:4/4\nL:1/8\nK:D\nd4|\nA:|"


def test_prose_is_refused_with_what_a_tune_needs():
    with pytest.raises(
        DataError, match='found 0 tunes: a tune starts with a line "X:1"'
    ) as failure:
        corpus("To be, or not to be.\n\nCASSIUS:\nNo.\n")
    assert "\n" not in str(failure.value)


def test_tokens_of_folk_rnn_are_refused_with_the_command_that_converts_them():
    with pytest.raises(DataError, match=r"python -m tfrnn\.data\.folkrnn 0\.abc OUT\.abc"):
        corpus("M:6/8\nK:Cmaj\n|: c 2 d e f g | a b c' g 3 :|\n")


def tunes(count):
    return [Tune(f"tune {i}", "") for i in range(count)]


def test_split_deals_every_tune_out_once():
    parts = split(tunes(100), test=0.1, valid=0.05, seed=1)
    assert [len(part) for part in parts] == [85, 5, 10]
    assert sorted(chain(*parts)) == sorted(tunes(100))


def test_split_is_the_same_for_a_seed_everywhere():
    _, valid, test = split(tunes(12), test=0.25, valid=0.2, seed=7)
    assert [t.text for t in valid + test] == [
        "tune 2", "tune 3", "tune 5", "tune 6", "tune 8",
    ]  # fmt: skip
    assert split(tunes(12), test=0.25, valid=0.2, seed=8)[2] != test


@pytest.mark.parametrize("count", [3, 4, 5])
def test_split_leaves_nobody_empty_handed(count):
    for test, valid in [(0.01, 0.01), (0.49, 0.49), (0.9, 0.05), (0.05, 0.9)]:
        parts = split(tunes(count), test=test, valid=valid, seed=0)
        assert min(map(len, parts)) >= 1
        assert sum(map(len, parts)) == count


def test_split_names_the_least_it_needs():
    with pytest.raises(DataError, match=r"At least 3 distinct tunes .* got 2"):
        split(tunes(2), test=0.1, valid=0.1, seed=0)


@pytest.mark.parametrize(("test", "valid"), [(0, 0.1), (0.1, 0), (0.5, 0.5), (-0.1, 0.2)])
def test_split_refuses_shares_that_leave_a_part_empty(test, valid):
    with pytest.raises(ValueError, match="Shares must be above 0"):
        split(tunes(9), test=test, valid=valid, seed=0)

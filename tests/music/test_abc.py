"""The reader of ABC: what it understands, how long it lasts, what it finds wrong and where."""

from fractions import Fraction

import pytest

from tests.music.walks import complaints, needs_abc2midi
from tfrnn.errors import DataError
from tfrnn.music.abc import AbcError, parse, read, validate
from tfrnn.music.perform import perform


def tune(body, *, meter="4/4", unit="1/8", key="C"):
    return f"X:1\nT:Test\nM:{meter}\nL:{unit}\nK:{key}\n{body}\n"


def notes(body, **header):
    return [item for bar in read(tune(body, **header))[0].bars for item in bar.items]


def pitches(body, **header):
    return [note.pitches for note in notes(body, **header)]


def lengths(body, **header):
    """Durations in eighths."""
    return [str(note.duration * 8) for note in notes(body, **header)]


def messages(text):
    return [str(problem) for problem in validate(text)]


def test_header():
    text = "X: 12\nT:One\nT:Two\nC:me\nM:C|\nQ:1/4=90\nK:F#m % a comment\nC8|]"
    found = parse(text)
    assert (found.reference, found.title, found.unit) == (12, "One", Fraction(1, 8))
    assert (found.meter.length, found.key.fifths, found.fields["T"]) == (1, 3, "One\nTwo")
    assert found.text == text


@pytest.mark.parametrize(("meter", "unit"), [("2/4", "1/16"), ("3/4", "1/8"), ("none", "1/8")])
def test_unit_length_follows_from_the_meter(meter, unit):
    assert str(read(f"X:1\nM:{meter}\nK:C\nA")[0].unit) == unit


def test_octaves_and_accidentals():
    assert pitches("C,, C c c' ^C _D =E ^^F __B") == [
        (36,), (60,), (72,), (84,), (61,), (61,), (64,), (67,), (69,),
    ]  # fmt: skip


def test_key_signs_notes_and_an_accidental_lasts_for_the_bar_in_every_octave():
    assert pitches("F f =F f|F2 c2 B4", key="D") == [
        (66,),
        (78,),
        (65,),
        (77,),
        (66,),
        (73,),
        (71,),
    ]


def test_a_tie_carries_its_accidental_over_the_bar_line():
    assert pitches("^f8-|f2- f2 e2 f2|]") == [(78,)] * 3 + [(76,), (77,)]


def test_lengths():
    written = "A A2 A/ A// A/2 A3/2 A3/ z4 [CEG]2 [C2E2]/ A0"
    assert lengths(written) == [*"12", "1/2", "1/4", "1/2", "3/2", "3/2", *"4211"]


def test_broken_rhythm():
    assert lengths("A>B c<d e>>f") == ["3/2", "1/2", "1/2", "3/2", "7/4", "1/4"]
    assert lengths("g2<a2 [CE]>z") == ["1", "3", "3/2", "1/2"]


def test_tuplets():
    assert set(lengths("(3ABc (3[CE]zA")) == {"2/3"}
    assert set(lengths("(2AB", meter="6/8")) == {"3/2"}
    assert set(lengths("(4ABcd")) == {"3/4"}
    assert set(lengths("(5ABcde")) == {"2/5"}
    assert set(lengths("(5ABcde", meter="6/8")) == {"3/5"}
    assert lengths("(3:2:2AB c") == ["2/3", "2/3", "1"]


def test_decorations_slurs_graces_texts_and_spacers_take_no_time():
    written = '"Am"A ~B .c (!trill!d {ga}e) +fermata+f vTg "^text"a y2|]'
    assert lengths(written) == ["1"] * 8
    assert validate(tune(written)) == []


def test_changes_in_the_music():
    body = "A8|[M:2/4]A4|\nM:3/4\nK:D\nf6|\nL:1/4\n[K:C]f3|]"
    assert validate(tune(body)) == []
    assert pitches(body)[2:] == [(78,), (77,)]
    assert lengths(body)[-1] == "6"


def test_lines_end_as_old_files_end_them():
    assert validate(tune("A8|!\nB8|\\\nc8|*\n% a comment\n%%directive\nw: la la\nd8|]!")) == []


def test_bars_and_their_lines():
    bars = parse(tune("A2|B8|1 c6:|2 c6|]")).bars
    assert [(bar.left, bar.right, bar.ending) for bar in bars] == [
        ("", "|", ()), ("|", "|", ()), ("|", ":|", (1,)), (":|", "|]", (2,)),
    ]  # fmt: skip
    assert [str(bar.duration) for bar in bars] == ["1/4", "1", "3/4", "3/4"]
    assert (bars[1].line, bars[1].column, bars[1].items[0].column) == (6, 4, 4)


def sounds(body, **header):
    played = perform(parse(tune(body, **header)))
    return " ".join(f"{s.start * 8}:{s.pitches[0]}x{s.duration * 8}" for s in played)


def test_performance_of_repeats_and_endings():
    assert sounds("|:C8|1 D8:|2 E8|]") == "0:60x8 8:62x8 16:60x8 24:64x8"
    assert sounds("C8:|D8::E8:|") == "0:60x8 8:60x8 16:62x8 24:62x8 32:64x8 40:64x8"
    assert sounds("C8||D8:|") == "0:60x8 8:62x8 16:62x8"
    assert sounds("|:C8|[1,2 D8:|[3 E8|]").split()[4] == "32:60x8"


def test_performance_merges_ties_and_leaves_rests_out():
    assert sounds("C8-|C2z2 D4|]") == "0:60x10 12:62x4"
    assert sounds("|:C8-|C8:|") == "0:60x16 16:60x16"


VALID = {
    "pick-up": "A2|B8|c6:|",
    "pick-up and a full last bar": "A2|B8|c8|]",
    "a repeat inside a bar": "A4|B8|B4:|c4|d8|]",
    "sections with pick-ups": "A2|B8|c6:|d2|e8|f6:|",
    "full bars": "A8:|B8|]",
    "pick-up before the repeat": "A2|:B8|c8:|",
    "several bars of rest": "A8|Z3|B8|]",
    "endings": "A2|B8|1 c6:|2 c8|]",
    "two plain bar lines in a row": "A2 |\n| B8 | c8 |\n| d6 :|",
    "an empty bar for the eye": "A8:|\n|:B8:|",
}


@pytest.mark.parametrize("name", VALID)
def test_valid_bars(name):
    assert messages(tune(VALID[name])) == []


INVALID = {
    "A8|B7|c8|]": "line 6, column 4: bar 2 holds 7/8, the meter is 4/4",
    "A8|B8c|c8|]": "line 6, column 4: bar 2 holds 9/8, the meter is 4/4",
    "A8|B7/2c4|d8|]": "line 6, column 4: bar 2 holds 15/16, the meter is 4/4",
    "A8|c6|]": "line 6, column 4: bar 2 holds 3/4, the meter is 4/4",
    "A2|B8|c8:|": "line 6, column 1: bar 1 holds 1/4 when repeated, the meter is 4/4",
    "A8|B6:|c8|d8|]": "line 6, column 1: bar 1 holds 7/4, with what ended before it when"
    " repeated, the meter is 4/4",
    "A8-|]": "line 6, column 3: a tie leads nowhere",
    "A8-|B8|]": "line 6, column 3: a tie leads to another pitch",
    "-A8|]": "line 6, column 1: a tie needs a note before it",
    "A8|B4 (3cd|]": "line 6, column 7: a tuplet is unfinished",
    "A8|B7>|": "line 6, column 6: a broken rhythm needs a note after it",
    "A8|[CE B8|]": "line 6, column 4: a chord is unfinished",
    "A8|{g B8|]": "line 6, column 4: a grace group is unfinished",
    'A8|"Am B8|]': "line 6, column 4: a text is unfinished",
    "A0 A7|]": "line 6, column 1: the length 0 is zero",
    "A8|% B8 ?\nB?8|]": "line 7, column 2: '?' means nothing here",
    "A8|&B8|]": "line 6, column 4: '&' means nothing here",
    "|:A8|B8|]": "line 6, column 3: the repeat that starts here, |:, has no :|",
    "|:A8|:B8:|": "line 6, column 3: the repeat that starts here, |:, has no :|",
    "A8|1 B8:|c8|]": "line 6, column 6: after this first ending there is no second",
    "A8|1 B8:|3 c8|]": "line 6, column 6: endings count 1, 2, ... and these are 1, 3",
    "A8|1 B8|2 c8|]": "line 6, column 6: endings belong to a repeat, and there is no :|",
    "z8|]": "line 6, column 3: the tune has no note",
    "A8|[M:4/5]B8|]": "line 6, column 4: M:4/5 is no meter",
    "A8|\n\nB8|]": "line 8, column 1: a blank line ends a tune, and here it goes on",
}


@pytest.mark.parametrize("body", INVALID)
def test_problems(body):
    assert INVALID[body] in messages(tune(body))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T:a\nK:C\nA", "line 1, column 1: the header does not start with a number, such as X:1"),
        ("T:a\nX:1\nK:C\nA", "line 2, column 1: X: is not the first field"),
        ("X:1\nM:4/4", "line 2, column 1: the header does not end with a key, such as K:D"),
        ("X:1\nM:6/7\nK:C\nA", "line 2, column 3: '6/7' is no meter such as 6/8"),
        ("X:1\nL:8\nK:H\nA", "line 3, column 3: 'H' is no key such as D or A dorian"),
        ("X:1\nABc|\n", "line 2, column 1: the header, which ends with the key K:, has music or"
         " text in it"),
    ],
)  # fmt: skip
def test_problems_of_headers(text, message):
    assert message in messages(text)


def test_parse_raises_the_first_problem():
    with pytest.raises(AbcError, match=r"^line 6, column 4: bar 2 holds 7/8") as caught:
        parse(tune("A8|B7|c8?|]"))
    assert (caught.value.line, caught.value.column) == (6, 4)
    assert isinstance(caught.value, DataError)


def test_read_gives_the_tune_all_the_same():
    found, problems = read(tune("A8|B7|c8?|]"))
    assert [str(bar.duration) for bar in found.bars] == ["1", "7/8", "1"]
    assert len(problems) == 2


@needs_abc2midi
def test_abc2midi_agrees_on_what_is_valid(tmp_path):
    bodies = [body for name, body in VALID.items() if name != "several bars of rest"]
    assert complaints([tune(body) for body in bodies], tmp_path) == []
    for body in ("A8|B7|c8|]", "A2|B8|c8:|", "A8|B6:|c8|d8|]", "|:A8|B8|]", "A8-|B8|]"):
        assert complaints([tune(body)], tmp_path), body

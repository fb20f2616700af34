"""Scores: what our MEI says, what verovio makes of it, and a verovio that dies."""

import base64
import io
import re
from fractions import Fraction
from xml.etree import ElementTree

import mido
import pytest
import verovio

from tfrnn.errors import DataError, Failure
from tfrnn.music import score as score_module
from tfrnn.music.abc import parse, read
from tfrnn.music.mei import mei
from tfrnn.music.score import PHONE, score, scores
from tfrnn.music.values import beams, tuplets, values

SVG = "{http://www.w3.org/2000/svg}"
RICH = """X:1
T:Rich & strange
M:6/8
L:1/8
K:Edor
|:B|EFG ABc|(3ded c>B A2-|A[EG]^A =F2^c|1 e3 E2:|2 e3 E3||
|:e2f gfe|{g}d2e f{cd}ed|"Am"~e3 z3|Te3 .E2:|
[K:Bb]B3- B2=e|[M:9/8]_e6- e3|[M:none]G5 A7|(5:4:5ABcde|]
"""


def elements(text, kind):
    tree = ElementTree.fromstring(mei(read(text)[0]))
    return [
        e
        for e in tree.iter()
        if e.tag.removeprefix("{http://www.music-encoding.org/ns/mei}") == kind
    ]


def music(body, *, key="C", meter="4/4"):
    return f"X:1\nM:{meter}\nL:1/8\nK:{key}\n{body}\n"


def attributes(body, name, **fields):
    return [note.get(name) for note in elements(music(body, **fields), "note")]


@pytest.mark.parametrize(
    "text",
    [
        re.sub(r"\{.*?\}", "", RICH),  # grace notes take time from the others
        music("^F=F_F F | ^^F2 F, [^F_A] | z4 C2- C3-|C7 C"),
        music("FBE GBd | e2 a f3", key="Eb", meter="6/8"),
        music("FGA BcF | Bce", key="D exp _b ^c", meter="none"),
        music("(3ABc (3:2:2A2B (6ABcABc|A/B/c/d/ e>f g<a|", key="Am"),
    ],
    ids=["rich", "accidentals", "flats", "explicit", "tuplets"],
)
def test_verovio_reads_the_notes_that_we_wrote(text):
    """Its own MIDI of the score has our pitches at our times, in the order of the text."""
    tune, _ = read(text)
    toolkit = verovio.toolkit()
    toolkit.setOptions({"inputFrom": "mei", "expandNever": True})
    assert toolkit.loadData(mei(tune))
    file = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    now, theirs = 0, []
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "note_on" and message.velocity:
            theirs.append((now / file.ticks_per_beat, message.note))
    now, tied, ours = Fraction(0), (), []
    for item in (item for bar in tune.bars for item in bar.items):
        ours += [(float(4 * now), pitch) for pitch in item.pitches if pitch not in tied]
        tied = item.pitches if item.tied else ()
        now += item.duration
    assert sorted(ours) == [(pytest.approx(t, abs=0.02), pitch) for t, pitch in sorted(theirs)]


def test_accidentals_are_written_where_they_are_new():
    written = attributes("F ^F F f | F =F =F ^f | ^F4- F4- | F4 F4", "accid", key="G")
    # The key's F sharp; in a bar a sign counts from there on, in its octave only.
    assert written == [None] * 4 + [None, "n", None, None] + [None] * 4
    assert attributes("C ^C C c | C _B, B, =B,", "accid") == [
        *[None, "s", None, "s"],
        *[None, "f", None, "n"],
    ]


def test_an_accidental_holds_over_a_tie_and_not_beyond():
    assert attributes("^F8- | F4 F4 | ^F4 z4", "accid") == ["s", None, None, "s"]


def test_ties():
    assert attributes("C4- C4- | C4 C4", "tie") == ["i", "m", "t", None]
    # Five eighths are no single value: a half tied to an eighth.
    assert attributes("C5 z3", "tie") == ["i", "t"]


def test_bar_lines_repeats_and_endings():
    text = music("|: C8 |1 D8 :|2 E8 || F8 | G8 :: A8 :| B8 |]")
    lines = [(m.get("left"), m.get("right")) for m in elements(text, "measure")]
    assert lines == [
        *[("rptstart", "single"), (None, "rptend"), (None, "dbl")],
        *[(None, "single"), (None, "rptend"), ("rptstart", "rptend"), (None, "end")],
    ]
    endings = elements(text, "ending")
    assert [(e.get("label"), len(e)) for e in endings] == [("1.", 1), ("2.", 1)]


def test_the_last_ending_is_no_longer_than_the_first():
    text = music("|: C8 |1,3 D8 | D8 :|2 E8 | E8 | E8 | E8 |]")
    assert [(e.get("n"), len(e)) for e in elements(text, "ending")] == [("1, 3", 2), ("2", 2)]


def test_key_and_meter_and_their_changes():
    text = music("C8 | [K:Bbm] [M:C|] C8 | [K:D exp _b ^c] C8", key="A")
    assert [e.get("sig") for e in elements(text, "keySig")] == ["3s", "5f", "2s"]
    assert [(e.get("count"), e.get("sym")) for e in elements(text, "meterSig")] == [
        ("4", None),
        ("2", "cut"),
    ]
    assert elements(music("CDE", meter="none"), "meterSig") == []


def test_ornaments_graces_and_chord_names():
    text = music('{gf}"G7"~.B4 "^slowly"Hc4')
    assert [note.get("grace") for note in elements(text, "note")[:3]] == ["unacc", "unacc", None]
    (turn,), (fermata,) = elements(text, "turn"), elements(text, "fermata")
    assert turn.get("startid") != fermata.get("startid")
    assert [e.text for e in elements(text, "harm") + elements(text, "dir")] == ["G7", "slowly"]
    assert [e.get("artic") for e in elements(text, "artic")] == ["stacc"]


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("1", [("1", 0)]),
        ("3/8", [("1/4", 1)]),
        ("5/8", [("1/2", 0), ("1/8", 0)]),
        ("9/8", [("1", 0), ("1/8", 0)]),
        ("1/512", [("1/256", 0)]),
    ],
)
def test_written_values(duration, expected):
    found = values(Fraction(duration))
    assert [(str(base), dots) for base, dots in found] == expected


def test_tuplets_are_found_by_their_durations():
    items = parse(music("(3ABc d2 (3efg (3:2:2A2B|")).bars[0].items
    assert [(len(t.items), t.number, t.time) for t in tuplets(items)] == [
        *[(3, 3, 2), (1, 1, 1)],
        *[(3, 3, 2), (2, 3, 2)],
    ]


@pytest.mark.parametrize(
    ("body", "meter", "groups"),
    [
        ("ABcdefga", "4/4", [4, 4]),
        ("AB cd efga", "4/4", [4, 4]),
        ("A2BcdefA", "4/4", [1, 2, 4]),
        ("A/B/cde fga2", "C|", [3, 2, 2, 1]),
        ("ABcdef", "6/8", [3, 3]),
        ("ABcdef", "3/4", [2, 2, 2]),
        ("ABc", "3/8", [3]),
        ("A3B cd", "6/8", [1, 3]),
        ("AzBcde", "6/8", [1, 1, 1, 3]),
    ],
)
def test_beams_follow_the_meter(body, meter, groups):
    bar = read(music(body + "|", meter=meter))[0].bars[0]
    assert [sum(len(tuplet.items) for tuplet in group) for group in beams(bar)] == groups


def test_a_pick_up_is_beamed_as_the_end_of_a_bar():
    bar = read(music("ABcd|efgabc'|", meter="6/8"))[0].bars[0]
    assert [sum(len(tuplet.items) for tuplet in group) for group in beams(bar)] == [1, 3]


def drawn(svg):
    """How often each kind of thing is drawn."""
    counts = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        for kind in (group.get("class") or "").split():
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def test_what_is_drawn():
    counts = drawn(score(read(RICH)[0]))
    assert counts["measure"] == 14
    assert counts["note"] == len(elements(RICH, "note"))
    for kind, count in {"ending": 2, "tuplet": 2, "harm": 1, "trill": 1, "turn": 1}.items():
        assert counts[kind] >= count, kind


def test_a_narrow_score_has_more_lines():
    tune = parse(music("ABcd efga|" * 16))
    wide, narrow = drawn(score(tune))["system"], drawn(score(tune, width=PHONE))["system"]
    assert narrow > wide > 1


def test_a_score_depends_on_its_tune_alone():
    tunes = [parse(music(f"{note}8|")) for note in "CDE"]
    assert scores(tunes)[2] == scores(tunes[2:])[0] == score(tunes[2])


FAKE = """
import json, os, sys, time
for line in sys.stdin:
    text = json.loads(line)["mei"]
    if "crash" in text: os.abort()
    if "hang" in text: time.sleep(60)
    print(json.dumps(None if "refuse" in text else "<svg/>"), flush=True)
    if "cut" in text: sys.stdout.write('"<sv'), sys.stdout.flush(), os._exit(1)
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """An engraver that misbehaves on titles that say so."""
    path = tmp_path / "engraver.py"
    path.write_text(FAKE)
    monkeypatch.setattr(score_module, "_ENGRAVER", path)
    return path


def titled(*titles):
    return [parse(f"X:1\nT:{title}\nK:C\nC|") for title in titles]


def test_a_crash_is_the_error_of_its_tune_only(fake):
    found = scores(titled("a", "crash", "b", "refuse", "crash", "c"))
    assert [isinstance(result, str) for result in found] == [True, False, True, False, False, True]
    assert str(found[1]) == "verovio ended with code -6 on the score"
    assert str(found[3]) == "verovio does not take the score"
    with pytest.raises(DataError, match="ended with code -6"):
        score(titled("crash")[0])


def test_an_answer_cut_short_does_not_count(fake):
    found = scores(titled("cut", "b", "c"))
    assert [isinstance(result, str) for result in found] == [True, False, True]


def test_a_hang_is_the_error_of_its_tune_only(fake, monkeypatch):
    monkeypatch.setattr(score_module, "_START", 1.0)
    monkeypatch.setattr(score_module, "_EACH", 0.0)
    first, second, third = scores(titled("a", "hang", "b"))
    assert (first, third) == ("<svg/>", "<svg/>")
    assert str(second) == "verovio took too long on the score"


def test_without_verovio(fake):
    fake.write_text("import verovio_that_is_not_there")
    with pytest.raises(Failure, match=r"pip install -r requirements\.txt"):
        scores(titled("a"))

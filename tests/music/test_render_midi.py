"""MIDI files, read back by mido and compared with what abc2midi makes of the same tune."""

import io
import shutil
import subprocess

import mido
import pytest

from tfrnn.errors import DataError
from tfrnn.music.abc import parse, read
from tfrnn.music.midi import TICKS, midi
from tfrnn.music.tempo import LONGEST, tempo_of

JIG = """X:7
T:Gräfin's Jig
R:jig
M:6/8
L:1/8
K:Edor
|:B|EFG ABc|(3ded c>B A2-|A2[EG] ^F2 =F|1 e3 E2:|2 e3 E3||
|:c2f gfe|z2e f>ed|e3- e2 d|E3 E3:|
"""
PLAIN = "X:1\nM:4/4\nL:1/4\nK:Bb\nB c d e | f4 |\n"


def events(data):
    """Returns (tick, message) of a MIDI file."""
    file = mido.MidiFile(file=io.BytesIO(data))
    now = 0
    found = []
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        found.append((now, message))
    return file, found


def sounding(data):
    """Returns (start, end, pitch) in quarter notes, sorted."""
    file, found = events(data)
    open_notes, notes = {}, []
    for tick, message in found:
        if message.type == "note_on" and message.velocity:
            assert message.note not in open_notes, "a note starts that already sounds"
            open_notes[message.note] = tick
        elif message.type in ("note_on", "note_off"):
            notes.append((open_notes.pop(message.note), tick, message.note))
    assert not open_notes
    return sorted(tuple(t / file.ticks_per_beat for t in note[:2]) + note[2:] for note in notes)


def meta(data, kind):
    return [(tick, message) for tick, message in events(data)[1] if message.type == kind]


def test_notes_are_those_of_the_performance():
    tune = parse("X:1\nM:2/4\nL:1/4\nK:F\n|: B2- | B [FA] :|\n")
    once = [(0, 3, 70), (3, 4, 65), (3, 4, 69)]
    again = [(start + 4, end + 4, pitch) for start, end, pitch in once]
    assert sounding(midi(tune)) == once + again


def test_the_same_pitch_twice_is_two_notes():
    assert len(sounding(midi(parse("X:1\nM:2/4\nL:1/4\nK:C\nCC|C2|\n")))) == 3


def test_header_says_title_key_meter_and_tempo():
    data = midi(parse(JIG), tempo=168)
    assert mido.MidiFile(file=io.BytesIO(data), charset="utf-8").tracks[0].name == "Gräfin's Jig"
    ((_, key),) = meta(data, "key_signature")
    assert key.key == "Bm"  # E dorian: two sharps and a minor third
    ((tick, meter),) = meta(data, "time_signature")
    assert (tick, meter.numerator, meter.denominator, meter.clocks_per_click) == (0, 6, 8, 36)
    ((_, tempo),) = meta(data, "set_tempo")
    assert tempo.tempo == round(60e6 / 168)


def test_a_meter_that_changes():
    tune = parse("X:1\nM:2/4\nL:1/4\nK:C\nCC|[M:3/4]CCC|CCC|[M:2/4]C2|\n")
    found = [(tick / TICKS, m.numerator) for tick, m in meta(midi(tune), "time_signature")]
    assert found == [(0, 2), (2, 3), (8, 2)]


def test_a_free_meter_has_no_signature():
    assert meta(midi(parse("X:1\nM:none\nL:1/4\nK:C\nCDE|\n")), "time_signature") == []


@pytest.mark.parametrize("fifths", range(-7, 8))
def test_every_key_signature(fifths):
    names = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
    tune = parse(PLAIN.replace("K:Bb", f"K:{names[fifths + 7]}"))
    assert meta(midi(tune), "key_signature")[0][1].key == names[fifths + 7]


def test_first_notes_of_bars_are_louder():
    loud = [m.velocity for _, m in events(midi(parse(PLAIN)))[1] if m.type == "note_on"]
    assert [velocity > loud[1] for velocity in loud] == [True, False, False, False, True]


def test_tuplets_do_not_drift():
    sevenths = "(7:2:7CDEFGAB" * 8
    notes = sounding(midi(parse(f"X:1\nM:none\nL:1/8\nK:C\n{sevenths}|c8|\n")))
    assert notes[-1] == (8, 12, 72)


def test_same_bytes():
    assert midi(parse(JIG)) == midi(parse(JIG))


@pytest.mark.parametrize(
    ("header", "tempo"),
    [
        ("Q:120", 120),
        ("Q:1/2=90", 180),
        ('Q:"Allegro 7" 3/8=100', 150),
        ("Q:1/4=0\nR:Reel", 196),  # no tempo: as if it were not there
        ("Q:99999999\nR:Reel", 196),
        ("R:Slip Jig\nM:9/8", 174),
        ("R:Double jig", 168),
        ("M:12/8", 168),
        ("M:3/4", 132),
        ("M:C|", 190),
        ("M:2/4", 132),
        ("M:none", 132),
    ],
)
def test_tempo(header, tempo):
    assert tempo_of(read(f"X:1\n{header}\nK:C\nC|")[0]) == tempo


@pytest.mark.parametrize(
    ("music", "message"),
    [
        ("z4|", "no note"),
        ("C D,,,,,,|", "line 5, column 3: the pitch is outside of MIDI's 0 to 127"),
        ("c''''''|", "outside of MIDI's"),
        ("C999999|", f"at most {LONGEST} s"),
    ],
)
def test_what_cannot_be_played_is_refused(music, message):
    with pytest.raises(DataError, match=message):
        midi(read(f"X:1\nM:none\nL:1/4\nK:C\n{music}\n")[0])


@pytest.mark.parametrize("tempo", [-1.0, float("nan"), float("inf")])
def test_a_tempo_that_is_none(tempo):
    with pytest.raises(ValueError, match="above 0"):
        midi(parse(PLAIN), tempo=tempo)


@pytest.mark.skipif(shutil.which("abc2midi") is None, reason="needs Debian's abcmidi")
@pytest.mark.parametrize(
    "text",
    [
        JIG,
        PLAIN,
        "X:1\nM:9/8\nL:1/8\nK:Ddor\n|:A2B c2d e2f|^f=f_e d2c BAG|1 A9:|2 D9|]\n",
        "X:1\nM:C|\nL:1/8\nK:A\nA|:c2ec Acec|d>fe<c B3A|cAec aecA|B2d2 c3 A:|\n",
        "X:1\nM:4/4\nL:1/8\nK:Gm\nG2(3BAG FGBd|(3gfg d2 _e=e^fg-|g8|]\n",
    ],
    ids=["jig", "plain", "slip jig", "reel", "tuplets"],
)
def test_as_abc2midi_plays_it(text, tmp_path):
    (tmp_path / "tune.abc").write_text(text, encoding="utf-8")
    command = ["abc2midi", "tune.abc", "-o", "tune.mid"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=20)
    theirs = sounding((tmp_path / "tune.mid").read_bytes())
    ours = sounding(midi(parse(text)))
    # abc2midi spreads a chord's notes by some ticks: less than half of a 64th note.
    assert [(start, pitch) for start, _, pitch in ours] == [
        (pytest.approx(start, abs=0.03), pitch) for start, _, pitch in theirs
    ]

"""Tunes in other keys: every sound moves by the same interval, and nothing else changes."""

import random
import re

import pytest

from tests.scripts import runs
from tfrnn.data import sources, tunes
from tfrnn.data.transpose import TONICS, in_other_keys, transpose
from tfrnn.music.abc import read
from tfrnn.music.key import parse_key
from tfrnn.music.perform import perform

MODES = {"": 0, "m": -3, "dor": -2, "mix": -1}
SIGNS = str.maketrans("#b", "^_")
SPELLINGS = ("", " Major", "maj", " ionian", "m", "min", " Minor", "aeo", "dor", " Dorian", "Mix")


def sounds(text):
    """What is heard, by the reader of `tfrnn.music`, which shares no code with `transpose`."""
    return [(s.start, s.duration, s.pitches) for s in perform(read(text)[0])]


def shifts(text, moved):
    """By how many semitones each sound has moved; fails where one came, went or changed."""
    before, after = sounds(text), sounds(moved)
    assert len(before) == len(after)
    found = set()
    for (start, duration, pitches), (start_2, duration_2, pitches_2) in zip(before, after):
        assert (start, duration, len(pitches)) == (start_2, duration_2, len(pitches_2))
        found |= {b - a for a, b in zip(pitches, pitches_2)}
    return found


def pitch(tonic):
    """The MIDI number of "F#" and its like."""
    ((_, _, (number,)),) = sounds(f"X:1\nK:C\n{tonic[1:].translate(SIGNS)}{tonic[0]}|]")
    return number


def in_key(tonic, mode, seed=0):
    """A tune with accidentals, octave marks, ties, chords and grace notes."""
    draw = random.Random(f"{tonic} {mode} {seed}")

    def note():
        return draw.choice(("", "", "", "^", "_", "=")) + draw.choice("CDEFGABcdefgab")

    bars = []
    for _ in range(6):
        notes = [note() + draw.choice(("", "", "", "'")) for _ in range(6)]
        notes[0] = "{" + note() + "}" + notes[0]
        notes[1] = f"[{note()}{draw.choice('EGB')}]"
        notes[5] = draw.choice(("z", "B,", notes[4] + "-" + notes[4]))[:6]
        bars.append("".join(notes[:5]) + "z")
    return f"X:1\nM:6/8\nL:1/8\nK:{tonic}{mode}\n{'|'.join(bars)}|]"


@pytest.mark.parametrize("mode", SPELLINGS)
def test_every_sound_moves_by_one_interval(mode):
    place = MODES[parse_key(f"C{mode}").mode]
    for tonic in [letter + sign for letter in "ABCDEFG" for sign in ("", "#", "b")]:
        if parse_key(tonic + mode) is None:
            continue  # more than seven sharps or flats
        text = in_key(tonic, mode)
        assert len(sounds(text)) >= 20
        for target in TONICS[place]:
            moved = transpose(text, target)
            if moved is None:
                continue
            (shift,) = shifts(text, moved)
            assert (shift - pitch(target) + pitch(tonic)) % 12 == 0
            assert -7 <= shift <= 7
            assert f"\nK:{target}{mode}\n" in moved


def test_most_random_tunes_can_be_moved():
    moved = [transpose(in_key("D", "", seed), "G") for seed in range(50)]
    assert sum(text is not None for text in moved) >= 45


def test_there_and_back():
    for tune in runs.tunes(40):
        tonic = re.search("^K:([A-G])", tune, re.MULTILINE)[1]
        for target in "DGACEB":
            moved = transpose(tune, target)
            assert transpose(moved, tonic) == tune
            assert (moved == tune) == (target == tonic)


def test_a_real_corpus_keeps_its_intervals():
    corpus = tunes.read_tunes(sources.read("music21:oneills1850")).tunes[::23]
    assert len(corpus) > 80
    copies = 0
    for tune in corpus:
        for copy in in_other_keys(tune.text, 3, seed=1):
            assert len(shifts(tune.text, copy)) == 1
            assert len(read(copy)[1]) == len(read(tune.text)[1])
            copies += 1
    assert copies > 200


WORDS = [
    "T:A Bag of Cabbages", "C:Edgar", "R:Reel", "N:D e f", 'Q:"Adagio" 1/4=60', "% a deaf badge",
]  # fmt: skip
TEXTS = [
    '"^Begin"', "!fermata!", "!D.C.!", "[P:A]", "[r:a dead cab]", '"<(a"', "+accent+",
]  # fmt: skip


def test_words_are_no_notes():
    header = "X:1\n" + "\n".join(WORDS) + "\nM:4/4\nK:D\n"
    body = "".join(f"{text}A" for text in TEXTS) + " % a bad cafe\nw:a bee-fed cad\nP:B\nd2 \\% e|]"
    moved = transpose(header + body, "C")
    assert moved.startswith(header.replace("K:D", "K:C"))
    wanted = "".join(f"{text}G" for text in TEXTS) + " % a bad cafe\nw:a bee-fed cad\nP:B\nc2 \\% d"
    assert moved == header.replace("K:D", "K:C") + wanted + "|]"


def test_names_of_chords_move_too():
    """Their roots and basses, by their alteration in the key; words that look like them stay."""
    text = 'X:1\nK:D\n"D"A"F#m7/C#"A"C"A"Bb"A"A+"A"Fine"A"D.C."A"Em(add9)"A"Bdim"A|]'
    wanted = 'X:1\nK:C\n"C"G"Em7/B"G"Bb"G"Ab"G"G+"G"Fine"G"D.C."G"Dm(add9)"G"Adim"G|]'
    assert transpose(text, "C") == wanted
    assert transpose(wanted, "D") == text
    assert transpose('X:1\nK:C\n"F#"A|]', "D") == 'X:1\nK:D\n"G#"B|]'
    assert transpose('X:1\nK:C\n"B#"A|]', "D") is None


def test_decorations_rests_and_lines_stay():
    text = "X:1\nL:1/8\nK:G\n|:~G3 .A vB uc|Td2 (3efg z2 x Z|[1 G:|[2 HG>A B<c L{ga}b2|]\nG:|"
    wanted = "X:1\nL:1/8\nK:A\n|:~A3 .B vc ud|Te2 (3fga z2 x Z|[1 A:|[2 HA>B c<d L{ab}c'2|]\nA:|"
    assert transpose(text, "A") == wanted


@pytest.mark.parametrize(
    "text",
    [
        "X:1\nK:D\nABc|\nK:G\nABc|]",
        "X:1\nK:D\nABc|\nK:G clef=bass\nABc|]",
        "X:1\nK:D\nABc|\nK:Hp\nABc|]",
        "X:1\nK:D\nABc|[K:G]ABc|]",
        "X:1\nK:D\nABc|[ K: G ]ABc|]",
        "X:1\nK:D exp ^c\nABc|]",
        "X:1\nK:Hp\nABc|]",
        "X:1\nK:none\nABc|]",
        "X:1\nK:Dphr\nABc|]",
        "X:1\nK:D lydian\nABc|]",
        "X:1\nABc|]",
    ],
)
def test_what_cannot_be_moved_as_a_whole_is_left_alone(text):
    """A change of key, a mode that nobody plays in."""
    assert in_other_keys(text, 3, seed=0) == []


@pytest.mark.parametrize(("tonic", "mode"), [("D", ""), ("E", "m"), ("A", "dor"), ("F#", "m")])
def test_copies_are_in_other_keys(tonic, mode):
    text = f"X:1\nK:{tonic}{mode}\nABc|]"
    usual = TONICS[MODES[mode]]
    copies = in_other_keys(text, 9, seed=0)
    keys = [re.search("K:(.*)", copy)[1].removesuffix(mode) for copy in copies]
    assert sorted(keys) == sorted(set(usual) - {tonic})
    assert in_other_keys(text, 2, seed=0) == copies[:2]
    assert in_other_keys(text, 0, seed=0) == []
    assert {in_other_keys(text, 1, seed=seed)[0] for seed in range(30)} == set(copies)


def test_what_would_need_a_triple_sharp_is_left_out():
    """No key is better than one in which a note is wrong."""
    text = "X:1\nK:C\n^^EF|]"
    assert transpose(text, "D") is transpose(text, "A") is None
    assert in_other_keys(text, 3, seed=0) == ["X:1\nK:G\n^^B,C|]"]

"""folk-rnn's tokens to ABC: the same music by two oracles, laid out as musicians write it."""

import re
import shutil
import subprocess

import pytest

from tfrnn.data import folkrnn
from tfrnn.data.folkrnn import TONICS, Tokens, convert, lay_out, signature, to_abc
from tfrnn.data.sources import Document
from tfrnn.data.tunes import read_tunes
from tfrnn.errors import DataError

MUSIC = "|: G | c 2 ^c d _e =e | f > g =b B A, C, | [ E G ] 2 ^F f' _d ^B :|"
KEYS = [(mode, tonic) for mode, tonics in TONICS.items() for tonic in tonics]
SHARPS_OF_MAJOR = dict(zip("FCGDAEB", range(-1, 6)))
FIFTHS_BELOW_MAJOR = {"": 0, "mix": 1, "dor": 2, "m": 3}


def pitches(abc):
    """Reads MIDI pitches by the circle of fifths; an accidental holds to the end of its bar."""
    tonic, mode = re.search(r"K:([A-G])(\w*)\n", abc).groups()
    sharps = SHARPS_OF_MAJOR[tonic] - FIFTHS_BELOW_MAJOR[mode]
    key = dict.fromkeys("ABCDEFG", 0)
    key |= dict.fromkeys("FCGDAEB"[: max(0, sharps)], 1)
    key |= dict.fromkeys("BEADGCF"[: max(0, -sharps)], -1)
    found = []
    for bar in abc.split("\nK:")[1].partition("\n")[2].split("|"):
        altered = dict(key)
        for sign, letter, marks in re.findall(r"(\^\^|__|[_=^]|)([A-Ga-g])([,']*)", bar):
            if sign:
                altered[letter.upper()] = sign.count("^") - sign.count("_")
            natural = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}
            octave = letter.islower() + marks.count("'") - marks.count(",")
            found.append(natural[letter.upper()] + altered[letter.upper()] + 12 * octave)
    return found


def abc_in_c(mode):
    return f"X:1\nM:6/8\nL:1/8\nK:C{mode}\n{MUSIC.replace(' ', '')}\n"


@pytest.mark.parametrize(("mode", "tonic"), KEYS)
def test_a_moved_tune_keeps_every_interval(mode, tonic):
    moved = pitches(to_abc(Tokens(6, 8, mode, tuple(MUSIC.split())), tonic=tonic, number=1))
    original = pitches(abc_in_c(folkrnn._SUFFIXES[mode]))
    shifts = {new - old for new, old in zip(moved, original, strict=True)}
    assert len(shifts) == 1
    assert shifts.pop() % 12 == {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[tonic]


def midi(folder, abc):
    """Returns (pitch, onset) of the notes that abc2midi plays, from its file in text form."""
    (folder / "a.abc").write_text(abc + "\n")
    command = ["abc2midi", folder / "a.abc", "1", "-o", folder / "a.mid"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Error" not in said
    text = subprocess.run(
        ["mftext", folder / "a.mid"], capture_output=True, text=True, check=True
    ).stdout
    return [
        (int(pitch), time)
        for time, pitch in re.findall(r"(\S+)\s+Note on, chan=\d+ pitch=(\d+) vol=[1-9]", text)
    ]


@pytest.mark.skipif(not shutil.which("abc2midi"), reason="abc2midi is not installed")
@pytest.mark.parametrize(("mode", "tonic"), [("maj", "A"), ("dor", "E"), ("min", "B")])
def test_abc2midi_plays_the_same_notes_at_the_same_times(tmp_path, mode, tonic):
    moved = midi(tmp_path, to_abc(Tokens(6, 8, mode, tuple(MUSIC.split())), tonic=tonic, number=1))
    original = midi(tmp_path, abc_in_c(folkrnn._SUFFIXES[mode]))
    assert len(original) > 20
    assert [time for _, time in moved] == [time for _, time in original]
    assert len({new - old for (new, _), (old, _) in zip(moved, original)}) == 1


def test_signatures():
    assert signature("A", "maj") == {"A": 0, "B": 0, "C": 1, "D": 0, "E": 0, "F": 1, "G": 1}
    assert signature("G", "dor") == {"G": 0, "A": 0, "B": -1, "C": 0, "D": 0, "E": 0, "F": 0}
    assert [letter for letter, sharps in signature("D", "min").items() if sharps] == ["B"]


@pytest.mark.parametrize(
    ("notes", "tonic", "moved"),
    [("C c'", "D", "Dd'"), ("C, C", "D", "Dd"), ("C c", "G", "Gg"), ("c c'", "G", "Gg")],
)
def test_a_tune_is_moved_into_the_reach_of_a_fiddle(notes, tonic, moved):
    abc = to_abc(Tokens(4, 4, "maj", tuple(notes.split())), tonic=tonic, number=1)
    assert abc.endswith("\n" + moved)


@pytest.mark.parametrize(
    ("meter", "tokens", "laid_out"),
    [
        ((4, 4), "c d e f g a b c' |", "cdef gabc'|"),
        ((3, 4), "c 2 d e f g |", "c2 de fg|"),
        ((2, 4), "c /2 d /2 e f g |", "c/d/e fg|"),
        ((12, 8), "c 2 d e f g a 3 b 2 z |", "c2d efg a3 b2z|"),
        ((6, 8), "e | c d e f > g a |", "e|cde f>ga|"),
        ((4, 4), "(3 c d e f > g (3 a b a g 2 |", "(3cdef>g (3abag2|"),
        ((2, 4), "|: c d e f :| |: c 4 :|", "|:cd ef:|\n|:c4:|"),
        ((2, 4), "c 4 | c 4 | c 4 | c 4 | d 4 |", "c4|c4|c4|c4|\nd4|"),
        ((2, 4), "c 4 | c 4 | c 4 |1 c 4 :| |2 d 4 | e 4 |", "c4|c4|c4|1 c4:|2 d4|\ne4|"),
        ((2, 4), "| c 4 :| | d 4 |", "c4:|\nd4|"),
        ((4, 4), "[ C E ] 4 D E F G |", "[CE]4 DEFG|"),
        ((4, 4), "c 8 | [ C 2 E 2 ] 2 D E F G |", "c8|[C2E2]2 DEFG|"),
        ((2, 4), "c d e | f g a b |", "c de|fg ab|"),
        ((2, 4), "c d > e f |", "cd>e f|"),
    ],
)
def test_layout(meter, tokens, laid_out):
    assert lay_out(Tokens(*meter, "maj", tuple(tokens.split()))) == laid_out


TEXT = "M:6/8\nK:Cmaj\nc d e f 3 |\n\n\nM:2/4\nK:Cdor\n> c d e f |\n\nM:3/4\nK:Cmix\nc d B |\n"


def test_tunes_that_cannot_be_read_are_named_and_left_out():
    tunes, refused = convert(Document("a.txt", TEXT), seed=0)
    assert [tune.partition("\n")[0] for tune in tunes] == ["X:1", "X:3"]
    assert refused == ["a.txt: line 6: '>' in '> c d e f' belongs to no note."]


def test_a_file_of_something_else_is_refused():
    with pytest.raises(DataError, match=r"a\.txt: line 1: a tune of tokens has a line M:6/8"):
        convert(Document("a.txt", "X:1\nK:D\nabc\n"), seed=0)


def test_keys_depend_on_the_seed_and_the_number_alone():
    text = "M:6/8\nK:Cmaj\nc d e f 3 |\n\n" * 200
    keys, again, others = (
        [tune.split("\n")[3] for tune in convert(Document("a.txt", text), seed=seed)[0]]
        for seed in (0, 0, 1)
    )
    assert keys == again != others
    assert set(keys) == {"K:G", "K:D", "K:A", "K:C", "K:F"}
    first = convert(Document("a.txt", text[: len(text) // 2]), seed=0)[0]
    assert [tune.split("\n")[3] for tune in first] == keys[:100]


@pytest.mark.parametrize("tonics", TONICS.values(), ids=TONICS)
def test_tonics_are_shares_of_a_hundred(tonics):
    assert sum(tonics.values()) == 100


def test_the_command_writes_abc_that_read_tunes_takes(tmp_path, capsys):
    (tmp_path / "in.txt").write_text(TEXT)
    folkrnn.main([str(tmp_path / "in.txt"), str(tmp_path / "out.abc"), "--seed", "3"])
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'out.abc'}: 2 tunes, 1 left out\n"
    assert "line 6" in said.err
    corpus = read_tunes([Document("out.abc", (tmp_path / "out.abc").read_text())])
    assert (corpus.found, len(corpus.tunes)) == (2, 2)


@pytest.mark.parametrize(("source", "target", "code"), [("none", "a", 66), ("in.txt", "no/a", 73)])
def test_the_command_fails_in_one_line(tmp_path, capsys, source, target, code):
    (tmp_path / "in.txt").write_text(TEXT)
    with pytest.raises(SystemExit) as end:
        folkrnn.main([str(tmp_path / source), str(tmp_path / target)])
    assert end.value.code == code
    assert capsys.readouterr().err.count("\n") == 1

"""Keys in all spellings."""

import pytest

from tfrnn.music.key import parse_key

SPELLINGS = {
    "D": 2, "D Major": 2, "Dmaj": 2, "DMAJOR": 2, "Dion": 2, "D M": 2,
    "Dm": -1, "D min": -1, "D Minor": -1, "Daeo": -1, "Dmix": 1, "D Mixolydian": 1,
    "ADor": 1, "A dorian": 1, "Ephr": 0, "Flyd": 0, "Bloc": 0, "Bb": -2, "F#m": 3, "Cb": -7,
    "C#": 7, "HP": 2, "": 0, "none": 0, "G clef=treble": 1, "G bass": 1,
}  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_spellings(text):
    assert parse_key(text).fifths == SPELLINGS[text]


def test_signature():
    key = parse_key("Eb")
    assert [key.sign(letter) for letter in "ABCDEFG"] == [-1, -1, 0, 0, -1, 0, 0]
    assert parse_key("D exp ^f").signature == (0, 0, 0, 0, 0, 1, 0)
    assert parse_key("Amix ^g").sign("G") == 1
    assert (parse_key("A Minor").tonic, parse_key("A Minor").mode) == ("A", "m")


@pytest.mark.parametrize("text", ["H", "D#", "G# Major", "Fb", "Dx", "D maybe", "Dmixm", "d"])
def test_no_key(text):
    assert parse_key(text) is None

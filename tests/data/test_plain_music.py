"""Music without what players add: the notes stay, all of them."""

import re

import pytest

from tfrnn.data.plain_music import plain


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("(AB) (c(de)f)", "AB cdef"),
        ("(3ABc (2AB (3A(B)c", "(3ABc (2AB (3ABc"),
        ("{g}A {/fg}B", "A B"),
        ('"Am"A "G7"[GB]', "A [GB]"),
        ("!fermata!A +trill+B", "A B"),
        ("~A .B TC uvD ~.E M[ce]", "A B C D E [ce]"),
        ("T^c v=F ~_B", "^c =F _B"),
        ("A2|B2|]", "A2|B2|]"),
        ("[M:6/8]AB [L:1/16](c)", "[M:6/8]AB [L:1/16]c"),
        ("M:C|", "M:C|"),
        ("A-|A3 z2 x", "A-|A3 z2 x"),
        ("B:|", "B:|"),
    ],
)
def test_what_goes_and_what_stays(written, left):
    assert plain(written) == left


def test_every_note_stays():
    line = '({g}A3-"Dm"B) (3(cde) | ~f.g !x!a2 :|'
    notes = re.compile(r"[A-Ga-g]\d*")
    assert notes.findall(plain(line)) == ["A3", "B", "c", "d", "e", "f", "g", "a2"]


def test_it_is_a_fixed_point():
    line = plain('(~A) {B}"C"(3def !g!a | u(b)')
    assert plain(line) == line

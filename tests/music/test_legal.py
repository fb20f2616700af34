"""Which tunes are legal: the answer for many at once is the grammar's for each alone."""

from tfrnn.music.legal import are_legal

HEADER = "X:1\nM:4/4\nL:1/8\nK:G\n"
LEGAL = [
    "GABc d2B2|c2A2 G4|]",
    "D|GABc d2B2|c2A2 G3:|",
    "|:GABc d2B2|G4 A4|1 c2A2 G4:|2 c2A2 B4|]",
]
NOT_LEGAL = [
    "GABc d2B2|c2A2|G4B4|]",  # a bar too short
    "D|GABc d2B2|c2A2 G4:|",  # the pick-up has no room
    "GABc d2B2|c2A2 G4",  # no bar line at the end
    "GABc d2B2|c2A2 (G4)|]",  # slurs are not composed
    "c2A2 G4:|GABc d2B2|G4 A4|1 c2A2 G4:|2 c2A2 B4|]",  # a repeat that starts nowhere
]


def test_each_is_judged_as_if_alone():
    tunes = [HEADER + body for body in [*LEGAL, *NOT_LEGAL]]
    expected = [True] * len(LEGAL) + [False] * len(NOT_LEGAL)
    assert are_legal(tunes) == expected
    assert [are_legal([tune])[0] for tune in tunes] == expected


def test_more_than_one_part():
    tunes = [HEADER + (LEGAL if i % 3 else NOT_LEGAL)[0] for i in range(2050)]
    assert are_legal(tunes) == [i % 3 != 0 for i in range(2050)]

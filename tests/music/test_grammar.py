"""The grammar lets nothing but valid tunes be written, in time, and refuses what breaks a rule."""

import numpy as np
import pytest
import tensorflow as tf

from tests.music.walks import (
    CHARACTERS,
    END,
    IDS,
    Walker,
    accepted,
    complaints,
    encode,
    header,
    needs_abc2midi,
)
from tfrnn.music.abc import validate
from tfrnn.music.grammar import AbcGrammar

METERS = ("2/4", "3/4", "4/4", "6/8", "9/8", "12/8", "3/8", "2/2", "3/2", "6/4", "5/4", "7/8")
METERS += ("C", "C|")
UNITS = ("1/4", "1/8", "1/16")
PRIMES = [header(meter, unit) for meter in METERS for unit in UNITS]
HEAVY, TIES, ENDINGS = "|:12", "|:12-", "|:[1"


@pytest.fixture(scope="module")
def grammar():
    return AbcGrammar(CHARACTERS, end=END)


@pytest.fixture(scope="module")
def write(grammar):
    """Returns the state after a text."""
    advance = tf.function(grammar.advance)

    def after(text):
        state = grammar.start(1)
        for i in encode(text):
            state = advance(state, tf.constant([i]))
        return state

    return after


@pytest.fixture(scope="module")
def walkers(grammar):
    return {heavy: Walker(grammar, heavy) for heavy in ("", HEAVY, TIES, ENDINGS)}


@pytest.mark.parametrize(
    ("heavy", "limit", "seed"),
    [("", 80, 11), (TIES, 80, 11), (TIES, 200, 13), (ENDINGS, 120, 12), (HEAVY, 500, 4)],
)
def test_walks_end_in_time_and_are_valid(walkers, heavy, limit, seed):
    tunes = walkers[heavy].walk(PRIMES * 6, limit, seed)
    problems = [f"{tune}\n{problem}" for tune in tunes for problem in validate(tune)]
    assert not problems, problems[0]
    assert len(set(tunes)) == len(tunes)


@needs_abc2midi
@pytest.mark.parametrize(
    ("heavy", "limit", "seed"), [("", 150, 5), (TIES, 150, 6), (ENDINGS, 250, 7), (HEAVY, 400, 8)]
)
def test_abc2midi_has_no_complaint(walkers, tmp_path, heavy, limit, seed):
    assert complaints(walkers[heavy].walk(PRIMES * 4, limit, seed), tmp_path) == []


@needs_abc2midi
def test_the_oracle_does_complain(tmp_path):
    assert complaints([header("4/4") + "ABcd|efga bagf|"], tmp_path) == []
    assert len(complaints([header("4/4") + "ABcd|efga bag|"], tmp_path)) == 1


def test_free_headers_are_valid(walkers):
    tunes = walkers[""].walk([""] * 128, 160, 8)
    assert [problem for tune in tunes for problem in validate(tune)] == []
    assert {tune[4] for tune in tunes} == {"T", "R", "M"}


TUNES = {
    "pick-up": "A|dfd ece|d3-d2:|",
    "two sections": "A|dfd ece|d3 d2:|\nf|afa gec|d3 d2:|",
    "full bars": "dfd ece|d3 d3:|\nafa gec|d6|]",
    "opened repeat": "|:A|dfd ece|d3 d2:|\n|:f|afa gec|d3 d2:|",
    "double repeat": "|:A|dfd ece|d3 d2::f|afa gec|d3 d2:|",
    "endings": "A|dfd ece|1 d3 d2:|2 d3 d3||\nafa gec|d6|]",
    "endings in brackets": "A|dfd ece|[1 d3 d2:|\n[2 d3 d2|:f|afa gec|d3 d2:|",
    "pick-up before the repeat": "A|:dfd ece|d3 d2A:|\nafa gec|d6|",
    "double line": "A|dfd ece|d3 d2||f|afa gec|d3 d2:|",
    "tuplets": "(3ABc (3d/e/f/ g2 A|(2ab (4abab|(6abcdef g4|]",
    "broken rhythm": "A>B c<d e2|A3/2>B3/2 c>>d e-|e>f g2 a2|]",
    "chords": "[Ac]2 [DFA]/[EG]/ z [^F=c']2|d6|]",
    "ties": "d6-|d3- d>f f-|\nf3 c'3-|c'6|]",
    "octaves and signs": "^f_b=c A,B,c'|^C,3 =d'3|]",
    "lengths": "A//A/4A3/4A/2A/A3/2A2-|A4 A2|]",
    "ornaments": "~A3 TB.c ud|v^f6|]",
    "lines": "A\n|dfd\nece|\nd3 d2\n:|".replace("\n:|", ":|"),
    "key change": "A|dfd ece|d3 d2:|\nK:G\nB|dfd ece|d3 d2:|",
}


def test_usual_tunes_are_accepted(grammar):
    assert [problem for body in TUNES.values() for problem in validate(header("6/8") + body)] == []
    ended = accepted(grammar, [header("6/8") + body for body in TUNES.values()])
    assert [name for name, fine in zip(TUNES, ended) if not fine] == []


HEADERS = [
    "X:1\nT:The Long Walk (No. 2)\nR:slip jig\nM:9/8\nL:1/8\nK:Edor\n",
    "X:1\nT:é!\nM:C|\nL:1/4\nK:A Dorian\n",
    "X:1\nR:reel\nM:2/2\nL:1/16\nK:Bbmaj\n",
]


def test_canonical_headers_are_accepted(grammar):
    tunes = [head + body for head, body in zip(HEADERS, ["z9|", "z4|", "z16|"])]
    assert accepted(grammar, tunes) == [True] * 3


REFUSED = {
    # In 6/8 with units of 1/8; ^ stands before the character that must be refused.
    "a bar too long": "ABc de7^|",
    "a note that does not fit": "ABc def^g",
    "a bar too short": "A|ABc d^|",
    "a length that none can complete": "A/^8",
    "an end before the pick-up's complement": "A|dfd ece|d3 d3^:",
    "a repeat without a full bar": "A|d3 d2^:",
    "an empty bar": "ABc def|^||",
    "a blank after a blank": "A ^ ",
    "a tie to another pitch": "A2-^B",
    "a tie to another octave": "A2-A^,",
    "a tie to a rest": "A2-^z",
    "a tied note without its mark": "A,-A^B",
    "a tie over a repeat": "A|dfd ece|d3 d2-^:",
    "a tied rest": "z^-",
    "two signs": "^^^^A",
    "a mark of the wrong way": "A^'",
    "a chord of one note": "[A^]",
    "a chord without a note": "[^]",
    "an open chord": "[AB^|",
    "a tuplet with a rest": "(3AB^z",
    "a tuplet of two lengths": "(3ABc^2",
    "an open tuplet": "(3AB^|",
    "a tuplet of an unknown kind": "(^5",
    "a tuplet that leaves no room": "ABcdef3/4^(",
    "a broken rhythm of two lengths": "A>B^2",
    "a broken rhythm with a rest": "A>^z",
    "a broken rhythm after a blank": "A ^>",
    "an open broken rhythm": "A>^|",
    "a broken rhythm of a chord": "[AB]^>",
    "a repeat inside a repeat": "|:ABc def|^|:",
    "a :| without |: after endings": "A|dfd ece|1 d3 d2:|2 d3 d2||f|afa gec|d3 d2^:",
    "endings without |: in a later section": "dfd ece|d6:|dfd ece|^1",
    "a second ending alone": "dfd ece|^2",
    "no second ending": "dfd ece|d6|1 d6:|^A",
    "a third ending": "dfd ece|d6|1 d6:|^3",
    "a length of zero": "A^0",
    "a slur": "^)",
    "a double line inside |: :|": "|:ABc def|d6|^|",
    "a colon that could be a field's": "A|dfd ece|d3 d\nd^:",
    "the same after a blank": "A|dfd ece|d3 d\nd ^:",
    "no field after a note": "A|dfd ece|d3 d2:|\nK^|",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_breaks_a_rule_is_refused(grammar, write, name):
    before, _, after = REFUSED[name].rpartition("^") if name != "two signs" else ("^", "", "^A")
    state = write(header("6/8") + before)
    assert not grammar.refused(state).numpy()[0], "what stands before it must be accepted"
    allowed = grammar.allowed(state, tf.constant([1000])).numpy()[0]
    assert not allowed[IDS[after[0]]]
    assert grammar.refused(grammar.advance(state, tf.constant([IDS[after[0]]]))).numpy()[0]


@pytest.mark.parametrize("body", ["", "A", "A|ABc", "|:ABc def|", "ABc def|1 d6:|", "A-|"])
def test_an_unfinished_tune_cannot_end(grammar, write, body):
    state = write(header("6/8") + body)
    assert not grammar.complete(state).numpy()[0]
    assert not grammar.allowed(state, tf.constant([1000])).numpy()[0, END]


@pytest.mark.parametrize(
    "head", ["X:2", "X:1\nM:13/8\n", "X:1\nM:6/8\nK", "X:1\nT:\n", "X:1\nT:a\nT"]
)
def test_other_headers_are_refused(grammar, write, head):
    assert accepted(grammar, [head]) == [False]
    assert grammar.refused(write(head)).numpy()[0]


def test_a_limit_is_met_to_the_character(grammar, write):
    state = write(header("6/8") + "|:ABc def|")
    distance = next(n for n in range(50) if grammar.allowed(state, tf.constant([n])).numpy().any())
    assert distance == len("A6:|") + 1
    for n in range(distance, 0, -1):
        allowed = grammar.allowed(state, tf.constant([n])).numpy()[0]
        state = grammar.advance(state, tf.constant([np.flatnonzero(allowed)[-1]]))
    assert grammar.complete(state).numpy()[0]


def test_the_shortest_tune(grammar):
    needed = (tf.constant([n]) for n in range(100))
    assert (
        next(int(n[0]) for n in needed if grammar.allowed(grammar.start(1), n).numpy().any()) == 25
    )


def test_after_the_end_only_the_end(grammar, write):
    state = grammar.advance(write(header("6/8") + "d6|"), tf.constant([END]))
    assert np.flatnonzero(grammar.allowed(state, tf.constant([9]))[0]).tolist() == [END]
    assert not grammar.refused(state).numpy()[0]


def test_graph_and_xla_agree_with_eager(grammar):
    def step(state, ids, remaining):
        return grammar.allowed(state, remaining), grammar.advance(state, ids)

    texts = [header("C|") + "|:A-|A2(3Bcd", header("C|") + "[AB]/c>d^e,f"]
    columns = [tf.constant(column) for column in zip(*map(encode, texts))]
    for compiled in (tf.function(step), tf.function(step, jit_compile=True)):
        state = grammar.start(2)
        for i, ids in enumerate(columns):
            expected, after = step(state, ids, tf.fill([2], 40 - i))
            allowed, got = compiled(state, ids, tf.fill([2], 40 - i))
            np.testing.assert_array_equal(allowed, expected)
            np.testing.assert_array_equal(got, after)
            state = after


def test_a_vocabulary_that_lacks_characters_still_ends():
    few = AbcGrammar(["\n", *"X:1M24/LKDABcd|8", ""], end=16)
    state = few.start(1)
    for limit in range(60, 0, -1):
        allowed = few.allowed(state, tf.constant([limit])).numpy()[0]
        state = few.advance(state, tf.constant([np.flatnonzero(allowed)[limit % 2 - 1]]))
    assert few.complete(state).numpy()[0]


def test_a_vocabulary_without_bar_lines_is_refused():
    with pytest.raises(ValueError, match="No tune can be written"):
        AbcGrammar(["", *"\nX:1M24/LKDABcd8"], end=0)
    with pytest.raises(ValueError, match="end must be an id"):
        AbcGrammar(CHARACTERS, end=len(CHARACTERS))

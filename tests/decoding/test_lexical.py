"""Lexical constraints against the search of everything, and words against every way to cut them."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests.decoding.test_beam import model
from tfrnn.decoding.beam import search
from tfrnn.decoding.lexical import BARRED, FIRST_STATE, Wording, automaton, lexical
from tfrnn.decoding.search import Search
from tfrnn.errors import UsageError

NAMES = ["<pad>", "<unknown>", "<start>", "<end>", "▁a", "b", "▁ab", "."]
RESERVED, UNKNOWN, START, END = 4, 1, 2, 3
LIMIT = 5


def spell(text):
    """Cuts as a greedy reader of NAMES would."""
    found, rest = [], "▁" + text.strip().replace(" ", "▁")
    while rest:
        fitting = [name for name in NAMES[RESERVED:] if rest.startswith(name)]
        name = max(fitting, key=len, default="")
        found.append(NAMES.index(name) if name else UNKNOWN)
        rest = rest[len(name) or 1 :]
    return found


def read(ids):
    return "".join(NAMES[i] for i in ids if i >= RESERVED)


def holds(ids, word):
    """Whether a word stands in what ids read, whole."""
    text = "▁" + read(ids).replace(".", "▁.▁") + "▁"
    return f"▁{word.replace(' ', '▁')}▁" in text


def find(seed, wording, rows=(0, 1), limit=LIMIT, **wish):
    step, begin = model(seed, vocab=len(NAMES))
    words = lexical(wording, NAMES, spell, unknown=UNKNOWN, reserved=RESERVED)
    limits = tf.fill([len(rows)], limit)
    return search(
        step, begin(list(rows)), limits, start=START, end=END, wish=Search(**wish),
        forbidden=(0, 1, 2), words=words,
    )  # fmt: skip


def everything(seed, row, limit=LIMIT):
    """Scores every sequence that ends within the limit, the best first."""
    step, begin = model(seed, vocab=len(NAMES))
    layer = [((), 0.0, begin([row]), START)]
    found = []
    for _ in range(limit):
        grown = []
        for ids, logp, state, last in layer:
            logits, after = step(tf.constant([last]), state)
            each = tf.nn.log_softmax(logits)[0].numpy()
            for i in range(END, len(NAMES)):
                grown.append(((*ids, i), logp + each[i], after, i))
        found += [(logp / ((5 + len(ids)) / 6), ids) for ids, logp, _, i in grown if i == END]
        layer = [item for item in grown if item[3] != END]
    return sorted(found, reverse=True)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "wording",
    [
        Wording(prefix="a ab"),
        Wording(excluding=("ab",)),
        Wording(excluding=("a", "b")),
        Wording(prefix="ab", excluding=("a a",)),
    ],
    ids=str,
)
def test_a_wide_beam_finds_the_best_that_is_allowed(seed, wording):
    found = find(seed, wording, rows=[1], beam=4 ** (LIMIT - 1), nbest=3)
    prefix = tuple(spell(wording.prefix)) if wording.prefix else ()
    allowed = [
        (score, ids)
        for score, ids in everything(seed, 1)
        if ids[: len(prefix)] == prefix and not any(holds(ids, word) for word in wording.excluding)
    ]
    for rank, (score, ids) in enumerate(allowed[:3]):
        assert tuple(found.ids[0, rank, : len(ids)].numpy()) == ids
        np.testing.assert_allclose(found.scores[0, rank], score, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_wide_beam_finds_the_best_that_holds_what_it_must(seed):
    wording = Wording(including=("ab",))
    found = find(seed, wording, rows=[1], limit=4, beam=64, nbest=3)
    (must,) = (tuple(spell("ab")),)
    inner = NAMES.index("b")

    def allowed(ids):
        starts = [n for n in range(len(ids)) if ids[n : n + len(must)] == must]
        return starts and not any(
            ids[n + len(must) : n + len(must) + 1] == (inner,) for n in starts
        )

    best = [(score, ids) for score, ids in everything(seed, 1, limit=4) if allowed(ids)]
    for rank, (score, ids) in enumerate(best[:3]):
        assert tuple(found.ids[0, rank, : len(ids)].numpy()) == ids
        np.testing.assert_allclose(found.scores[0, rank], score, atol=1e-4)
        assert bool(found.met[0, rank, 0])


@pytest.mark.parametrize("beam", [2, 3, 5])
@pytest.mark.parametrize("seed", range(4))
def test_a_narrow_beam_holds_all_that_it_must_and_nothing_else(seed, beam):
    wording = Wording(including=("ab", "a a"), excluding=("abb",))
    found = find(seed, wording, limit=12, beam=beam, nbest=2)
    for row, rank in itertools.product(range(2), range(2)):
        if found.scores[row, rank] < -1e20:
            continue
        ids = found.ids[row, rank].numpy()[: int(found.lengths[row, rank])]
        assert holds(ids, "ab") and holds(ids, "a a") and not holds(ids, "abb")
        assert found.met[row, rank].numpy().all() and (rank or found.ended[row, rank])
        runs = [tuple(found.ids[row, r].numpy()) for r in range(2)]
        assert runs[0] != runs[1]


def test_rows_do_not_depend_on_each_other_and_a_graph_says_the_same():
    wording = Wording(including=("ab",), excluding=("a",))

    def together():
        return find(0, wording, rows=[0, 1, 2], limit=9, beam=3)

    both, graph = together(), tf.function(together, autograph=False)()
    for row in range(3):
        alone = find(0, wording, rows=[row], limit=9, beam=3)
        steps = alone.ids.shape[2]
        np.testing.assert_array_equal(both.ids[row, :, :steps], alone.ids[0])
        np.testing.assert_array_equal(graph.ids[row, :, :steps], alone.ids[0])


def test_what_does_not_fit_is_said():
    found = find(0, Wording(including=("ab", "a a")), limit=2, beam=4)
    assert not np.any(found.ended) and not np.all(found.met)


def test_a_word_is_seen_however_it_is_cut():
    names = ["<end>", "▁", "▁d", "▁do", "▁dog", "d", "o", "g", "og", "s", "▁s", ".", "▁(", "(", "'"]
    table = automaton("dog", names, reserved=1)
    for pieces in itertools.product(range(len(names)), repeat=4):
        ids = (*(i for i in pieces if i), 0)
        text = "".join(names[i] if i else "▁" for i in ids)
        for sign in ".('":
            text = text.replace(sign, "▁")
        state = FIRST_STATE
        for i in ids:
            state = table[state, i]
            if state == BARRED:
                break
        assert (state == BARRED) == ("▁dog▁" in f"▁{text}"), [names[i] for i in ids]


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        (Wording(including=("",)), "--with needs a word"),
        (Wording(excluding=(" ",)), "--without needs a word"),
        (Wording(including=("ab",), excluding=("ab",)), "'ab' is asked for by --with and refused"),
        (Wording(including=("xyz",)), "--with 'xyz' cannot be met: the model cannot write it"),
        (Wording(prefix="a x"), "--prefix 'a x' cannot be met"),
    ],
)
def test_wordings_that_cannot_be(wording, message):
    with pytest.raises(UsageError, match=message):
        lexical(wording, NAMES, spell, unknown=UNKNOWN, reserved=RESERVED)

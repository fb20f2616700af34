"""Writer: one seed, one text, however it is asked for; bits; and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf

from models.writer import Writer
from tests.models.toys import VOCABULARY, char_rnn, lively
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.sampling import Prime
from tfrnn.errors import DataError, UsageError

SEEDS = [0, 1, 2, 3, -7, 2**40 + 1]
PRIMES = ["", "", "abc", "a", "g" * 33, "|\n"]


class NoTwice:
    """A character may not follow itself."""

    def start(self, batch):
        return tf.zeros([batch], tf.int32)

    def allowed(self, last, remaining):
        return tf.range(len(VOCABULARY))[None] != tf.where(last == 0, -1, last)[:, None]

    def advance(self, last, ids):
        return ids


@pytest.fixture(scope="module")
def model():
    return lively(char_rnn(), rarer_end=2.0)


@pytest.fixture(scope="module")
def writer(model):
    return Writer(model, VOCABULARY, jit=False)


@pytest.fixture(scope="module")
def drafts(writer):
    """What the seeds write, in a graph: some end by themselves, some at the limit."""
    drafts = writer.write(PRIMES, SEEDS, limit=64)
    assert {draft.ended for draft in drafts} == {True, False}
    assert len({draft.text for draft in drafts}) == len(drafts)
    return drafts


def test_a_seed_writes_the_same_again(writer, drafts):
    assert writer.write(PRIMES, SEEDS, limit=64) == drafts


def test_xla_writes_the_same(model, drafts):
    """One seed, one text: on the command line, in the server, in the export."""
    compiled = Writer(model, VOCABULARY, jit=True).write(PRIMES, SEEDS, limit=64)
    for one, other in zip(compiled, drafts, strict=True):
        assert (one.text, one.ended) == (other.text, other.ended)
        assert one.bits == pytest.approx(other.bits, rel=1e-4)


def test_a_row_does_not_depend_on_the_others(writer, drafts):
    for prime, seed, draft in zip(PRIMES[2:4], SEEDS[2:4], drafts[2:4]):
        (alone,) = writer.write([prime], [seed], limit=64)
        assert (alone.text, alone.ended) == (draft.text, draft.ended)


def test_a_stream_joined_is_what_is_written(writer):
    wish = {"limit": 150, "choice": Choice(temperature=0.8, top_p=0.95)}
    for prime, seed in zip(PRIMES, SEEDS):
        chunks = list(writer.stream(prime, seed, **wish))
        (draft,) = writer.write([prime], [seed], **wish)
        assert "".join(chunks) == draft.text
        assert 1 <= len(chunks) <= 3
        assert all(len(chunk) == 64 for chunk in chunks[:-1])


def test_a_stream_begins_before_it_ends(model):
    """It brings a chunk as soon as that is made, not when all is."""
    broken = lively(char_rnn(), rarer_end=1e4)
    stream = Writer(broken, VOCABULARY, jit=False).stream("", 1, limit=129)
    first = next(stream)
    broken.logits.bias.assign(tf.fill([len(VOCABULARY)], float("nan")))
    assert len(first) == 64
    with pytest.raises(DataError, match="no finite numbers"):
        next(stream)


def test_a_draft_holds_its_prime_and_keeps_to_its_limit(drafts):
    for prime, draft in zip(PRIMES, drafts):
        assert draft.text.startswith(prime)
        assert "\0" not in draft.text
        assert len(draft.text) + draft.ended <= 64
        assert draft.ended or len(draft.text) == 64


def test_bits_of_a_draft_are_those_of_its_text(writer, drafts):
    costs = writer.bits([draft.text for draft in drafts])
    for draft, cost in zip(drafts, costs):
        assert len(cost) == len(draft.text) + 1
        counted = cost if draft.ended else cost[:-1]
        assert draft.bits == pytest.approx(counted.sum(), rel=1e-4)


@pytest.mark.parametrize("length", [0, 1, 62, 63, 64, 200])
def test_bits_are_those_of_the_model(model, writer, length):
    document = ("abc |gfed\n" * 20)[:length]
    ids = np.concatenate([[0], VOCABULARY.encode(document), [0]])
    logits = model({"ids": tf.constant(ids[None, :-1], tf.int32)})[0].numpy().astype(np.float64)
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = -logs[np.arange(length + 1), ids[1:]] / np.log(2)
    (found,) = writer.bits([document])
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_each_way_to_sample_reaches_the_draw(writer, drafts):
    likeliest = writer.write([""] * 2, [0, 1], limit=40, choice=Choice(temperature=0))
    assert likeliest[0].text == likeliest[1].text
    for same in ({"top_k": 1}, {"top_p": 1e-6}, {"temperature": 1e-3}):
        assert writer.write([""] * 2, [0, 1], limit=40, choice=Choice(**same)) == likeliest
    assert writer.write(PRIMES, SEEDS, limit=64, choice=Choice(top_k=10**30)) == drafts


@pytest.fixture(scope="module")
def constrained(model):
    return Writer(model, VOCABULARY, constraint=NoTwice(), jit=False)


def test_a_constraint_is_kept(constrained, drafts):
    assert any(a == b for draft in drafts for a, b in zip(draft.text, draft.text[1:]))
    for draft in constrained.write(
        ["", "ab", "gf"], [0, 1, 2], limit=64, choice=Choice(temperature=2.0)
    ):
        assert len(draft.text) > 2
        assert all(a != b for a, b in zip(draft.text, draft.text[1:]))


def test_of_several_drafts_one_is_kept(model, constrained):
    four, jit = (
        Writer(model, VOCABULARY, constraint=NoTwice(), drafts=4, jit=jit) for jit in (False, True)
    )
    kept, seeds = four.write(PRIMES[:1] * 12, range(12), limit=64), range(12)
    firsts = constrained.write(PRIMES[:1] * 12, seeds, limit=64)
    share = np.mean([one.text == other.text for one, other in zip(kept, firsts)])
    assert 0 < share < 1
    assert [draft.text for draft in jit.write(PRIMES[:1] * 12, seeds, limit=64)] == [
        draft.text for draft in kept
    ]
    assert four.write(PRIMES[:1], [7], limit=64)[0].text == kept[7].text
    assert "".join(four.stream(PRIMES[0], 7, limit=64)) == firsts[7].text


def test_what_is_free_needs_one_draft(model, drafts):
    assert Writer(model, VOCABULARY, drafts=4, jit=False).write(PRIMES, SEEDS, limit=64) == drafts


def test_no_drafts(model):
    with pytest.raises(UsageError, match=r"--drafts must be 1 or more, got 0\."):
        Writer(model, VOCABULARY, drafts=0)


def test_a_prime_that_the_constraint_forbids_is_refused(constrained):
    with pytest.raises(UsageError, match=r"'abba' cannot begin .* 'b' at offset 2") as caught:
        constrained.write(["", "ab", "abba"], [0, 1, 2], limit=64)
    assert "\n" not in str(caught.value)


def test_the_half_for_graphs_writes_the_same_ids(writer, drafts):
    prime = writer.prime(PRIMES, 64)
    wish = writer.sampling(SEEDS, Choice())
    ids = writer.write_ids(
        prime.ids, prime.lengths, wish.temperature, wish.top_p, wish.seed, tf.constant(64)
    )
    assert [VOCABULARY.decode(row) for row in ids.numpy()] == [draft.text for draft in drafts]


def test_primes_are_padded_to_few_shapes(writer):
    shapes = [writer.prime(primes, 99).ids.shape[1] for primes in ([""], ["a"], ["a" * 33])]
    assert shapes == [0, 32, 64]
    padded = writer.prime(["ab", ""], 99)
    assert isinstance(padded, Prime)
    assert padded.lengths.numpy().tolist() == [2, 0]


@pytest.mark.parametrize(
    ("prime", "limit", "message"),
    [
        ("abé", 64, r"the prime has 'é' \(U\+00E9\) at offset 2, which the model has never"),
        ("a\0", 64, r"the prime has '\\x00' \(U\+0000\) at offset 1"),
        ("a" * 10, 10, r"the prime has 10 characters, --length is 10"),
        ("", 0, r"--length is 0"),
        ("", -5, r"--length is -5"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_line(writer, prime, limit, message):
    for use in (
        lambda: writer.write(["", prime], [0, 0], limit=limit),
        lambda: next(writer.stream(prime, 0, limit=limit)),
    ):
        with pytest.raises(UsageError, match=message) as caught:
            use()
        assert "\n" not in str(caught.value)


def test_bits_of_an_unknown_character_are_refused(writer):
    with pytest.raises(DataError, match=r"'z' \(U\+007A\) at offset 1"):
        writer.bits(["ab", "az"])


@pytest.mark.parametrize("jit", [False, True])
def test_weights_that_are_no_numbers_are_said(jit):
    """F25: the ids are ids, and nobody takes them for a text."""
    broken = char_rnn()
    broken.logits.bias.assign(tf.fill([len(VOCABULARY)], float("nan")))
    with pytest.raises(DataError, match=r"no finite numbers"):
        Writer(broken, VOCABULARY, jit=jit).write([""], [0], limit=32)

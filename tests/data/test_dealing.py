"""Splits: what the source has stays, what it lacks is cut off by label, no text is in two."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfrnn.data.dealing import LEAST, check, deal
from tfrnn.data.examples import Example, Refusals, Row, TaggedSentence
from tfrnn.data.options import LabelledOptions, TaggedOptions
from tfrnn.errors import DataError, UsageError

OPTIONS = LabelledOptions(source="faq.csv", test=0.2, valid=0.1)


def rows_of(*labels, name="t"):
    return [
        Row(Example(f"{name} {i}", label), f"{name} line {i}") for i, label in enumerate(labels, 1)
    ]


def dealt(parts, *, seed=0, skip=False, options=OPTIONS, foreign=frozenset()):
    refusals = Refusals(skip, "rows")
    return deal(parts, options, refusals, seed=seed, foreign=foreign)


def labels_of(rows):
    return Counter(row.example.label for row in rows)


def test_a_cut_holds_the_labels_in_their_proportions():
    rows = rows_of(*(100 * "a" + 60 * "b" + 40 * "c"))
    parts = dealt({"train": rows})
    assert labels_of(parts.test) == {"a": 20, "b": 12, "c": 8}
    assert labels_of(parts.valid) == {"a": 10, "b": 6, "c": 4}
    assert labels_of(parts.train) == {"a": 70, "b": 42, "c": 28}
    assert sorted(parts.rows) == sorted(rows)
    for part in parts[:3]:
        assert part == sorted(part, key=rows.index)
    assert parts.sizes() == "140 train / 20 validation / 40 test (seed 0)"


def test_largest_remainders_fill_a_cut():
    """Of 5 seats 10/7 go to a, 15/7 to b and 10/7 to c: one each by remainder until 5 are given."""
    rows = {"train": rows_of(*(8 * "a" + 12 * "b" + 8 * "c")), "test": rows_of(*"abc", name="u")}
    options = LabelledOptions(source="x", valid=5 / 28, test=0.1)
    cuts = [labels_of(dealt(rows, seed=seed, options=options).valid) for seed in range(20)]
    assert {(cut["a"], cut["b"], cut["c"]) for cut in cuts} == {(2, 2, 1), (1, 2, 2)}


def test_the_seed_decides_and_nothing_else_does():
    rows = rows_of(*(30 * "a" + 30 * "b"))
    first, again, other = (dealt({"train": rows}, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert set(first.test) != set(other.test)
    renamed = dealt({"train": rows_of(*(30 * "a" + 30 * "b"), name="u")})
    assert [row.example.text[2:] for row in renamed.test] == [
        row.example.text[2:] for row in first.test
    ]


def test_a_split_of_known_rows():
    """Fixed, so that no change of the code moves a published figure."""
    parts = dealt({"train": rows_of(*(10 * "a" + 10 * "b"))}, seed=7)
    assert [[int(row.example.text[2:]) for row in part] for part in parts[1:3]] == [
        [4, 17, 18],
        [5, 10, 13, 14],
    ]


@pytest.mark.parametrize("missing", [("test",), ("valid",), ("test", "valid"), ()])
def test_only_what_is_missing_is_cut_off(missing):
    parts = {name: rows_of(*(5 * "ab"), name=name) for name in ("train", "valid", "test")}
    given_parts = {name: rows for name, rows in parts.items() if name not in missing}
    found = dealt(given_parts)
    for name in {"valid", "test"} - set(missing):
        assert getattr(found, name) == parts[name]
    assert len(found.train) == 10 - 3 * len(missing)
    assert (
        found.origin
        == {
            (): "as given",
            ("test",): "test cut off training by seed 0",
            ("valid",): "validation cut off training by seed 0",
            ("test", "valid"): "seed 0",
        }[missing]
    )


@given(st.lists(st.sampled_from("aaaabbcdefgh"), min_size=9, max_size=80), st.integers(0, 9))
def test_the_last_row_of_a_label_stays_in_training(labels, seed):
    try:
        parts = dealt({"train": rows_of(*labels)}, seed=seed)
    except DataError:
        spare = sum(count - 1 for count in Counter(labels).values())
        assert spare < 2 * LEAST
    else:
        assert labels_of(parts.train).keys() == set(labels)
        assert len(parts.test) <= max(LEAST, round(0.2 * len(labels)))
        assert labels_of(parts.rows) == Counter(labels)


def test_the_last_sentence_with_a_tag_stays_in_training():
    tags = [("O", "O")] * 20 + [("O", "X"), ("Y", "O"), ("Z", "Z")]
    rows = [Row(TaggedSentence((f"w{i}", "x"), pair), f"line {i}") for i, pair in enumerate(tags)]
    for seed in range(10):
        parts = dealt({"train": rows}, seed=seed, options=TaggedOptions(source="x", test=0.5))
        assert {*rows[20:]} <= {*parts.train}
        assert len(parts.test) == 12


def test_a_label_with_too_few_rows_leaves_its_share_to_the_others():
    """Ten labels of one row each and one of ten: each cut of three comes from the last."""
    parts = dealt({"train": rows_of(*"abcdefghij", *(10 * "k"))}, options=OPTIONS)
    assert labels_of(parts.test) == {"k": 4} and labels_of(parts.valid) == {"k": 3}


COPIES = {"Hello  you": "a", "hello YOU": "a", " hello\u00a0you\n": "b", "hellO you": "c"}


def test_copies_go_before_a_cut_and_the_first_stays():
    rows = rows_of(*(10 * "ab"))
    copies = [Row(Example(*pair), f"line {i}") for i, pair in enumerate(COPIES.items())]
    parts = dealt({"train": [*copies, *rows]})
    found = [row for row in parts.rows if "ello" in row.example.text]
    assert found == copies[:1]
    assert parts.notes == ["3 duplicates dropped", "1 with two answers (first: line 2)"]


def test_what_is_held_out_leaves_training_but_own_copies_within_a_part_stay():
    train = [*rows_of(*"abab"), *rows_of(*"a", name="held"), *rows_of(*"b", name="t")]
    valid = [*rows_of(*"bab", name="HELD"), *rows_of(*"b", name="held")]
    test = rows_of(*"aba", name="u") + rows_of(*"b", name="held ")
    parts = dealt({"train": train, "valid": valid, "test": test})
    assert parts.train == train[:4] + train[5:]
    assert (parts.valid, parts.test) == (valid, test)
    assert parts.notes == [
        "1 duplicates dropped from training",
        "1 in validation and test alike",
        "2 with two answers (first: t line 1)",
    ]


@pytest.mark.parametrize("part", ["valid", "test"])
def test_copies_of_either_held_out_part_leave_training(part):
    parts = {name: rows_of(*"ababab", name=name) for name in ("train", "valid", "test")}
    copies = [Row(row.example, "a copy") for row in parts[part][:2]]
    found = dealt(parts | {"train": [*copies, *parts["train"]]})
    assert found.train == parts["train"]
    assert found.notes == ["2 duplicates dropped from training"]


def test_copies_of_tagged_sentences():
    first, again, other = (
        TaggedSentence(*pair)
        for pair in (
            (("The", "cat"), ("D", "N")),
            (("the", "cat"), ("D", "N")),
            (("The", "cat"), ("D", "V")),
        )
    )
    assert first.key == again.key == other.key != TaggedSentence(("Thecat",), ("N",)).key
    assert first.answer == again.answer != other.answer


@pytest.mark.parametrize("part", ["valid", "test"])
def test_a_held_out_label_that_training_lacks(part):
    parts = {name: rows_of(*"ababab", name=name) for name in ("train", "valid", "test")}
    parts[part] = rows_of(*"abcabd", name=part)
    with pytest.raises(DataError) as failure:
        dealt(parts)
    assert str(failure.value) == (
        f'{part} line 3: no training row has the label "c"; add some, or pass --data.skip-bad to'
        " leave such rows out."
    )
    assert labels_of(getattr(dealt(parts, skip=True), part)) == {"a": 2, "b": 2}
    with pytest.raises(DataError, match='line 6: no training row has the label "d"'):
        dealt(parts, foreign=frozenset({("label", "c")}))


def test_a_held_out_tag_that_training_lacks():
    sentence = TaggedSentence(("a", "b"), ("X", "Y"))
    train = [Row(sentence._replace(words=("a", str(i))), f"t line {i}") for i in range(4)]
    valid = [Row(sentence._replace(words=("b", str(i))), f"v line {i}") for i in range(4)]
    test = [*valid[:3], Row(TaggedSentence(("c",), ("Z",)), "u line 9")]
    with pytest.raises(DataError, match=r'^u line 9: no training row has the tag "Z"; add some'):
        dealt({"train": train, "valid": valid, "test": test})


@pytest.mark.parametrize("counts", [(2, 3, 3), (3, 2, 3), (3, 3, 2), (3, 3, 0)])
def test_a_part_with_fewer_than_three_rows(counts):
    parts = {
        name: rows_of(*("aba"[:count]), name=name)
        for name, count in zip(("train", "valid", "test"), counts)
    }
    with pytest.raises(DataError) as failure:
        dealt(parts)
    train, valid, test = counts
    assert str(failure.value) == (
        f"faq.csv: {sum(counts)} rows and 2 labels give {train} train / {valid} validation /"
        f" {test} test (as given); each part needs at least 3 rows, 9 in all, and the only row of"
        " a label or tag stays in training."
    )


def test_the_fewest_rows_that_can_be_split():
    assert [len(part) for part in dealt({"train": rows_of(*"ababababa")})[:3]] == [3, 3, 3]
    with pytest.raises(DataError, match="8 rows and 2 labels give 2 train / 3 validation / 3 test"):
        dealt({"train": rows_of(*"abababab")})
    with pytest.raises(DataError, match="20 rows and 20 labels give 20 train / 0 validation / 0"):
        dealt({"train": rows_of(*"abcdefghijklmnopqrst")})


@pytest.mark.parametrize(
    ("test", "valid"), [(0.0, 0.1), (0.1, -0.1), (0.6, 0.4), (float("nan"), 0.1)]
)
def test_shares_that_cannot_be(test, valid):
    with pytest.raises(UsageError, match=r"^--data\.test and --data\.valid must be above 0 and"):
        check(LabelledOptions(source="x", test=test, valid=valid))


def test_a_source_must_be_named():
    with pytest.raises(UsageError, match=r"^no data given\. Pass --data\.source"):
        check(TaggedOptions())

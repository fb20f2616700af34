"""Windows as a function of (data, seed, k), whole documents, and ids that cannot be."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tfrnn.data.text import check_ids, join, whole, windows
from tfrnn.data.vocabulary import BOUNDARY
from tfrnn.errors import DataError

VOCAB = 300


def documents(*lengths):
    """Documents in which every id but the boundary says where it stands."""
    return [np.arange(1, length + 1, dtype=np.int32) for length in lengths]


def take(stream, *, start=0, count=3, **options):
    options = {"vocab": VOCAB, "batch_size": 4, "steps": 8, "seed": 7} | options
    return list(windows(stream, **options)(start).take(count))


def test_join_puts_a_boundary_around_each_document():
    assert join(documents(2, 0, 1)).tolist() == [0, 1, 2, 0, 0, 1, 0]
    assert join([]).tolist() == [BOUNDARY]


@pytest.mark.parametrize("start", [1, 5, 10**12])
def test_batch_k_is_the_same_wherever_the_stream_begins(start):
    stream = join(documents(50, 60))
    later = take(stream, start=start, count=1)[0]
    reached = take(stream, start=start - 1, count=2)[1]
    tf.nest.map_structure(np.testing.assert_array_equal, later, reached)


def test_the_kth_batch_is_what_k_batches_lead_to():
    stream = join(documents(50, 60))
    for k, batch in enumerate(take(stream, count=6)):
        again = take(stream, start=k, count=1)[0]
        tf.nest.map_structure(np.testing.assert_array_equal, batch, again)


def test_batches_differ_by_number_and_by_seed():
    stream = join(documents(200))
    rows = [b.inputs["ids"].numpy().tobytes() for b in take(stream, count=5)]
    rows += [b.inputs["ids"].numpy().tobytes() for b in take(stream, count=5, seed=8)]
    assert len(set(rows)) == 10


def test_seeds_beyond_32_bits_and_below_zero_are_seeds_too():
    stream = join(documents(200))
    first = [
        take(stream, count=1, seed=seed)[0].targets.numpy().tobytes()
        for seed in (1, -1, 2**32 + 1, 2**62)
    ]
    assert len(set(first)) == 4


def test_targets_are_the_successors_and_rows_are_cut_from_the_stream():
    stream = join(documents(50, 60))
    text = stream.tobytes()
    for batch in take(stream, count=20):
        ids, targets = batch.inputs["ids"].numpy(), batch.targets.numpy()
        assert ids.shape == targets.shape == batch.weights.shape == (4, 8)
        assert ids.dtype == targets.dtype == np.int32
        np.testing.assert_array_equal(ids[:, 1:], targets[:, :-1])
        np.testing.assert_array_equal(batch.weights, np.ones([4, 8]))
        for row, last in zip(ids, targets[:, -1]):
            assert np.append(row, last).astype(np.int32).tobytes() in text


def test_every_place_of_the_stream_is_drawn_its_last_id_too():
    stream = np.arange(12, dtype=np.int32)
    (batch,) = take(stream, count=1, batch_size=400)
    assert set(batch.inputs["ids"].numpy()[:, 0]) == {0, 1, 2, 3}
    assert batch.targets.numpy().max() == 11


@pytest.mark.parametrize(
    ("lengths", "drawn"),
    [
        ([6] * 40, 0.5),  # short documents: half of the rows
        ([20] * 40, 40 * 8 / 841),  # longer ones: as their share of all windows
        ([200] * 5, 5 * 8 / 1006),
    ],
)
def test_the_share_of_rows_that_begin_a_document(lengths, drawn):
    stream = join(documents(*lengths))
    (batch,) = take(stream, count=1, batch_size=20_000)
    by_chance = np.mean(stream[:-8] == BOUNDARY)
    expected = drawn + (1 - drawn) * by_chance
    share = np.mean(batch.inputs["ids"].numpy()[:, 0] == BOUNDARY)
    assert share == pytest.approx(expected, abs=4 * np.sqrt(expected / 20_000))


def test_a_stream_without_a_boundary_has_windows_too():
    (batch,) = take(np.arange(1, 20, dtype=np.int32), count=1)
    assert batch.inputs["ids"].numpy().min() >= 1


@pytest.mark.parametrize("length", [0, 1, 8])
def test_a_text_shorter_than_a_window_is_refused(length):
    with pytest.raises(DataError, match=rf"has {length} characters, a window of 8 needs 9"):
        take(np.ones(length, np.int32))


def test_the_shortest_text_that_fits_is_one_window():
    (batch,) = take(np.arange(1, 10, dtype=np.int32), count=1)
    np.testing.assert_array_equal(batch.inputs["ids"], [np.arange(1, 9)] * 4)


@pytest.mark.parametrize("bad", [-1, VOCAB, 2**31 - 1])
def test_ids_that_the_vocabulary_has_not_are_refused(bad):
    """F26: XLA would clamp them."""
    ids = documents(20)[0]
    check_ids(ids, VOCAB)
    ids[[5, 9]] = bad
    message = rf"offset 5: id {bad} is outside the 300 of the vocabulary"
    for use in (
        lambda: check_ids(ids, VOCAB),
        lambda: take(ids),
        lambda: whole([documents(3)[0], ids], vocab=VOCAB),
    ):
        with pytest.raises(DataError, match=message):
            use()


@given(
    st.lists(st.integers(0, 150), max_size=12),
    st.sampled_from([64, 200, 1000]),
)
def test_whole_has_every_document_once_from_boundary_to_boundary(lengths, symbols):
    wanted = [(np.full(n, i + 1)).tolist() for i, n in enumerate(lengths)]
    batches = whole([np.array(d, np.int32) for d in wanted], vocab=VOCAB, symbols=symbols)
    found = []
    for batch in batches:
        ids, targets, weights = (np.asarray(x) for x in (batch.inputs["ids"], *batch[1:]))
        length = ids.shape[1]
        assert length in (64, 128, 256)
        assert len(ids) == max(1, symbols // length)
        for row, target, weight in zip(ids, targets, weights):
            count = int(weight.sum())
            np.testing.assert_array_equal(weight, np.arange(length) < count)
            assert row[0] == BOUNDARY
            if count:  # a row that only fills the batch counts nothing
                assert target[count - 1] == BOUNDARY
                assert row[1:count].tolist() == target[: count - 1].tolist()
                found.append(target[: count - 1].tolist())
    assert sorted(found) == sorted(wanted)

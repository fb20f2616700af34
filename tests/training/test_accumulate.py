"""Several batches of one update: the update of one large batch, resumed as exactly."""

import numpy as np
import pytest
import tensorflow as tf

from tests.training.toys import batch, bigram, config, splits, values
from tfrnn.data.batch import Batch
from tfrnn.errors import UsageError
from tfrnn.training.loop import train
from tfrnn.training.losses import cross_entropy

PARTS = [batch(step=1), batch(step=2), batch(step=3), batch(step=4)]


def weighed(part, count):
    """A batch of which only the first `count` rows count."""
    counts = tf.sequence_mask(count, part.targets.shape[0], tf.float32)[:, None]
    return part._replace(weights=part.weights * counts)


def joined(*parts):
    inputs = {"ids": tf.concat([part.inputs["ids"] for part in parts], 0)}
    return Batch(inputs, *(tf.concat([part[i] for part in parts], 0) for i in (1, 2)))


def learnt(parts, *, dropout=0.0, start=0, model=None, **changes):
    model = model or bigram(dropout=dropout)
    steps = train(model, cross_entropy, config(**changes), splits(*parts), start=start)
    return [*steps], values(model)


@pytest.mark.parametrize("compute", [{"compile": "graph"}, {"compile": "xla"}, {"shards": 2}])
def test_it_is_the_update_of_one_large_batch(compute):
    # Parts that count differently much: the mean is over all that counts, not over parts.
    parts = [weighed(part, count) for part, count in zip(PARTS, (3, 1, 2, 3))]
    whole = [joined(*parts[:2]), joined(*parts[2:])]
    small, found = learnt(parts, accumulate=2, clip_norm=0.05, **compute)
    large, wanted = learnt(whole, clip_norm=0.05, **compute)
    for one, other in zip(small, large, strict=True):
        assert one.targets == other.targets
        assert one.loss == pytest.approx(other.loss, rel=1e-5)
        assert one.grad_norm == pytest.approx(other.grad_norm, rel=1e-4)
        assert one.grad_norm > 0.05  # so that it was clipped
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_run_goes_on_at_its_batch():
    _, whole = learnt(PARTS, accumulate=3, steps=4)
    model = bigram()
    seen = []

    def stream(start):
        seen.append(start)
        return splits(*PARTS).train(start)

    data = splits(*PARTS)._replace(train=stream)
    for start, steps in ((0, 2), (2, 4)):
        [*train(model, cross_entropy, config(accumulate=3, steps=steps), data, start=start)]
    assert seen == [0, 6]
    assert len(whole) == len(values(model))


def test_each_part_drops_anew():
    same = [PARTS[0]] * 2
    (one,), _ = learnt(same, dropout=0.5, accumulate=2, steps=1)
    (other,), _ = learnt(same[:1], dropout=0.5, steps=1)
    assert one.loss != pytest.approx(other.loss, abs=1e-4)


def test_rows_of_all_parts_are_counted_through():
    ill = PARTS[1]._replace(weights=PARTS[1].weights * tf.constant([[1.0], [1.0], [2.0]]))
    broken = lambda logits, batch: tf.where(  # noqa: E731
        batch.weights == 2, np.float32("nan"), cross_entropy(logits, batch)
    )
    model, data = bigram(), splits(PARTS[0], ill)
    (found,) = train(model, broken, config(accumulate=2, steps=1), data)
    assert found.skipped and found.ill_rows == (5,)
    for one, other in zip(values(model), values(bigram()), strict=True):
        np.testing.assert_array_equal(one, other)


def test_passes_are_as_many_updates_as_batches_allow():
    chosen = config(steps=0, epochs=20, evaluate_every=0, accumulate=4)
    assert chosen.settle(400).steps == 2000
    assert chosen.settle(400).evaluate_every == 100
    with pytest.raises(UsageError, match=r"--train\.accumulate must be 1 or more, got 0\."):
        config(accumulate=0)

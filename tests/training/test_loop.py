"""The loop: what a step changes, what it refuses to change, and that it is a function."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.toys import VOCAB, Bigram, batch, bigram, config, splits, values
from tfrnn.data.batch import Batch
from tfrnn.errors import DivergedError
from tfrnn.training.gradients import make_gradients
from tfrnn.training.loop import (
    make_optimizer,
    make_score,
    named_weights,
    train,
    variables,
)
from tfrnn.training.losses import cross_entropy
from tfrnn.training.update import make_update

BAD = batch(step=0)  # each of its rows repeats one id


def broken_on_bad(kind):
    """The loss, broken on the batch BAD: in its value, or in its gradient alone."""

    def loss(logits, batch):
        bad = tf.reduce_all(batch.inputs["ids"] == batch.targets)
        losses = cross_entropy(logits, batch)
        if kind == "a gradient":
            return losses + tf.sqrt(tf.where(bad, 0.0, 1.0) * tf.reduce_sum(logits**2))
        row = tf.range(tf.shape(losses)[0])[:, None] == 1
        return tf.where(bad & row, {"nan": float("nan"), "inf": float("inf")}[kind], losses)

    return loss


def follow(model, *train_batches, loss=cross_entropy, optimizer=None, start=0, **changes):
    """Trains; returns each Progress and the variables after it."""
    data = splits(*train_batches)
    steps = train(model, loss, config(**changes), data, optimizer=optimizer, start=start)
    return zip(*[(progress, values(model)) for progress in steps])


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("compile_", ["graph", "xla"])
def test_learns_one_batch_by_heart(compile_):
    model = bigram()
    data = splits(batch(), batch(), valid=batch(rows=2))
    settings = config(steps=100, learning_rate=0.1, evaluate_every=100, compile=compile_)
    first, *_, last = train(model, cross_entropy, settings, data)
    assert first.loss > 1
    assert last.loss < 0.05
    assert last.valid_loss < 0.05


def test_says_what_each_step_came_to():
    model = bigram()
    expected = np.mean(cross_entropy(model(batch().inputs), batch()))
    progress, _ = follow(model, batch(), steps=5, evaluate_every=2)
    assert progress[0].loss == pytest.approx(expected, rel=1e-5)
    assert [p.step for p in progress] == [1, 2, 3, 4, 5]
    assert [p.valid_loss is not None for p in progress] == [False, True, False, True, True]
    assert progress[4].valid_loss == make_score(model, cross_entropy)([batch()])
    assert not any(p.skipped for p in progress)


def test_same_seed_same_weights_bit_by_bit():
    """F19."""
    runs = [
        list(follow(bigram(seed=seed, dropout=0.5), batch(), batch(step=2)))
        for seed in (1, 1, 2)
    ]  # fmt: skip
    assert runs[0][0] == runs[1][0]
    assert same(runs[0][1][-1], runs[1][1][-1])
    assert not same(runs[0][1][-1], runs[2][1][-1])


def test_graph_and_xla_are_close():
    ends = [follow(bigram(), batch(), compile=how) for how in ("graph", "xla")]
    (graph, graph_values), (xla, xla_values) = ends
    np.testing.assert_allclose([p.loss for p in graph], [p.loss for p in xla], rtol=1e-5)
    for a, b in zip(graph_values[-1], xla_values[-1]):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_two_halves_are_the_whole():
    batches = [batch(step=k) for k in range(1, 7)]
    whole, after = follow(bigram(dropout=0.5), *batches, steps=6)
    model = bigram(dropout=0.5)
    optimizer = make_optimizer(model, config(steps=6))
    data = splits(*batches)
    halves = []
    for progress in train(model, cross_entropy, config(steps=6), data, optimizer=optimizer):
        halves.append(progress)
        if progress.step == 3:
            break
    rest, after_rest = follow(model, *batches, optimizer=optimizer, start=3, steps=6)
    assert (*halves, *rest) == whole
    assert same(after_rest[-1], after[-1])


def test_each_step_drops_anew_and_so_does_one_that_was_skipped():
    model = bigram(dropout=0.5)
    (seed,) = model.non_trainable_variables
    seen = [seed.numpy().tobytes()]
    data = splits(batch(), BAD, BAD)
    for _ in train(model, broken_on_bad("nan"), config(), data):
        seen.append(seed.numpy().tobytes())
    assert len(set(seen)) == 5


def test_padding_counts_nothing():
    given, padded = batch(), batch(rows=5)
    weights = np.zeros([5, 8], np.float32)
    weights[:3] = 1
    padded = padded._replace(weights=tf.constant(weights))
    model = bigram()
    pairs = [tf.convert_to_tensor(v) for v in model.trainable_variables], []
    gradients = make_gradients(model, cross_entropy)
    tf.nest.map_structure(
        lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6),
        gradients(*pairs, given),
        gradients(*pairs, padded),
    )
    nothing = gradients(*pairs, padded._replace(weights=tf.zeros([5, 8])))
    assert (float(nothing[2]), float(nothing[3])) == (0, 0)


def test_score_is_the_mean_over_all_that_counts():
    model = bigram()
    parts = [batch(rows=1, time=3), batch(step=3, rows=4)]
    losses = [cross_entropy(model(part.inputs), part).numpy() for part in parts]
    weights = [np.ones([1, 3], np.float32), np.eye(4, 8, dtype=np.float32)]
    weighed = [part._replace(weights=tf.constant(w)) for part, w in zip(parts, weights)]
    expected = (losses[0].sum() + np.diag(losses[1]).sum()) / 7
    assert make_score(model, cross_entropy)(weighed) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("compile_", ["graph", "xla"])
def test_gradients_are_clipped_by_their_global_norm(compile_):
    before = values(bigram())
    grads, _, loss, norm = make_gradients(bigram(), cross_entropy, compile=compile_)(
        [tf.constant(v) for v in before], [], batch()
    )
    norm = float(norm)
    assert norm == pytest.approx(np.sqrt(sum(np.sum(np.square(g)) for g in grads)), rel=1e-5)
    for limit, share in ((norm / 4, 0.25), (4 * norm, 1.0)):
        model, descent = bigram(), keras.optimizers.SGD(1.0)
        descent.build(model.trainable_variables)
        chosen = config(clip_norm=limit, compile=compile_)
        found = make_update(model, cross_entropy, chosen, descent)([batch()])
        for old, new, gradient in zip(before, values(model), grads, strict=True):
            np.testing.assert_allclose(old - new, share * gradient, atol=1e-6)
        assert float(found.loss) == pytest.approx(float(loss))
        assert float(found.norm) == pytest.approx(norm)  # as it was before


@pytest.mark.parametrize("shards", [1, 2])
def test_the_gradient_of_an_embedding_is_dense(shards):
    """Or an id that occurs twice would count twice, but not twice as much, in norm and Adam."""
    model = keras.Sequential([keras.layers.Embedding(VOCAB, 3), keras.layers.Dense(VOCAB)])
    model(batch().inputs["ids"])
    given = batch(rows=4)
    given = given._replace(inputs=given.inputs["ids"])
    weights = [tf.convert_to_tensor(v) for v in model.trainable_variables]
    gradients = make_gradients(model, cross_entropy, shards=shards)
    grads, _, _, norm = gradients(weights, [], given)
    assert all(isinstance(gradient, tf.Tensor) for gradient in grads)
    expected = np.sqrt(sum(np.sum(np.square(gradient)) for gradient in grads))
    assert float(norm) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("compile_", ["graph", "xla"])
@pytest.mark.parametrize("shards", [2, 3, 9])
def test_shards_add_up_to_the_batch(compile_, shards):
    """Rows of different weights, cut evenly, unevenly, and into more parts than there are."""
    model, given = bigram(), batch(rows=5)
    weights = tf.cast(tf.reshape(tf.range(tf.size(given.weights)), given.weights.shape), tf.float32)
    given = given._replace(weights=weights)
    values = [tf.convert_to_tensor(v) for v in model.trainable_variables]
    whole = make_gradients(model, cross_entropy, compile=compile_)(values, [], given)
    cut = make_gradients(model, cross_entropy, compile=compile_, shards=shards)(values, [], given)
    for a, b in zip(tf.nest.flatten(cut), tf.nest.flatten(whole), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_each_shard_drops_by_itself_and_the_seeds_go_on():
    model, given = bigram(dropout=0.5), batch(rows=4)
    twins = tf.nest.map_structure(lambda x: tf.concat([x[:2], x[:2]], 0), given)
    seen = []

    def watch(logits, part):
        seen.append(logits)
        return cross_entropy(logits, part)

    weights, others = (
        [tf.convert_to_tensor(v) for v in values]
        for values in (model.trainable_variables, model.non_trainable_variables)
    )
    tf.config.run_functions_eagerly(True)
    try:
        for shards in (1, 2):
            gradients = make_gradients(model, watch, shards=shards)
            after = gradients(weights, others, twins)[1]
    finally:
        tf.config.run_functions_eagerly(False)
    whole, first, second = seen
    assert not np.allclose(first, second)
    assert [v.numpy().tolist() for v in after] == [[v[0], v[1] + 1] for v in np.array(others)]
    assert whole.shape[0] == first.shape[0] + second.shape[0]


@pytest.mark.parametrize(
    ("kind", "compile_"),
    [("nan", "graph"), ("nan", "xla"), ("inf", "graph"), ("a gradient", "xla")],
)
def test_a_step_that_is_not_finite_changes_no_weight(kind, compile_):
    """F22."""
    model = bigram(dropout=0.2)
    optimizer = make_optimizer(model, config())
    progress, after = follow(
        model, batch(), batch(), BAD, batch(),
        loss=broken_on_bad(kind), optimizer=optimizer, compile=compile_,
    )  # fmt: skip
    assert [p.skipped for p in progress] == [False, False, True, False]
    named = () if kind == "a gradient" else (1,)
    assert [p.ill_rows for p in progress] == [(), (), named, ()]
    assert not (np.isfinite(progress[2].loss) and np.isfinite(progress[2].grad_norm))
    weights = [[v for v in state if v.dtype == np.float32] for state in after]
    assert same(weights[1], weights[2])
    assert not same(weights[0], weights[1])
    assert not same(weights[2], weights[3])
    assert int(optimizer.iterations) == 3
    assert all(np.isfinite(v).all() for v in values(model))


def test_too_many_of_them_in_a_row_end_the_run():
    given = batch(), BAD, BAD, batch(), BAD, BAD, BAD
    model, reached = bigram(), []
    with pytest.raises(DivergedError) as caught:
        for progress in train(
            model, broken_on_bad("nan"), config(steps=9, bad_steps=3), splits(*given)
        ):
            reached.append(progress.step)
    assert reached == [1, 2, 3, 4, 5, 6]
    assert re.fullmatch(
        r"step 7: loss nan, gradient norm \S+: beyond use for 3 steps in a row; "
        r"a smaller --train\.learning-rate may help",
        str(caught.value),
    )
    assert caught.value.code == 76
    assert all(np.isfinite(v).all() for v in values(model))


@pytest.mark.parametrize("compile_", ["graph", "xla"])
def test_a_learning_rate_beyond_reason_ends_the_run(compile_):
    """F22: a tanh saturates, so that the loss alone is absurd, and finite."""
    model = bigram()
    with pytest.raises(DivergedError, match=r"beyond use for 4 steps in a row"):
        list(follow(model, batch(), learning_rate=1e20, steps=20, bad_steps=4, compile=compile_))


def test_everything_that_a_step_changes_has_a_name():
    for _ in range(2):  # the same for the second model of a process
        model = bigram(dropout=0.5)
        named = variables(model, make_optimizer(model, config()))
        assert list(named)[:5] == [
            "model/hidden/kernel",
            "model/hidden/bias",
            "model/logits/kernel",
            "model/logits/bias",
            "seed/000",
        ]
        assert set(map(id, model.variables)) <= set(map(id, named.values()))
        assert sum(name.startswith("optimizer/") for name in named) == 1 + 2 * 4  # its step


def test_two_weights_of_one_name_are_refused():
    model = Bigram()
    model.hidden.name = model.logits.name = "dense"
    model.build()
    with pytest.raises(ValueError, match=r"^Two weights of the model have the same path"):
        named_weights(model)


def test_the_toys_are_what_they_say():
    """Every id occurs, so that a loss near 0 means that every successor was learnt."""
    inputs = batch().inputs["ids"].numpy()
    assert set(inputs.ravel()) == set(range(VOCAB))
    assert isinstance(BAD, Batch)
    assert (BAD.inputs["ids"].numpy() == BAD.targets.numpy()).all()

"""The CRF against all tag sequences, one by one, in numpy float64."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close
from tfrnn.layers import CRF, Chain, Independent

TAGS, LENGTHS = 3, [5, 3, 1, 0]


@pytest.fixture
def arrays():
    """Emissions (4, 5, 3), transitions, start, end, all distinct."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=s) for s in ((4, 5, TAGS), (TAGS, TAGS), (TAGS,), (TAGS,))]


@pytest.fixture
def mask():
    return tf.sequence_mask(LENGTHS, 5)


@pytest.fixture
def tags():
    """Of padding too, where they must not count."""
    return np.random.default_rng(1).integers(0, TAGS, (4, 5)).astype("int32")


def chain_of(arrays, mask):
    emissions, *weights = map(tf.constant, arrays)
    return Chain(emissions, tf.constant(mask), *weights)


def independent_of(arrays, mask):
    return Independent(tf.constant(arrays[0]), tf.constant(mask))


def without_ties(arrays):
    return [arrays[0], *(np.zeros_like(w) for w in arrays[1:])]


def score(arrays, row, path):
    emissions, transitions, start, end = arrays
    if not path:
        return 0.0
    words = sum(emissions[row, t, y] for t, y in enumerate(path))
    ties = sum(transitions[pair] for pair in itertools.pairwise(path))
    return start[path[0]] + words + ties + end[path[-1]]


def brute_force(arrays):
    """For each row: its paths, their scores, and their probabilities."""
    for row, length in enumerate(LENGTHS):
        paths = list(itertools.product(range(TAGS), repeat=length))
        scores = np.array([score(arrays, row, path) for path in paths])
        yield paths, scores, np.exp(scores) / np.exp(scores).sum()


CASES = pytest.mark.parametrize(
    ("make", "tied"), [(chain_of, lambda arrays: arrays), (independent_of, without_ties)]
)


@CASES
def test_likelihood_of_all_paths(arrays, mask, tags, make, tied):
    expected = [
        np.log(probabilities[paths.index(tuple(path[:length]))])
        for (paths, _, probabilities), path, length in zip(
            brute_force(tied(arrays)), tags.tolist(), LENGTHS
        )
    ]
    close(make(arrays, mask).log_likelihood(tags), np.array(expected))
    assert expected[-1] == 0


def test_scores_and_log_partition(arrays, mask, tags):
    chain = chain_of(arrays, mask)
    expected = [score(arrays, r, tuple(tags[r, :n])) for r, n in enumerate(LENGTHS)]
    close(chain.score(tags), np.array(expected))
    partition = [np.log(np.exp(scores).sum()) for _, scores, _ in brute_force(arrays)]
    close(chain.log_partition(), np.array(partition))


@CASES
def test_the_best_of_all_paths(arrays, mask, make, tied):
    best, scores = make(arrays, mask).decode()
    assert best.dtype == tf.int32 and best.shape == (4, 5)
    for row, (paths, expected, _) in enumerate(brute_force(tied(arrays))):
        path = paths[expected.argmax()]
        assert best[row].numpy().tolist() == [*path, *[0] * (5 - len(path))]
        close(scores[row], expected.max())


@CASES
def test_marginals_of_all_paths(arrays, mask, make, tied):
    expected = np.zeros((4, 5, TAGS))
    for row, (paths, _, probabilities) in enumerate(brute_force(tied(arrays))):
        for path, probability in zip(paths, probabilities):
            for t, tag in enumerate(path):
                expected[row, t, tag] += probability
    close(make(arrays, mask).marginals(), expected)


@pytest.mark.parametrize("jit", [False, True])
def test_ties_go_to_the_lowest_tag_from_the_end(jit):
    """Tags 1 and 2 are as good as each other everywhere; tag 0 is worse."""
    emissions = tf.constant([[[-1.0, 0.0, 0.0]] * 4])
    transitions = tf.constant([[0.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])

    def decode(emissions):
        none = tf.zeros([3])
        return Chain(emissions, tf.ones([1, 4], tf.bool), transitions, none, none).decode()

    best, scores = tf.function(decode, jit_compile=jit, autograph=False)(emissions)
    assert best.numpy().tolist() == [[2, 1, 2, 1]] and scores.numpy().tolist() == [0.0]


@CASES
def test_padding_changes_nothing(arrays, mask, tags, make, tied):
    def run(emissions, mask, tags):
        made = make([emissions, *arrays[1:]], mask)
        return made.log_likelihood(tags), made.decode()[0], made.marginals()

    emissions = np.where(mask[..., None], arrays[0], 99.0)
    wider = (
        np.pad(emissions, [(0, 0), (0, 4), (0, 0)], constant_values=-7.0),
        np.pad(mask, [(0, 0), (0, 4)]),
        np.pad(tags, [(0, 0), (0, 4)], constant_values=2),
    )
    padded = [result[:, :5] if result.shape.rank > 1 else result for result in run(*wider)]
    close(padded, list(run(arrays[0], mask.numpy(), tags)))


def values_and_gradients(mask, tags, make=chain_of):
    """A function of the arrays: everything a chain tells, and the gradients of log p."""

    def run(*arrays):
        with tf.GradientTape() as tape:
            tape.watch(arrays)
            emissions, *weights = arrays
            made = Chain(emissions, mask, *weights)
            made = Independent(*made[:2]) if make is independent_of else made
            likelihood = made.log_likelihood(tags)
            loss = tf.reduce_sum(likelihood * tf.range(1, 5, dtype=likelihood.dtype))
        gradients = tape.gradient(loss, arrays, unconnected_gradients="zero")
        return likelihood, made.decode(), made.marginals(), gradients

    return run


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("make", [chain_of, independent_of])
def test_compiled_equals_eager(arrays, mask, tags, jit, known, make):
    run = values_and_gradients(mask, tags, make)
    arrays = [tf.constant(a) for a in arrays]
    shapes = [[4, 5, TAGS] if known else [None, None, TAGS], *(a.shape for a in arrays[1:])]
    compiled = tf.function(
        run,
        jit_compile=jit,
        autograph=False,
        input_signature=[tf.TensorSpec(s, tf.float64) for s in shapes],
    )
    close(compiled(*arrays), run(*arrays))


def test_gradients_by_finite_differences(arrays, mask, tags):
    run = values_and_gradients(mask, tags)
    *_, gradients = run(*map(tf.constant, arrays))
    rng = np.random.default_rng(2)
    for place, gradient in enumerate(gradients):
        direction = rng.normal(size=gradient.shape)

        def loss(scale, place=place, direction=direction):
            moved = [*arrays[:place], arrays[place] + scale * direction, *arrays[place + 1 :]]
            return np.sum(run(*map(tf.constant, moved))[0] * np.arange(1, 5))

        slope = (loss(1e-6) - loss(-1e-6)) / 2e-6
        np.testing.assert_allclose(np.sum(gradient * direction), slope, atol=1e-7)
        assert np.any(gradient)


def test_rows_without_words_are_nothing(arrays, tags):
    run = values_and_gradients(tf.zeros([4, 5], tf.bool), tags)
    for value in tf.nest.flatten(run(*map(tf.constant, arrays))):
        assert not np.any(value)  # nor is any NaN


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("compiled", [None, False, True], ids=["eager", "graph", "xla"])
@pytest.mark.parametrize("make", [chain_of, independent_of])
@pytest.mark.parametrize("time", [0, 1])
def test_hardly_any_time(arrays, mask, tags, time, compiled, known, make):
    run = values_and_gradients(mask[:, :time], tags[:, :time], make)
    arrays = [tf.constant(a) for a in (arrays[0][:, :time], *arrays[1:])]
    if compiled is not None:
        shapes = [[4, time if known else None, TAGS], *(a.shape for a in arrays[1:])]
        specs = [tf.TensorSpec(s, tf.float64) for s in shapes]
        run = tf.function(run, jit_compile=compiled, autograph=False, input_signature=specs)
    likelihood, (best, scores), marginals, gradients = run(*arrays)
    assert best.shape == (4, time) and marginals.shape == (4, time, TAGS)
    assert np.isfinite(likelihood).all()
    if time == 0:
        assert not any(np.any(v) for v in tf.nest.flatten([likelihood, scores, gradients]))
    elif make is chain_of:
        emissions, _, start, end = arrays
        close(marginals[:3, 0], tf.nn.softmax(emissions + start + end)[:3, 0])


def test_large_scores_do_not_overflow(mask, tags):
    rng = np.random.default_rng(3)
    arrays = [1e4 * rng.normal(size=s).astype("float32") for s in ((4, 5, 3), (3, 3), (3,), (3,))]
    likelihood, (_, scores), _, gradients = values_and_gradients(mask, tags)(
        *map(tf.constant, arrays)
    )
    assert all(np.isfinite(v).all() for v in tf.nest.flatten([likelihood, gradients]))
    close(chain_of(arrays, mask).log_partition(), scores, atol=1e-2)


@pytest.fixture
def layer(arrays):
    layer = CRF(dtype="float64")
    layer.build((None, None, TAGS))
    layer.set_weights(arrays[1:])
    return layer


def test_the_layer_makes_the_chain(layer, arrays, mask):
    close(tuple(layer(arrays[0], mask=mask)), tuple(chain_of(arrays, mask)), atol=0)
    assert [v.name for v in layer.weights] == ["transitions", "start", "end"]
    assert layer(arrays[0]).mask.numpy().all()


def test_a_new_layer_ties_nothing(arrays, mask):
    layer = CRF(dtype="float64")
    chain = layer(arrays[0], mask=mask)
    close(chain.marginals(), independent_of(arrays, mask).marginals())


def test_sums_stay_in_float32_under_bfloat16(arrays, mask):
    layer = CRF(dtype="mixed_bfloat16")
    layer.build((None, None, TAGS))
    layer.set_weights(arrays[1:])
    rounded = tf.cast(arrays[0], tf.bfloat16)
    chain = layer(rounded, mask=mask)
    assert {part.dtype for part in chain} == {tf.float32, tf.bool}
    exact = chain_of([np.float64(tf.cast(rounded, tf.float64)), *arrays[1:]], mask)
    close(chain.log_partition(), exact.log_partition(), atol=1e-5)


def test_a_stateless_call_reads_the_weights_it_is_given(layer, arrays, mask):
    given = [tf.constant(w + 1.0) for w in arrays[1:]]
    chain, _ = layer.stateless_call(given, [], tf.constant(arrays[0]), mask=mask)
    close(tuple(chain[2:]), tuple(given), atol=0)


def test_its_settings_come_back(layer):
    assert CRF.from_config(layer.get_config()).get_config() == layer.get_config()
    assert keras.saving.get_registered_object("tfrnn>CRF") is CRF


def test_an_unknown_number_of_tags_is_refused():
    with pytest.raises(ValueError, match=r"^CRF needs inputs .* known last axis, got shape"):
        CRF().build((None, None, None))

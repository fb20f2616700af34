"""Bidirectional: what each direction reads, and that its final state is that of its own end."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close
from tfrnn.layers import GRU, LSTM, Bidirectional, SimpleRNN, Stacked


@pytest.fixture
def both():
    layer = Bidirectional(LSTM(5), GRU(3))
    layer.build((None, None, 4))
    return layer


@pytest.fixture
def x():
    return tf.random.stateless_normal([3, 6, 4], seed=[0, 1])


def test_each_direction_reads_its_way(both, x):
    outputs, state = both(x)
    ahead, ahead_state = both.forward(x)
    behind, behind_state = both.backward(x[:, ::-1])
    close(outputs, tf.concat([ahead, behind[:, ::-1]], -1), atol=0)
    close(tuple(state), (ahead_state, behind_state), atol=0)


def test_each_row_is_reversed_inside_its_padding(both, x):
    """Wherever the padding is: behind, in front, and in the middle."""
    mask = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 1, 1], [1, 0, 1, 0, 0, 1]], bool)
    outputs, state = both(x, mask=tf.constant(mask))
    assert not np.any(outputs[~mask])
    for row, real in enumerate(mask):
        alone, alone_state = both(tf.boolean_mask(x[row], real)[None])
        close(tf.boolean_mask(outputs[row], real), alone[0], atol=1e-6)
        one = tf.nest.map_structure(lambda s, row=row: s[row : row + 1], state)
        close(one, alone_state, atol=1e-6)


def test_an_initial_state_reaches_each_direction(both, x):
    _, start = both(x)
    outputs, _ = both(x, initial_state=start)
    close(outputs[..., :5], both.forward(x, initial_state=start.forward)[0], atol=0)
    behind, _ = both.backward(x[:, ::-1], initial_state=start.backward)
    close(outputs[..., 5:], behind[:, ::-1], atol=0)
    close(both(x, initial_state=tf.nest.flatten(start))[0], outputs, atol=0)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_equals_keras(cell, masked):
    ours, theirs = {"LSTM": LSTM, "GRU": GRU}[cell], getattr(keras.layers, cell)
    ours = Bidirectional(ours(5, dtype="float64"), ours(5, dtype="float64"))
    theirs = keras.layers.Bidirectional(
        theirs(5, return_sequences=True, return_state=True, dtype="float64"), dtype="float64"
    )
    for layer in (ours, theirs):
        layer.build((3, 6, 4))
    rng = np.random.default_rng(0)
    theirs.set_weights([rng.normal(size=w.shape) for w in theirs.get_weights()])
    ours.set_weights(theirs.get_weights())
    x = tf.constant(rng.normal(size=(3, 6, 4)))
    start = tf.nest.map_structure(
        lambda s: tf.constant(rng.normal(size=s.shape)), ours.initial_state(3)
    )
    holes = np.array([[1] * 6, [1, 1, 1, 0, 0, 0], [1, 0, 1, 1, 0, 0]], bool)
    mask = tf.constant(holes) if masked else None
    outputs, final = ours(x, initial_state=start, mask=mask)
    expected, *states = theirs(x, initial_state=tf.nest.flatten(start), mask=mask)
    close(outputs, expected)
    close(tf.nest.flatten(final), states)


def test_stacks_may_go_both_ways(x):
    layer = Bidirectional(Stacked([LSTM(3), GRU(4)]), SimpleRNN(2))
    outputs, state = layer(x)
    assert outputs.shape == (3, 6, layer.units) and layer.units == 6
    assert [len(tf.nest.flatten(part)) for part in state] == [3, 1]


@pytest.mark.parametrize("masked", [False, True])
def test_rows_of_tables_are_read_as_their_projections_would_be(masked):
    both = Bidirectional(LSTM(5, dtype="float64"), GRU(3, dtype="float64"))
    both.build((None, None, 4))
    rng = np.random.default_rng(0)
    vectors, ids = tf.constant(rng.normal(size=(7, 4))), tf.constant(rng.integers(0, 7, (2, 6)))
    mask = tf.sequence_mask([4, 6], 6) if masked else None
    tables = both.forward.project(vectors), both.backward.project(vectors)
    found, state = both.unroll_rows(tables, ids, both.initial_state(2), mask)
    outputs, final = both(tf.gather(vectors, ids), mask=mask)
    close(found, outputs)
    close(tf.nest.flatten(state), tf.nest.flatten(final))


def test_the_mask_of_an_embedding_arrives_and_goes_on():
    tokens = tf.constant([[1, 2, 0, 0], [3, 1, 2, 3]])
    embedding = keras.layers.Embedding(4, 3, mask_zero=True)
    layer = Bidirectional(SimpleRNN(2), SimpleRNN(2))
    outputs, _ = layer(embedding(tokens))
    assert not np.any(outputs[0, 2:])
    np.testing.assert_array_equal(outputs._keras_mask, tokens != 0)


def test_training_reaches_both_directions(x):
    def noisy():
        return Stacked([SimpleRNN(4), SimpleRNN(4)], dropout=0.5)

    layer = Bidirectional(noisy(), noisy())
    calm = layer(x)[0]
    difference = np.abs(layer(x, training=True)[0] - calm)
    assert difference[..., :4].max() > 0.01 and difference[..., 4:].max() > 0.01


def test_one_layer_both_ways_is_refused():
    layer = LSTM(2)
    with pytest.raises(ValueError, match=r"^Bidirectional needs two layers, got the same one"):
        Bidirectional(layer, layer)

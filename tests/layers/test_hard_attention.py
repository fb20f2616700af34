"""Hard attention: what it picks, what it learns from, and a task where the right place is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers import BahdanauAttention, HardAttention

ROWS, SOURCE, FEATURES, QUERY = 4, 5, 6, 3
MASK = tf.sequence_mask([5, 3, 1, 0], SOURCE)


def fed(steps=2):
    rng = np.random.default_rng(0)
    query = rng.normal(size=(ROWS, steps, QUERY)).astype(np.float32)
    return tf.constant(query), tf.constant(rng.normal(size=(ROWS, SOURCE, FEATURES)), tf.float32)


def made(**options):
    keras.utils.set_random_seed(0)
    layer = HardAttention(7, **options)
    layer(*fed(), mask=MASK)
    return layer


def test_in_use_it_takes_the_place_that_soft_attention_likes_most():
    layer, (query, values) = made(), fed()
    soft = BahdanauAttention(7)
    soft(query, values, mask=MASK)
    soft.set_weights(layer.get_weights()[:4])
    shares = soft(query, values, mask=MASK)[1].numpy()
    context, weights = (each.numpy() for each in layer(query, values, mask=MASK))
    for row in range(3):
        for step in range(2):
            best = shares[row, step].argmax()
            assert weights[row, step].tolist() == np.eye(SOURCE)[best].tolist()
            np.testing.assert_array_equal(context[row, step], values[row, best])
    assert not context[3].any() and not weights[3].any()


def test_one_query_is_one_of_several():
    layer, (query, values) = made(), fed()
    several = layer(query, values, mask=MASK)
    one = layer(query[:, 1], values, mask=MASK)
    for a, b in zip(several, one):
        np.testing.assert_array_equal(a[:, 1], b)


def test_draws_go_by_the_shares():
    layer, (query, values) = made(), fed(1)
    many = tf.repeat(query[1:2], 4000, 0), tf.repeat(values[1:2], 4000, 0)
    mask = tf.repeat(MASK[1:2], 4000, 0)
    drawn = layer(*many, mask=mask, training=True)[1].numpy()[:, 0].mean(0)
    memory = layer.remember(values[1:2], MASK[1:2])
    shares = layer.glimpse(query[1:2, 0], memory, 0.0).shares.numpy()[0]
    np.testing.assert_allclose(drawn, shares, atol=4 * np.sqrt(0.25 / 4000))
    assert not drawn[3:].any()


def test_the_loss_and_the_baseline_by_hand():
    layer = made(weight=2.0, entropy=0.1, momentum=0.9)
    layer.baseline.assign(-1.0)
    place = tf.constant([[[1.0, 0.0], [0.0, 1.0]]])
    shares = tf.constant([[[0.25, 0.75], [0.5, 0.5]]])
    layer.reinforce(tf.constant([[-3.0, 5.0]]), place, shares, tf.constant([[1.0, 0.0]]))
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    wanted = -(2.0 * (-3.0 - -1.0) * np.log(0.25) + 0.1 * entropy)
    np.testing.assert_allclose(layer.losses[-1], wanted, rtol=1e-6)
    np.testing.assert_allclose(layer.baseline, 0.9 * -1.0 + 0.1 * -3.0, rtol=1e-6)


def test_it_learns_where_to_look_from_rewards_alone():
    """A place is marked; its value says what to answer. The reward is whether it was looked at."""
    keras.utils.set_random_seed(1)
    layer = HardAttention(16, entropy=0.01)
    rng = np.random.default_rng(0)
    optimizer = keras.optimizers.Adam(0.02)

    def task(rows):
        marked = rng.integers(0, SOURCE, rows)
        values = rng.normal(size=(rows, SOURCE, FEATURES)).astype(np.float32)
        values[..., 0] = np.eye(SOURCE)[marked] * 2
        return tf.ones([rows, QUERY]), tf.constant(values), marked

    layer(*task(2)[:2])

    @tf.function(autograph=False)
    def step(query, values, marked, noise):
        with tf.GradientTape() as tape:
            found = layer.glimpse(query, layer.remember(values), noise)
            reward = tf.gather(found.place, marked, batch_dims=1)
            count = tf.ones([tf.shape(query)[0], 1])
            layer.reinforce(reward[:, None], found.place[:, None], found.shares[:, None], count)
            loss = layer.losses[-1]
        grads = tape.gradient(loss, layer.trainable_variables)
        optimizer.apply(grads, layer.trainable_variables)

    optimizer.build(layer.trainable_variables)
    for _ in range(150):
        query, values, marked = task(64)
        noise = layer.noise([64, SOURCE])
        step(query, values, tf.constant(marked), noise)
    query, values, marked = task(500)
    chosen = layer(query, values)[1].numpy().argmax(-1)
    assert (chosen == marked).mean() > 0.95  # 0.2 by chance


@pytest.mark.parametrize("wrong", [{"weight": 0.0}, {"entropy": -1.0}, {"momentum": 1.0}])
def test_numbers_that_cannot_be(wrong):
    with pytest.raises(ValueError, match="weight above 0, entropy 0 or more and momentum"):
        HardAttention(3, **wrong)

"""Attention against its equations, written again in numpy, and against Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfrnn.layers import BahdanauAttention, DotAttention, LuongAttention

BATCH, STEPS, SOURCE, QUERY, FEATURES, UNITS = 3, 2, 5, 4, 6, 7
LENGTHS = [5, 2, 0]


def drawn(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def softmax(scores, mask):
    exps = np.exp(scores) * mask[:, None]
    total = exps.sum(-1, keepdims=True)
    return np.divide(exps, total, out=np.zeros_like(exps), where=total > 0)


def fed(dtype="float64", query=QUERY):
    arrays = drawn(0, BATCH, STEPS, query), drawn(1, BATCH, SOURCE, FEATURES)
    return *(tf.constant(a, dtype) for a in arrays), tf.sequence_mask(LENGTHS, SOURCE)


def bahdanau(layer, query, values):
    w, u, b, v = layer.get_weights()
    hidden = np.tanh((query @ w)[:, :, None] + (values @ u + b)[:, None])
    return (hidden @ v)[..., 0]


def luong(layer, query, values):
    (w,) = layer.get_weights()
    return query @ np.swapaxes(values @ w, 1, 2)


def dot(layer, query, values):
    return query @ np.swapaxes(values, 1, 2)


LAYERS = {
    "bahdanau": (lambda: BahdanauAttention(UNITS, dtype="float64"), bahdanau, QUERY),
    "luong": (lambda: LuongAttention(dtype="float64"), luong, QUERY),
    "dot": (lambda: DotAttention(dtype="float64"), dot, FEATURES),
}


@pytest.fixture(params=LAYERS)
def case(request):
    make, scores, width = LAYERS[request.param]
    layer = make()
    query, values, mask = fed(query=width)
    layer(query, values, mask=mask)
    layer.set_weights([drawn(7 + i, *w.shape) for i, w in enumerate(layer.get_weights())])
    return layer, scores, query, values, mask


def test_equations(case):
    layer, scores, query, values, mask = case
    context, weights = layer(query, values, mask=mask)
    expected = softmax(scores(layer, query.numpy(), values.numpy()), mask.numpy())
    np.testing.assert_allclose(weights, expected, atol=1e-12)
    np.testing.assert_allclose(context, expected @ values.numpy(), atol=1e-12)
    np.testing.assert_allclose(tf.reduce_sum(weights, -1)[:2], np.ones([2, STEPS]), atol=1e-12)
    assert not np.any(weights[2]) and not np.any(context[2])


def test_a_step_at_a_time_is_all_steps(case):
    layer, _, query, values, mask = case
    together = layer(query, values, mask=mask)
    memory = layer.remember(values, mask)
    for t in range(STEPS):
        for a, b in zip(layer.attend(query[:, t], memory), together, strict=True):
            np.testing.assert_allclose(a, b[:, t], atol=1e-12)


def test_gradients_are_those_of_finite_differences(case):
    layer, _, query, values, mask = case

    def total(query, values):
        context, weights = layer(query, values, mask=mask)
        spread = tf.reshape(tf.range(tf.size(context), dtype="float64"), tf.shape(context))
        return tf.reduce_sum(tf.sin(spread) * context) + tf.reduce_sum(weights[:, 0] ** 2)

    theory, numeric = tf.test.compute_gradient(total, [query, values], delta=1e-5)
    for a, b in zip(theory, numeric, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-7)


def test_keras_agrees():
    query, values, mask = fed(query=FEATURES)
    real = [None, mask]
    ours = DotAttention(dtype="float64")(query[:2], values[:2], mask=mask[:2])
    theirs = keras.layers.Attention(dtype="float64")(
        [query[:2], values[:2]], mask=[None, real[1][:2]], return_attention_scores=True
    )
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    layer = BahdanauAttention(FEATURES, dtype="float64")
    layer(query, values, mask=mask)
    eye = np.eye(FEATURES)
    layer.set_weights([eye, eye, np.zeros(FEATURES), np.ones((FEATURES, 1))])
    additive = keras.layers.AdditiveAttention(dtype="float64", use_scale=False)
    theirs = additive([query[:2], values[:2]], mask=[None, mask[:2]], return_attention_scores=True)
    for a, b in zip(layer(query[:2], values[:2], mask=mask[:2]), theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)  # Keras subtracts a large number for a mask


@pytest.mark.parametrize("kind", [BahdanauAttention, LuongAttention])
def test_its_methods_multiply_in_bfloat16_wherever_they_are_called(kind):
    """Training calls a model without state, where Keras casts no weight by itself.

    The network that scores, for Bahdanau, adds and bends in float32 what it has multiplied.
    """
    sizes = (UNITS,) if kind is BahdanauAttention else ()
    layer = kind(*sizes, dtype="mixed_bfloat16")
    query, values, mask = fed("bfloat16")
    wanted = layer(query, values, mask=mask)
    with keras.StatelessScope(state_mapping=[(v, v.value) for v in layer.variables]):
        memory = layer.remember(values, mask)
        context, weights = layer.attend(query, memory)
    keys = tf.cast(memory.keys, "bfloat16")  # the bias is 0, so that they are what was multiplied
    np.testing.assert_array_equal(tf.cast(keys, "float32"), tf.cast(memory.keys, "float32"))
    assert memory.values.dtype == context.dtype == "bfloat16"
    assert weights.dtype == "float32"
    for a, b in zip((context, weights), wanted, strict=True):
        np.testing.assert_array_equal(tf.cast(a, "float32"), tf.cast(b, "float32"))


def test_what_cannot_be():
    with pytest.raises(ValueError, match="units > 0, got units=0"):
        BahdanauAttention(0)
    with pytest.raises(ValueError, match="queries and values of one width, got 4 and 6"):
        DotAttention()(*fed("float32")[:2])

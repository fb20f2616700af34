"""Pooling against its equations, written again in numpy float64, one row at a time."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.twins import close
from tfrnn.layers import AttentionPooling, MaxPooling, MeanPooling

LENGTHS, TIME, FEATURES = [6, 3, 1, 0], 6, 4
KINDS = {
    "mean": lambda dtype: MeanPooling(dtype=dtype),
    "max": lambda dtype: MaxPooling(dtype=dtype),
    "attention": lambda dtype: AttentionPooling(3, dtype=dtype),
}


def built(kind, dtype="float64"):
    """A layer whose weights are all distinct."""
    layer = KINDS[kind](dtype)
    layer.build((None, None, FEATURES))
    rng = np.random.default_rng(0)
    for weight in layer.weights:
        weight.assign(rng.normal(size=weight.shape))
    return layer


@pytest.fixture(params=sorted(KINDS))
def kind(request):
    return request.param


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(4, TIME, FEATURES))


@pytest.fixture
def mask():
    """Padding at the end, and a hole in the first row."""
    mask = tf.sequence_mask(LENGTHS, TIME).numpy()
    mask[0, 2] = False
    return mask


def reference(layer, x, mask):
    """A pooled vector for each row, and the attention's weights."""
    pooled, weights = np.zeros((len(x), FEATURES)), np.zeros(mask.shape)
    for row, real in enumerate(mask):
        steps = x[row, real]
        if not len(steps):
            continue
        if isinstance(layer, AttentionPooling):
            w, b, v = (np.asarray(weight, "float64") for weight in layer.weights)
            powers = np.exp(np.tanh(steps @ w + b) @ v[:, 0])
            weights[row, real] = powers / powers.sum()
            pooled[row] = weights[row, real] @ steps
        else:
            pooled[row] = steps.mean(0) if isinstance(layer, MeanPooling) else steps.max(0)
    return (pooled, weights) if isinstance(layer, AttentionPooling) else pooled


def test_equations(kind, x, mask):
    layer = built(kind)
    close(layer(tf.constant(x), mask=tf.constant(mask)), reference(layer, x, mask))
    close(layer(tf.constant(x)), reference(layer, x, np.ones_like(mask)))


@pytest.mark.parametrize("noise", [99.0, -99.0, np.inf, np.nan])
def test_padding_may_hold_anything(kind, x, mask, noise):
    layer = built(kind)
    noisy = np.where(mask[..., None], x, noise)
    found, expected = (values_and_gradients(layer)(tf.constant(v), mask) for v in (noisy, x))
    close(found, expected, atol=0)


def test_more_padding_changes_nothing(kind, x, mask):
    layer = built(kind)
    longer = layer(np.pad(x, [(0, 0), (0, 5), (0, 0)]), mask=np.pad(mask, [(0, 0), (0, 5)]))
    expected = layer(tf.constant(x), mask=tf.constant(mask))
    if kind == "attention":
        assert not np.any(longer[1][:, TIME:])
        longer = (longer[0], longer[1][:, :TIME])
    close(longer, expected)


def values_and_gradients(layer):
    """A function of (x, mask): what the layer makes, and the gradients of it, unevenly weighed."""

    def run(x, mask):
        with tf.GradientTape() as tape:
            tape.watch(x)
            made = tf.nest.flatten(layer(x, mask=mask))
            ramps = [tf.reshape(tf.range(tf.size(y), dtype=y.dtype), tf.shape(y)) for y in made]
            loss = tf.add_n([tf.reduce_sum(y * tf.cos(r)) for y, r in zip(made, ramps)])
        return made, tape.gradient(loss, [x, *layer.trainable_variables])

    return run


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("time", [TIME, None])
def test_compiled_equals_eager(kind, x, mask, jit, time):
    run = values_and_gradients(built(kind))
    signature = [
        tf.TensorSpec([None, time, FEATURES], tf.float64),
        tf.TensorSpec([None, time], tf.bool),
    ]
    compiled = tf.function(run, input_signature=signature, jit_compile=jit, autograph=False)
    close(compiled(x, mask), run(tf.constant(x), tf.constant(mask)))


def test_gradients_by_finite_differences(kind, x, mask):
    layer = built(kind)
    run = values_and_gradients(layer)
    _, (gradient, *_) = run(tf.constant(x), mask)
    direction = np.random.default_rng(2).normal(size=x.shape)

    def loss(x):
        made, _ = run(tf.constant(x), mask)
        return sum(np.sum(y * np.cos(np.arange(y.numpy().size).reshape(y.shape))) for y in made)

    slope = (loss(x + 1e-6 * direction) - loss(x - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(np.sum(gradient * direction), slope, atol=1e-7)


@pytest.mark.parametrize("time", [TIME, 0])
def test_nothing_real_gives_zeros_and_no_gradient(kind, time):
    made, gradients = values_and_gradients(built(kind))(
        tf.ones([2, time, FEATURES], tf.float64), tf.zeros([2, time], tf.bool)
    )
    assert made[0].shape == (2, FEATURES)
    assert not any(np.any(v) for v in tf.nest.flatten([made, gradients]))  # NaN counts as some


def test_attention_adds_up_to_1_on_real_steps_alone(x, mask):
    for scale in (1, 1e4):  # and where an exponential of the scores alone would overflow
        layer = built("attention", "float32")
        layer.context.assign(scale * layer.context)
        weights = layer(tf.constant(x, tf.float32), mask=mask)[1].numpy()
        np.testing.assert_allclose(weights.sum(1), [1, 1, 1, 0], atol=1e-6)
        assert not np.any(weights[~mask])
    assert weights.max(1)[0] > 0.99


def test_bfloat16_stays_near(kind, x, mask):
    exact, half = built(kind, "float32"), built(kind, "mixed_bfloat16")
    x = tf.constant(x, tf.float32)
    wanted, found = (tf.nest.flatten(layer(x, mask=mask)) for layer in (exact, half))
    assert [y.dtype for y in found] == [tf.bfloat16, tf.float32][: len(found)]
    for a, b in zip(found, wanted, strict=True):
        assert 0 < np.abs(tf.cast(a, tf.float32) - b).max() < 0.02


def test_many_steps_are_added_up_in_float32(kind):
    """In bfloat16 a sum of 300 ones would stop at 256."""
    if kind == "max":
        return
    pooled = tf.nest.flatten(built(kind, "mixed_bfloat16")(tf.ones([1, 4000, FEATURES])))[0]
    np.testing.assert_array_equal(tf.cast(pooled, tf.float32), np.ones((1, FEATURES)))


def test_the_mask_ends_with_the_time_axis(kind, x, mask):
    """Keras hands a mask on to what comes next, which has no steps any more."""
    layer = built(kind, "float32")
    inputs = keras.Input((None, FEATURES))
    masked = keras.layers.Masking()(inputs)
    model = keras.Model(inputs, layer(masked))
    given = tf.constant(np.where(mask[..., None], x, 0), tf.float32)
    close(model(given), layer(given, mask=mask))
    assert layer.compute_mask(given, mask) is None


def test_saves_and_loads(kind, x, tmp_path):
    layer, inputs = built(kind, "float32"), keras.Input((None, FEATURES))
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "pooling.keras")
    again = keras.models.load_model(tmp_path / "pooling.keras")
    # A loaded functional model gives a list where the layer gave a tuple.
    close(tf.nest.flatten(again(x)), tf.nest.flatten(model(x)), atol=0)


def test_what_it_cannot_do_is_refused():
    with pytest.raises(ValueError, match=r"^AttentionPooling needs units > 0, got units=0"):
        AttentionPooling(0)
    with pytest.raises(ValueError, match=r"^AttentionPooling needs inputs .batch, time, features"):
        AttentionPooling(2).build((None, 4))

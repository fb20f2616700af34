"""What every recurrent layer promises, whatever its equations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.cases import CASES, FEATURES, UNITS
from tfrnn import layers

LENGTHS = np.array([7, 4, 1])  # real steps of the three rows


@pytest.fixture(params=sorted(CASES))
def make(request):
    return CASES[request.param]


@pytest.fixture
def layer(make):
    return randomized(make("float32"))


@pytest.fixture
def x():
    return tf.random.stateless_normal([3, 7, FEATURES], seed=[0, 1])


@pytest.fixture
def mask():
    return tf.sequence_mask(LENGTHS, 7)


@pytest.fixture
def state(layer):
    return noisy_state(layer)


def randomized(layer):
    """Builds it with distinct weights everywhere: a zero bias would hide what it is added to."""
    layer.build((None, None, FEATURES))
    rng = np.random.default_rng(0)
    for weight in layer.trainable_variables:
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    return layer


def noisy_state(layer, batch=3):
    rng = np.random.default_rng(1)
    return tf.nest.map_structure(
        lambda s: tf.constant(0.5 * rng.normal(size=s.shape), s.dtype), layer.initial_state(batch)
    )


def close(a, b, atol=1e-5):
    tf.nest.map_structure(lambda p, q: np.testing.assert_allclose(p, q, atol=atol, rtol=0), a, b)


def values_and_gradients(layer):
    """A function of (x, state, mask): what the layer returns, and the gradients of `loss_of` it."""

    def run(x, state, mask=None):
        with tf.GradientTape() as tape:
            tape.watch([x, state])
            results = layer(x, initial_state=state, mask=mask)
            loss = loss_of(results)
        return results, tape.gradient(loss, [layer.trainable_variables, x, state])

    return run


def specs(state):
    """The signature of (x, state) that knows neither batch nor time."""
    keep_width = tf.nest.map_structure(lambda s: tf.TensorSpec([None, *s.shape[1:]]), state)
    return [tf.TensorSpec([None, None, FEATURES]), keep_width]


def loss_of(results):
    """Weighs every output and every state differently, in the dtype of the state."""
    outputs, state = results
    wide = tf.nest.flatten(state)[0].dtype
    parts = [tf.cast(part, wide) for part in tf.nest.flatten([outputs, state])]
    ramps = [tf.reshape(tf.range(tf.size(part)), tf.shape(part)) for part in parts]
    return tf.add_n([tf.reduce_sum(p * tf.cos(tf.cast(r, wide))) for p, r in zip(parts, ramps)])


def test_every_layer_has_a_case():
    public = {n for n in layers.__all__ if isinstance(getattr(layers, n), type)}
    recurrent = {n for n in public if issubclass(getattr(layers, n), layers.Recurrent)}
    assert recurrent - {"Recurrent"} == set(CASES)


def test_shapes_and_dtypes(layer, x):
    outputs, state = layer(x)
    assert outputs.shape == (3, 7, UNITS) and outputs.dtype == tf.float32
    tf.nest.map_structure(
        lambda a, b: a.shape.assert_is_compatible_with(b.shape), state, layer.initial_state(3)
    )
    assert type(state) is type(layer.initial_state(3))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("jit", [False, True])
def test_compiled_equals_eager(layer, x, state, mask, jit, masked):
    run = values_and_gradients(layer)
    args = (x, state, mask) if masked else (x, state)
    expected = run(*args)
    assert all(np.isfinite(v).all() for v in tf.nest.flatten(expected))
    assert all(np.any(v) for v in tf.nest.flatten(expected))  # a gradient of zeros is none
    close(tf.function(run, jit_compile=jit, autograph=False)(*args), expected)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("steps", [7, 0])
def test_known_time_stays_known(layer, x, mask, steps, masked):
    """Or the layer above could not use a fused kernel, nor XLA differentiate it."""
    seen = []

    @tf.function(autograph=False)
    def run(x, mask):
        seen.append(layer(x, mask=mask if masked else None)[0].shape)

    run(x[:, :steps], mask[:, :steps])
    assert seen[0] == [3, steps, UNITS]


@pytest.mark.parametrize("masked", [False, True])
def test_gradients_by_finite_differences(make, masked):
    layer = randomized(make("float64"))
    state = noisy_state(layer, batch=2)
    x = tf.random.stateless_normal([2, 3, FEATURES], seed=[0, 3], dtype=tf.float64)
    mask = tf.constant([[True, True, True], [True, False, True]]) if masked else None
    theory = values_and_gradients(layer)(x, state, mask)[1]
    rng = np.random.default_rng(2)
    for place, gradient in enumerate(tf.nest.flatten(theory)):
        direction = rng.normal(size=gradient.shape)
        ahead, behind = (
            loss_moved(layer, (x, state, mask), place, scale * direction) for scale in (1e-6, -1e-6)
        )
        slope = (ahead - behind) / 2e-6
        np.testing.assert_allclose(np.sum(gradient * direction), slope, atol=1e-7)


def loss_moved(layer, args, place, move):
    """The loss with one of (weights, x, state) moved; its gradients are listed in that order."""
    x, state, mask = args
    weights = layer.trainable_variables
    if place < len(weights):
        before = tf.identity(weights[place])
        weights[place].assign(before + move)
        after = loss_of(layer(x, initial_state=state, mask=mask))
        weights[place].assign(before)
        return after
    inputs = tf.nest.flatten([x, state])
    inputs[place - len(weights)] += move
    x, state = tf.nest.pack_sequence_as([x, state], inputs)
    return loss_of(layer(x, initial_state=state, mask=mask))


@pytest.mark.parametrize("jit", [False, True])
def test_unknown_batch_and_time(layer, x, jit):
    def run(x):
        return layer(x)

    spec = tf.TensorSpec([None, None, FEATURES])
    compiled = tf.function(run, jit_compile=jit, input_signature=[spec], autograph=False)
    for steps in (7, 1):
        close(compiled(x[:, :steps]), layer(x[:, :steps]))


def test_gradient_with_unknown_batch_and_time(layer, x, state, mask):
    run = values_and_gradients(layer)
    signature = [*specs(state), tf.TensorSpec([None, None], tf.bool)]
    compiled = tf.function(run, input_signature=signature, autograph=False)
    close(compiled(x, state, mask), run(x, state, mask))


def test_one_step_at_a_time_equals_the_sequence(layer, x, state):
    outputs, final = layer(x, initial_state=state)
    for t in range(7):
        y, state = layer.step(layer.project(x[:, t]), state)
        close(y, outputs[:, t])
    close(state, final)


def test_two_halves_equal_the_whole(layer, x, mask):
    outputs, final = layer(x, mask=mask)
    first, state = layer(x[:, :3], mask=mask[:, :3])
    second, state = layer(x[:, 3:], initial_state=state, mask=mask[:, 3:])
    close(tf.concat([first, second], 1), outputs)
    close(state, final)


def test_padding_changes_nothing(layer, x, state, mask):
    run = values_and_gradients(layer)
    noisy = tf.where(mask[..., None], x, 99.0)
    close(run(noisy, state, mask), run(x, state, mask))
    assert not np.any(layer(x, mask=mask)[0][~mask.numpy()])


def test_final_state_is_the_last_real_one(layer, x, mask):
    _, padded = layer(x, mask=mask)
    rows = [layer(x[row : row + 1, :length])[1] for row, length in enumerate(LENGTHS)]
    close(tf.nest.map_structure(lambda *s: tf.concat(s, 0), *rows), padded)


def test_holes_in_the_mask_are_skipped(layer, x, state):
    real = [0, 2, 3, 6]
    mask = tf.constant(np.isin(np.arange(7), real)[None].repeat(3, 0))
    outputs, final = layer(x, initial_state=state, mask=mask)
    expected = layer(tf.gather(x, real, axis=1), initial_state=state)
    close((tf.gather(outputs, real, axis=1), final), expected)


@pytest.mark.parametrize("jit", [False, True])
def test_nothing_real_leaves_the_state(layer, x, state, jit):
    run = tf.function(values_and_gradients(layer), jit_compile=jit, autograph=False)
    (outputs, final), gradients = run(x, state, tf.zeros([3, 7], bool))
    assert not np.any(outputs)
    close(final, state, atol=0)
    assert all(np.isfinite(g).all() for g in tf.nest.flatten(gradients))


@pytest.mark.parametrize("steps_known", [True, False])
@pytest.mark.parametrize("compiled", [None, False, True], ids=["eager", "graph", "xla"])
def test_no_steps_leave_the_state(layer, x, state, compiled, steps_known):
    def run(x):
        return layer(x, initial_state=state)

    if compiled is not None:
        spec = tf.TensorSpec([3, 0 if steps_known else None, FEATURES])
        run = tf.function(run, jit_compile=compiled, input_signature=[spec], autograph=False)
    outputs, final = run(x[:, :0])
    assert outputs.shape == (3, 0, UNITS)
    close(final, state, atol=0)


def test_gradient_of_no_steps_is_finite(layer, x, state):
    _, (weights, _, into_state) = values_and_gradients(layer)(x[:, :0], state)
    assert all(g is None or not np.any(g) for g in weights)
    assert all(np.isfinite(g).all() for g in tf.nest.flatten(into_state))


def test_five_thousand_steps_stay_finite(layer):
    x = 3 * tf.random.stateless_normal([1, 5000, FEATURES], seed=[0, 2])
    run = tf.function(values_and_gradients(layer), autograph=False)
    for value in tf.nest.flatten(run(x, layer.initial_state(1))):
        assert np.isfinite(value).all()


def test_saves_and_loads(layer, x, tmp_path):
    inputs = keras.Input((None, FEATURES))
    model = keras.Model(inputs, layer(inputs)[0])
    model.save(tmp_path / "layer.keras")
    close(keras.models.load_model(tmp_path / "layer.keras")(x), model(x), atol=0)


def test_saved_model_equals_layer(layer, x, state, tmp_path):
    module = tf.Module()
    module.weights = layer.variables
    module.run = tf.function(
        lambda x, state: layer(x, initial_state=state), input_signature=specs(state)
    )
    tf.saved_model.save(module, tmp_path)
    loaded = tf.saved_model.load(tmp_path)  # dies with its variables unless it is held
    close(tf.nest.flatten(loaded.run(x, state)), tf.nest.flatten(module.run(x, state)))


@pytest.mark.parametrize("jit", [False, True])
def test_bfloat16_stays_near_float32(make, layer, x, state, jit):
    half = make("mixed_bfloat16")
    half.build(x.shape)
    half.set_weights(layer.get_weights())
    run = tf.function(values_and_gradients(half), jit_compile=jit, autograph=False)
    (outputs, final), gradients = run(x, state)
    assert outputs.dtype == tf.bfloat16
    assert {s.dtype for s in tf.nest.flatten(final)} == {tf.float32}
    assert {w.dtype for w in half.trainable_variables} == {"float32"}
    (expected, expected_final), expected_gradients = values_and_gradients(layer)(x, state)
    close((tf.cast(outputs, tf.float32), final), (expected, expected_final), atol=0.03)
    for got, wanted in zip(tf.nest.flatten(gradients), tf.nest.flatten(expected_gradients)):
        assert got.dtype == tf.float32
        assert np.linalg.norm(got - wanted) < 0.05 * np.linalg.norm(wanted)


def test_state_is_not_rounded_to_bfloat16(make, x):
    half = make("mixed_bfloat16")
    half.build(x.shape)
    state = noisy_state(half)
    close(half(x, initial_state=state, mask=tf.zeros([3, 7], bool))[1], state, atol=0)


def test_runs_are_bitwise_equal(layer, x, state):
    run = tf.function(values_and_gradients(layer), autograph=False)
    first = tf.nest.flatten(run(x, state))
    for _ in range(3):
        for a, b in zip(first, tf.nest.flatten(run(x, state))):
            np.testing.assert_array_equal(a, b)

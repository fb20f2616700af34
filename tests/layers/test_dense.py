"""The dense layer: as Keras' by default; compiled, with all gradients, as a product in float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.kernels.machines import HOST, needs_bfloat16, needs_vectors
from tfrnn.kernels import compiled_by_llvm
from tfrnn.kernels.dense import LARGE
from tfrnn.kernels.llvm.machine import Machine
from tfrnn.layers import LSTM, Dense


@pytest.fixture
def of_any_size(monkeypatch):
    """Small kernels are compiled too, which is quicker to test."""
    monkeypatch.setattr("tfrnn.kernels.dense.LARGE", 0)


def drawn(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def made(features, units, dtype, **options):
    layer = Dense(units, dtype=dtype, **options)
    layer.build([None, None, features])
    layer.set_weights([drawn(*w.shape) / features**0.5 for w in layer.weights])
    return layer


def differentiated(layer, *, llvm=False, jit=False):
    """A function of x: outputs, gradients of weights and x; each output weighs its own."""

    @tf.function(autograph=False, jit_compile=jit)
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            if llvm:
                with compiled_by_llvm():
                    y = layer(x)
            else:
                y = layer(x)
            ramp = tf.reshape(tf.range(tf.size(y)), tf.shape(y))
            waves = tf.cast(tf.sin(tf.cast(ramp, tf.float32)), tf.bfloat16)  # the same in any dtype
            loss = tf.reduce_sum(tf.cast(waves, y.dtype) * y)
        return y, *tape.gradient(loss, [*layer.trainable_variables, x])

    return run


def compiled_calls(layer, x):
    graph = differentiated(layer, llvm=True).get_concrete_function(x).graph.as_graph_def()
    return sum(node.op == "PyFuncStateless" for node in graph.node)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("options", [{}, {"use_bias": False, "activation": "tanh"}])
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (2, 0, 4)])
def test_equals_keras(shape, options, jit):
    layer = made(4, 5, "float64", **options)
    twin = keras.layers.Dense(5, dtype="float64", **options)
    twin.build([None, 4])
    twin.set_weights(layer.get_weights())
    x = tf.constant(drawn(*shape))
    for a, b in zip(differentiated(layer, jit=jit)(x), differentiated(twin)(x), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_comes_back_from_a_file(tmp_path):
    model = keras.Sequential([keras.Input([None, 4]), Dense(5, "relu")])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.layers[0]) is Dense
    np.testing.assert_array_equal(again(drawn(2, 3, 4)), model(drawn(2, 3, 4)))


def test_a_kernel_is_rounded_only_where_it_is_multiplied():
    layer = made(64, 5, "mixed_bfloat16")
    exact = made(64, 5, "float32")
    x = drawn(2, 3, 64).astype(np.float32)
    inner = keras.Sequential([layer], name="outer")
    inner.dtype_policy = "mixed_bfloat16"
    assert inner(x).dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(inner(x), tf.float32), exact(x), atol=0.05)


@pytest.mark.usefixtures("of_any_size")
@needs_vectors
@pytest.mark.parametrize("options", [{}, {"use_bias": False, "activation": "tanh"}])
@pytest.mark.parametrize(
    "rows, features, units",
    [((2, 3), 16, 5), ((1, 1), 32, 64), ((7, 31), 48, 83), ((3, 700), 16, 144), ((0, 4), 16, 7)],
)
def test_compiled_equals_a_product_in_float64(rows, features, units, options):
    """One row and many tiles of them, whole panels, narrow ones and parts of a vector."""
    layer, exact = (made(features, units, d, **options) for d in ("float32", "float64"))
    exact.set_weights(layer.get_weights())
    x = drawn(*rows, features).astype(np.float32)
    assert compiled_calls(layer, tf.constant(x)) == 3
    wanted = differentiated(exact)(tf.constant(x, tf.float64))
    for a, b in zip(differentiated(layer, llvm=True)(tf.constant(x)), wanted, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * max(1, np.abs(b).max(initial=0)))


@pytest.mark.usefixtures("of_any_size")
@needs_vectors
@pytest.mark.parametrize("lanes, registers", [(8, 16), (4, 32)])
def test_narrower_vectors(lanes, registers, monkeypatch):
    """What other processors have; this one can do it too."""
    narrow = Machine(lanes, registers, bfloat16=False, name=HOST.name, features=HOST.features)
    for where in ("machine", "outer", "product"):
        monkeypatch.setattr(f"tfrnn.kernels.llvm.{where}.machine", lambda: narrow)
    layer, exact = (made(64, 37, dtype) for dtype in ("float32", "float64"))
    x = drawn(5, 7, 64).astype(np.float32)
    assert compiled_calls(layer, tf.constant(x)) == 3
    wanted = differentiated(exact)(tf.constant(x, tf.float64))
    for a, b in zip(differentiated(layer, llvm=True)(tf.constant(x)), wanted, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5 * max(1, np.abs(b).max()))


@pytest.mark.usefixtures("of_any_size")
@needs_bfloat16
@pytest.mark.parametrize("rows", [(3, 5), (4, 300)], ids=["odd", "even"])
@pytest.mark.parametrize("units", [16, 70, 83])
def test_compiled_up_to_rounding_in_bfloat16(rows, units):
    layer, exact = made(48, units, "mixed_bfloat16"), made(48, units, "float64")
    x = tf.cast(drawn(*rows, 48), tf.bfloat16)
    assert compiled_calls(layer, x) == 3
    got = differentiated(layer, llvm=True)(x)
    wanted = differentiated(exact)(tf.cast(x, tf.float64))
    dtypes = [tf.bfloat16, tf.float32, tf.float32, tf.bfloat16]
    for a, b, dtype in zip(got, wanted, dtypes, strict=True):
        assert a.dtype == dtype
        assert np.linalg.norm(tf.cast(a, tf.float64) - b) < 0.01 * np.linalg.norm(b)


@pytest.mark.usefixtures("of_any_size")
@needs_vectors
@pytest.mark.parametrize(
    "shape, units, dtype",
    [((3, 16), 8, "float32"), ((2, 3, 5), 8, "float32"), ((2, 3, 16), 8, "float64")],
    ids=["no steps", "no whole vectors", "float64"],
)
def test_what_it_cannot_do_stays_a_product_of_tensorflow(shape, units, dtype):
    layer = made(shape[-1], units, dtype)
    x = tf.cast(drawn(*shape), layer.compute_dtype)
    assert compiled_calls(layer, x) == 0


@pytest.mark.usefixtures("of_any_size")
@needs_vectors
def test_a_recurrence_projects_by_it():
    """In any graph: batch and time are known when it runs."""
    layer = LSTM(16)
    layer.build([None, None, 32])

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None, 32])])
    def run(x):
        with compiled_by_llvm():
            return layer.project(x)

    assert [n.op for n in run.get_concrete_function().graph.as_graph_def().node].count(
        "PyFuncStateless"
    ) == 1
    x = tf.constant(drawn(3, 5, 32), tf.float32)
    np.testing.assert_allclose(run(x), layer.project(x), atol=1e-5)


@needs_vectors
def test_a_small_kernel_is_left_to_tensorflow():
    x = tf.constant(drawn(2, 3, 64), tf.float32)
    assert LARGE % 64 == 0
    assert compiled_calls(made(64, LARGE // 64 - 1, "float32"), x) == 0
    assert compiled_calls(made(64, LARGE // 64, "float32"), x) == 3

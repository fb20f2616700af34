"""What the layers promise that are not recurrent: the same everywhere, and nothing of padding."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.cases import FEATURES, OTHERS

LENGTHS = [7, 4, 1, 0]
COMPILED = {"AttentionPooling", "CRF", "MaxPooling", "MeanPooling", "PairEmbedding", "WordDropout"}
# With a query of their own.
LOOKING = {"BahdanauAttention", "DotAttention", "HardAttention", "LuongAttention"}
COMPILED |= LOOKING
OF_WORDS = ("PairEmbedding", "WordDropout")


@pytest.fixture(params=OTHERS)
def name(request):
    return request.param


@pytest.fixture
def mask():
    return tf.sequence_mask(LENGTHS, 7)


def fed(name, mask):
    """What a layer reads: numbers, ids of words, or bytes of words; padding is where it is 0."""
    rng = np.random.default_rng(0)
    shape = mask.shape
    if name in OF_WORDS:
        return tf.where(mask, tf.constant(rng.integers(1, 9, shape), tf.int32), 0)
    if name in ("CharacterCNN", "SubwordEmbedding"):
        bytes_ = rng.integers(1, 257, (*shape, 6)) * (rng.random((*shape, 1)) < 2)
        return tf.where(mask[..., None], tf.constant(bytes_, tf.int32), 0)
    return tf.constant(rng.normal(size=(*shape, FEATURES)), tf.float32)


def call(layer, x, mask):
    """All that a layer gives, as a list of tensors; of a chain what its methods give."""
    if type(layer).__name__ in LOOKING:
        query = tf.reshape(tf.linspace(-1.0, 2.0, 4 * 2 * FEATURES), [4, 2, FEATURES])
        return list(layer(query, x, mask=mask))
    found = layer(x, mask=mask) if takes_mask(layer) else layer(x)
    if hasattr(found, "decode"):
        tags, score = found.decode()
        chances = found.log_partition() if hasattr(found, "log_partition") else score
        return [tags, score, found.marginals(), chances]
    return tf.nest.flatten(found)


def takes_mask(layer):
    return type(layer).__name__ not in ("CharacterCNN", "SubwordEmbedding", *OF_WORDS)


def test_compiled_equals_eager(name, mask):
    layer, x = OTHERS[name]("float32"), fed(name, mask)
    eager = call(layer, x, mask)
    for jit in (False, True) if name in COMPILED else (False,):
        graph = tf.function(lambda x, mask: call(layer, x, mask), jit_compile=jit, autograph=False)
        for a, b in zip(graph(x, mask), eager, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


def test_padding_changes_nothing(name, mask):
    layer, x = OTHERS[name]("float32"), fed(name, mask)
    wanted = call(layer, x, mask)
    longer = tf.pad(x, [[0, 0], [0, 3]] + [[0, 0]] * (x.shape.rank - 2))
    if x.dtype.is_floating:
        junk = tf.fill(tf.shape(longer), np.float32("nan") if name != "CRF" else 7.0)
        known = tf.pad(mask, [[0, 0], [0, 3]])[..., None]
        longer = tf.where(known, longer, junk)
    found = call(layer, longer, tf.pad(mask, [[0, 0], [0, 3]]))
    for a, b in zip(found, wanted, strict=True):
        a = a[tuple(slice(7) if size == 10 else slice(None) for size in a.shape)]
        np.testing.assert_allclose(a, b, atol=1e-6)
        assert np.isfinite(a).all()


def test_a_half_precision_stays_near(name, mask):
    exact, half = OTHERS[name]("float32"), OTHERS[name]("mixed_bfloat16")
    x = fed(name, mask)
    wanted = call(exact, x, mask)
    call(half, x, mask)
    half.set_weights(exact.get_weights())
    for a, b in zip(call(half, x, mask), wanted, strict=True):
        np.testing.assert_allclose(tf.cast(a, b.dtype), b, atol=0.05)


def test_it_comes_back_from_a_file(name, mask, tmp_path):
    layer, x = OTHERS[name]("float32"), fed(name, mask)
    wanted = call(layer, x, mask)
    again = type(layer).from_config(layer.get_config())
    call(again, x, mask)
    again.set_weights(layer.get_weights())
    for a, b in zip(call(again, x, mask), wanted, strict=True):
        np.testing.assert_array_equal(a, b)
    identifier = keras.saving.get_registered_name(type(layer))
    assert identifier == f"tfrnn>{name}"


def test_it_is_served(name, mask, tmp_path):
    layer, x = OTHERS[name]("float32"), fed(name, mask)
    wanted = call(layer, x, mask)

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer

        @tf.function(autograph=False)
        def run(self, x, mask):
            return {str(i): y for i, y in enumerate(call(self.layer, x, mask))}

    module = Module()
    specs = [tf.TensorSpec([None, None, *x.shape[2:]], x.dtype, "x")]
    specs += [tf.TensorSpec([None, None], tf.bool, "mask")]
    run = module.run.get_concrete_function(*specs)
    tf.saved_model.save(module, str(tmp_path / "saved"), {"run": run})
    served = tf.saved_model.load(str(tmp_path / "saved")).signatures["run"](x=x, mask=mask)
    for i, y in enumerate(wanted):
        np.testing.assert_allclose(served[str(i)], y, atol=1e-5)

"""The drop-in layers against keras.layers: what they return and its gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.machine import multiplies_bfloat16
from tests.drop_in.pairs import (
    BATCH,
    FEATURES,
    MASK,
    NAMES,
    STEPS,
    UNITS,
    close,
    pair,
    results_and_gradients,
    values,
)
from tfrnn import drop_in

OPTIONS = {
    "last output": {},
    "sequences": {"return_sequences": True},
    "backwards": {"go_backwards": True},
    "sequences backwards": {"return_sequences": True, "go_backwards": True},
    "no bias": {"use_bias": False, "return_sequences": True},
    "last output, zero for mask": {"zero_output_for_mask": True},
    "sequences, zero for mask": {"zero_output_for_mask": True, "return_sequences": True},
    "dropout": {"dropout": 0.4, "seed": 5, "return_sequences": True},
}
GATED = ["GRU", "LSTM"]
# A mask for each gate; Keras' attempt at cuDNN raises for it, so its layer is told not to try.
A_MASK_EACH = {"implementation": 1, "dropout": 0.4, "seed": 5, "use_cudnn": False}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_equals_keras(name, options, masked):
    theirs, ours = pair(name, return_state=True, dtype="float64", **options)
    call = {"mask": tf.constant(MASK) if masked else None, "training": True}
    expected = results_and_gradients(theirs, *values(), **call)
    close(results_and_gradients(ours, *values(), **call), expected, atol=1e-12)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(st.data())
def test_equals_keras_for_drawn_shapes_masks_and_switches(data):
    batch, steps, features, units = (data.draw(st.integers(1, 3)) for _ in range(4))
    switches = ("return_sequences", "go_backwards", "zero_output_for_mask", "use_bias")
    options = {switch: data.draw(st.booleans(), label=switch) for switch in switches}
    name = data.draw(st.sampled_from(NAMES))
    theirs, ours = (
        getattr(lib, name)(units, return_state=True, dtype="float64", **options)
        for lib in (keras.layers, drop_in)
    )
    x = tf.constant(np.random.default_rng(0).normal(size=(batch, steps, features)))
    rows = st.lists(st.booleans(), min_size=steps, max_size=steps)
    mask = tf.constant(data.draw(st.lists(rows, min_size=batch, max_size=batch), label="mask"))
    expected = theirs(x, mask=mask)
    ours.build(x.shape)
    ours.set_weights(theirs.get_weights())
    close(list(ours(x, mask=mask)), list(expected), atol=1e-12)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SimpleRNN", {"activation": "relu"}),
        ("SimpleRNN", {"activation": "sigmoid"}),
        ("SimpleRNN", {"recurrent_dropout": 0.4, "dropout": 0.4, "seed": 5}),
        *[(name, A_MASK_EACH) for name in GATED],
    ],
)
def test_equals_keras_where_a_layer_has_more(name, options):
    theirs, ours = pair(name, return_state=True, return_sequences=True, dtype="float64", **options)
    expected = results_and_gradients(theirs, *values(), training=True)
    close(results_and_gradients(ours, *values(), training=True), expected, atol=1e-12)
    plain = results_and_gradients(theirs, *values())
    close(results_and_gradients(ours, *values()), plain, atol=1e-12)
    if "seed" in options:
        assert not np.allclose(plain[0][0], expected[0][0])  # something was dropped


@pytest.mark.parametrize("name", NAMES)
def test_the_loop_of_keras_does_not_run(name, no_keras_loop):
    layer = getattr(drop_in, name)(UNITS, dropout=0.1)
    assert layer.fused
    assert layer(tf.ones([2, 3, FEATURES]), training=True).shape == (2, UNITS)
    with pytest.raises(pytest.fail.Exception, match="loop of Keras"):
        getattr(keras.layers, name)(UNITS)(tf.ones([2, 3, FEATURES]))


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_compiled_with_unknown_batch_and_time(name, jit):
    theirs, ours = pair(name, return_sequences=True, return_state=True)
    x, state = values("float32")

    def run(x, state, mask):
        return results_and_gradients(ours, x, state, mask=mask)

    signature = [
        tf.TensorSpec([None, None, FEATURES]),
        [tf.TensorSpec([None, UNITS])] * len(state),
        tf.TensorSpec([None, None], tf.bool),
    ]
    compiled = tf.function(run, input_signature=signature, jit_compile=jit, autograph=False)
    for rows, steps in ((BATCH, STEPS), (2, 3)):
        args = x[:rows, :steps], [s[:rows] for s in state]
        mask = tf.constant(MASK[:rows, :steps])
        expected = results_and_gradients(theirs, *args, mask=mask)
        close(compiled(*args, mask), expected, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_stateful_goes_on_from_the_last_batch(name):
    theirs, ours = pair(name, stateful=True, return_sequences=True, return_state=True)
    x, _ = values("float32")
    first = ours(x)
    second = ours(x)
    theirs(x)
    close(list(second), list(theirs(x)), atol=1e-6)
    assert not np.allclose(second[0], first[0])
    ours.reset_state()
    close(ours(x), first, atol=0)


@pytest.mark.skipif(
    not multiplies_bfloat16(), reason="TensorFlow adds up in bfloat16 on this processor"
)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_mixed_bfloat16(name, masked):
    """Nearer to the float32 layer than Keras, which rounds the state at every step."""
    options = {"return_sequences": True, "return_state": True}
    exact = pair(name, **options)[0]
    theirs, ours = pair(name, dtype="mixed_bfloat16", **options)
    x, state = values("float32")
    call = {"mask": tf.constant(MASK) if masked else None}
    wanted, rounded, got = (
        results_and_gradients(layer, x, state, **call) for layer in (exact, theirs, ours)
    )
    assert [r.dtype for r in got[0]] == [r.dtype for r in rounded[0]] == [tf.bfloat16] * len(got[0])
    close(got, wanted, atol=0.1)
    assert distance(got, wanted) < distance(rounded, wanted)


def distance(got, wanted):
    flat = zip(tf.nest.flatten(got), tf.nest.flatten(wanted), strict=True)
    return sum(np.abs(tf.cast(a, tf.float64) - tf.cast(b, tf.float64)).sum() for a, b in flat)


@pytest.mark.parametrize("merge_mode", ["concat", "sum", None])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_bidirectional(name, sequences, merge_mode, no_keras_loop, monkeypatch):
    layer = getattr(drop_in, name)(UNITS, return_sequences=sequences, return_state=True)
    ours = drop_in.Bidirectional(layer, merge_mode=merge_mode)
    x, _ = values("float32")
    got = ours(x, mask=tf.constant(MASK))
    monkeypatch.undo()
    theirs = keras.layers.Bidirectional(
        getattr(keras.layers, name)(UNITS, return_sequences=sequences, return_state=True),
        merge_mode=merge_mode,
    )
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    close(tf.nest.flatten(got), tf.nest.flatten(theirs(x, mask=tf.constant(MASK))), atol=1e-6)

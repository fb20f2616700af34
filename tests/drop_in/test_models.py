"""The drop-in layers in Keras models: fit follows the loss of Keras' layers step by step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfrnn import drop_in
from tfrnn.kernels import compiled_by_llvm
from tfrnn.kernels.llvm.machine import machine

VOCAB, UPDATES = 11, 20


def tagger(layers, name, units=6, **options):
    """Labels every token: an embedding that masks, one layer one way and one both ways."""
    layer = getattr(layers, name)
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(VOCAB, 5, mask_zero=True),
            layer(units, return_sequences=True, **options),
            layers.Bidirectional(layer(units - 2, return_sequences=True, **options)),
            keras.layers.Dense(3),
        ]
    )


def sentences():
    """Batches of token ids, padded on the right with 0, and labels: other ones at each update."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, VOCAB, [UPDATES, 4, 6]).astype("int32")
    lengths = rng.integers(1, 7, [UPDATES, 4, 1])
    x = np.where(np.arange(6) < lengths, x, 0)
    return tf.data.Dataset.from_tensor_slices((x, x % 3))


class Losses(keras.callbacks.Callback):
    """Keeps the loss of each batch; Keras logs the mean of those so far."""

    def on_train_begin(self, logs=None):
        self.sums = [0.0]

    def on_train_batch_end(self, batch, logs=None):
        self.sums.append(logs["loss"] * (batch + 1))


def losses(model, jit_compile):
    """Fits the sentences once; returns the loss of each update."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss, jit_compile=jit_compile)
    kept = Losses()
    model.fit(sentences(), shuffle=False, verbose=0, callbacks=[kept])
    return np.diff(kept.sums)


@pytest.mark.parametrize(
    ("name", "jit_compile", "dropout"),
    [("GRU", False, 0.0), ("SimpleRNN", False, 0.0), ("LSTM", True, 0.0), ("LSTM", False, 0.3)],
)
def test_fit_follows_keras(name, jit_compile, dropout):
    theirs, ours = (tagger(lib, name, dropout=dropout, seed=7) for lib in (keras.layers, drop_in))
    ours.set_weights(theirs.get_weights())
    expected = losses(theirs, jit_compile)
    got = losses(ours, jit_compile)
    assert len(got) == UPDATES and ours.jit_compile == jit_compile
    np.testing.assert_allclose(got, expected, atol=1e-4)
    assert np.mean(got[-3:]) < got[0] - 0.1  # it learns


@pytest.mark.skipif(machine() is None, reason="no vectors that the kernels know")
@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN"])
def test_fit_by_llvm_follows_keras(name, monkeypatch):
    """The layer of 18 units stays a loop, the other does not."""
    theirs, ours = (tagger(lib, name, units=18, seed=7) for lib in (keras.layers, drop_in))
    ours.set_weights(theirs.get_weights())
    calls, numpy_function = [], tf.numpy_function
    monkeypatch.setattr(
        tf, "numpy_function", lambda *a, **k: calls.append(a) or numpy_function(*a, **k)
    )
    with compiled_by_llvm():
        got = losses(ours, jit_compile=False)
    kernels = [args[1] for function, args, _ in calls if function.__name__ == "forward"]
    assert {kernel.shape[0] for kernel in kernels} == {16}
    np.testing.assert_allclose(got, losses(theirs, jit_compile=False), atol=1e-4)


def encoder_decoder(layers):
    """A functional model with states as inputs and one layer in two places."""
    source, target = keras.Input((4, 3)), keras.Input((5, 3))
    shared = layers.LSTM(4, return_sequences=True, return_state=True)
    outputs, *state = shared(source)
    again, *_ = shared(target, initial_state=state)
    last = layers.GRU(2)(keras.layers.Concatenate(1)([outputs, again]))
    return keras.Model([source, target], last)


def test_functional_model_with_a_shared_layer_and_its_states(no_keras_loop, monkeypatch):
    ours = encoder_decoder(drop_in)
    inputs = [np.random.default_rng(i).normal(size=(2, 4 + i, 3)) for i in range(2)]
    got = ours.predict(inputs, verbose=0)
    monkeypatch.undo()
    theirs = encoder_decoder(keras.layers)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(got, theirs.predict(inputs, verbose=0), atol=1e-6)


def test_stateful_model_carries_its_state_through_fit():
    def build(layers):
        inputs = keras.Input(batch_shape=(2, 4, 3))
        x = layers.LSTM(4, stateful=True)(inputs)
        return keras.Model(inputs, keras.layers.Dense(1)(x))

    theirs, ours = build(keras.layers), build(drop_in)
    ours.set_weights(theirs.get_weights())
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4, 3)), rng.normal(size=(8, 1))
    for model in (theirs, ours):
        model.compile("sgd", "mse", jit_compile=False)
        model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(ours.layers[1].states, theirs.layers[1].states, strict=True):
        assert np.any(a)
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_regularizers_and_constraints_act():
    options = {"kernel_regularizer": "l2", "activity_regularizer": "l1"}
    layer = drop_in.LSTM(4, recurrent_constraint="max_norm", **options)
    layer(tf.ones([2, 3, 3]))
    assert len(layer.losses) == 2
    assert layer.cell.recurrent_kernel.constraint is not None


def test_layer_around_it_masks():
    model = keras.Sequential([keras.layers.Masking(), drop_in.GRU(4)])
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    longer = np.concatenate([x, np.zeros([2, 3, 3], "float32")], 1)
    np.testing.assert_allclose(model(longer), model(x), atol=1e-6)


def test_time_distributed_around_it():
    frames = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")
    ours = keras.layers.TimeDistributed(drop_in.LSTM(6))
    theirs = keras.layers.TimeDistributed(keras.layers.LSTM(6))
    got = ours(frames)
    theirs.build(frames.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(got, theirs(frames), atol=1e-6)

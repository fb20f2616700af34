"""Files and copies: what Keras has saved is read, and the other way round."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.drop_in.pairs import NAMES
from tests.drop_in.test_models import VOCAB, encoder_decoder, tagger
from tfrnn import drop_in

TOKENS = np.random.default_rng(0).integers(0, VOCAB, [3, 6]).astype("int32")


def equal(a, b, inputs=TOKENS, atol=1e-6):
    np.testing.assert_allclose(
        a.predict(inputs, verbose=0), b.predict(inputs, verbose=0), atol=atol
    )


def layers_of(model):
    """Every layer within, also those in wrappers and inner models."""
    return model._flatten_layers(include_self=False)


def recurrent(model):
    return [type(layer) for layer in layers_of(model) if isinstance(layer, keras.layers.RNN)]


@pytest.mark.parametrize("name", NAMES)
def test_keras_file_of_our_own(name, tmp_path):
    model = tagger(drop_in, name, dropout=0.1)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert recurrent(loaded) == [getattr(drop_in, name)] * 3
    equal(loaded, model, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_weights_files_go_both_ways(name, tmp_path):
    ours, theirs = tagger(drop_in, name), tagger(keras.layers, name)
    for source, target in ((theirs, ours), (ours, theirs)):
        source.set_weights([w + 0.1 for w in source.get_weights()])
        source.save_weights(tmp_path / "w.weights.h5")
        target.load_weights(tmp_path / "w.weights.h5")
        equal(source, target)


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_model_of_keras_is_loaded_and_exchanged(name, tmp_path):
    theirs = tagger(keras.layers, name)
    theirs.save(tmp_path / "m.keras")
    ours = drop_in.from_keras(keras.models.load_model(tmp_path / "m.keras"))
    assert recurrent(ours) == [getattr(drop_in, name)] * 3
    equal(ours, theirs)
    back = drop_in.to_keras(ours)
    assert recurrent(back) == [getattr(keras.layers, name)] * 3
    equal(back, theirs, atol=0)


def test_load_model_keeps_the_classes_of_keras_whatever_custom_objects_say(tmp_path):
    """What from_keras is for: should Keras change this, docs/keras-drop-in.md can be shorter."""
    tagger(keras.layers, "LSTM").save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras", {"LSTM": drop_in.LSTM})
    assert recurrent(loaded) == [keras.layers.LSTM] * 3


def test_exchange_in_a_model_within_a_functional_one():
    tokens = keras.Input((None,), dtype="int32")
    theirs = keras.Model(tokens, keras.layers.GRU(2)(tagger(keras.layers, "LSTM")(tokens)))
    ours = drop_in.from_keras(theirs)
    assert set(recurrent(ours)) == {drop_in.LSTM, drop_in.GRU}
    equal(ours, theirs)


def test_exchange_of_a_layer_in_two_places():
    theirs = encoder_decoder(keras.layers)
    ours = drop_in.from_keras(theirs)
    assert recurrent(ours) == [drop_in.LSTM, drop_in.GRU]
    inputs = [np.random.default_rng(i).normal(size=(2, 4 + i, 3)) for i in range(2)]
    equal(ours, theirs, inputs)


def test_exchange_keeps_what_a_model_is_compiled_with():
    model = tagger(keras.layers, "GRU")
    model.compile(keras.optimizers.Adam(0.25), "mse")
    optimizer = drop_in.from_keras(model).optimizer
    assert isinstance(optimizer, keras.optimizers.Adam) and optimizer is not model.optimizer
    assert float(optimizer.learning_rate) == 0.25


def test_exchange_refuses_what_is_not_fused():
    model = keras.Sequential([keras.Input((None, 3)), keras.layers.GRU(2, reset_after=False)])
    with pytest.raises(ValueError, match="GRU has no fused path for reset_after=False"):
        drop_in.from_keras(model)
    copy = drop_in.from_keras(model, fallback=True)
    equal(copy, model, np.ones([2, 4, 3]), atol=0)


def test_exchange_without_a_layer_to_exchange_is_refused():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="dense")
    wanted = r"^Model 'dense' shows no keras\.layers\.LSTM, GRU or SimpleRNN in its get_config\(\)"
    with pytest.raises(ValueError, match=wanted):
        drop_in.from_keras(model)
    with pytest.raises(ValueError, match=r"^Model 'dense' shows no tfrnn\.drop_in\.LSTM"):
        drop_in.to_keras(model)


@pytest.mark.parametrize("name", NAMES)
def test_config_comes_back(name):
    options = {"return_sequences": True, "go_backwards": True, "dropout": 0.2, "use_bias": False}
    layer = getattr(drop_in, name)(3, fallback=True, **options)
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config and again.fallback
    assert config.items() >= options.items()


def test_clone_model():
    model = tagger(drop_in, "LSTM")
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert recurrent(clone) == [drop_in.LSTM] * 3
    equal(clone, model, atol=0)


def test_exported_model_runs_for_any_batch_and_length(tmp_path):
    model = tagger(drop_in, "LSTM")
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved")
    for tokens in (TOKENS, TOKENS[:1, :4]):
        np.testing.assert_allclose(served.serve(tokens), model(tokens), atol=1e-6)

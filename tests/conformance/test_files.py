"""A layer comes back from its files as it was."""

import keras
import tensorflow as tf

from tests.conformance.cases import FEATURES
from tests.conformance.measure import close, specs


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

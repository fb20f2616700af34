"""The models of sentences with Keras' recurrent layers in the place of ours, all else shared."""

import keras

from models.classifier import SentenceClassifier
from models.configs import ClassifierConfig, TaggerConfig
from models.intent_slots import IntentSlots
from models.tagger import Tagger


class KerasBidirectional(keras.layers.Layer):
    """`keras.layers.Bidirectional`, called as ours is; it returns no states."""

    def __init__(self, cell: type[keras.layers.Layer], units: int, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.units = 2 * units
        self.both = keras.layers.Bidirectional(cell(units, return_sequences=True), name="both")

    def build(self, input_shape):
        self.both.build(input_shape)

    def call(self, inputs, mask=None, training=None):
        return self.both(inputs, mask=mask, training=training), None


class KerasClassifier(SentenceClassifier):
    """The classifier with Keras' GRU or LSTM; it is only trained."""

    def __init__(self, config: ClassifierConfig, **kwargs):
        super().__init__(config, **kwargs)
        cell = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[config.cell]
        self.encoder = KerasBidirectional(cell, config.units, name="encoder")


def _swap(model: keras.Model, config: TaggerConfig) -> None:
    model.encoder.layers = [
        KerasBidirectional(keras.layers.LSTM, config.units, name=f"lstms_{i}")
        for i in range(config.layers)
    ]


class KerasTagger(Tagger):
    """The tagger with Keras' LSTM."""

    def __init__(self, config: TaggerConfig, **kwargs):
        super().__init__(config, **kwargs)
        _swap(self, config)


class KerasIntentSlots(IntentSlots):
    """The model of labels and slots with Keras' LSTM."""

    def __init__(self, config: TaggerConfig, **kwargs):
        super().__init__(config, **kwargs)
        _swap(self, config)


MAKE = {"intent": KerasClassifier, "tagger": KerasTagger, "slots": KerasIntentSlots}


def copy_weights(ours: keras.Model, theirs: keras.Model) -> None:
    """Gives theirs the weights of ours; those of the recurrent layers go by their order."""
    one, other = (
        {weight.path.partition("/")[2]: weight for weight in model.weights}
        for model in (ours, theirs)
    )
    for path in one.keys() & other.keys():
        other[path].assign(one[path])
    recurrent = [
        [w for path, w in a.items() if path not in b] for a, b in ((one, other), (other, one))
    ]
    for mine, twin in zip(*recurrent, strict=True):
        twin.assign(mine)

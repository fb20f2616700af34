"""A model that stands already: its recurrent layers exchanged, its weights kept."""

from collections.abc import Callable

import keras

from tfrnn.drop_in.gru import GRU
from tfrnn.drop_in.lstm import LSTM
from tfrnn.drop_in.simple_rnn import SimpleRNN

_OURS = {layer.__name__: layer for layer in (GRU, LSTM, SimpleRNN)}


def from_keras(model: keras.Model, *, fallback: bool = False) -> keras.Model:
    """Returns a copy of a Keras model with the drop-in layers where it has Keras' own.

    `keras.models.load_model` does not exchange classes of Keras for others, whatever its
    `custom_objects` say (but in files of the old .h5 format), so a saved model is loaded first.

    Args:
        model: Sequential, functional, or any other that describes its layers in `get_config`;
            recurrent layers within wrappers and inner models are exchanged too.
        fallback: See `tfrnn.drop_in.fused.Fused`.

    Returns:
        A new model with the same weights; compiled with a new optimizer if `model` is compiled.

    Raises:
        ValueError: If there is no layer to exchange, or one that the fused path cannot do.

    Example:
    >>> model = keras.Sequential([keras.Input((None, 8)), keras.layers.LSTM(4)])
    >>> from_keras(model).layers[0].fused
    True
    """

    def exchange(spec):
        layer = _OURS.get(spec["class_name"])
        if layer is None or spec.get("module") != "keras.layers":
            return None
        header = {"module": layer.__module__, "registered_name": _registered(layer)}
        return spec | header | {"config": spec["config"] | {"fallback": fallback}}

    return _rebuilt(model, exchange, "keras.layers")


def to_keras(model: keras.Model) -> keras.Model:
    """Returns a copy of a model with Keras' own layers where it has the drop-in ones.

    What is saved from it loads where tfrnn is not installed.

    Args:
        model: As for `from_keras`.

    Returns:
        A new model with the same weights; compiled with a new optimizer if `model` is compiled.

    Raises:
        ValueError: If there is no layer to exchange.
    """

    def exchange(spec):
        layer = _OURS.get(spec["class_name"])
        if layer is None or spec.get("registered_name") != _registered(layer):
            return None
        config = {k: v for k, v in spec["config"].items() if k != "fallback"}
        return spec | {"module": "keras.layers", "registered_name": None, "config": config}

    return _rebuilt(model, exchange, "tfrnn.drop_in")


def _registered(layer: type) -> str:
    return keras.saving.get_registered_name(layer)


def _rebuilt(model: keras.Model, exchange: Callable, source: str) -> keras.Model:
    found = []

    def walk(spec):
        if isinstance(spec, list | tuple):
            return type(spec)(map(walk, spec))
        if not isinstance(spec, dict):
            return spec
        exchanged = exchange(spec) if "class_name" in spec else None
        if exchanged is None:
            return {key: walk(value) for key, value in spec.items()}
        found.append(exchanged)
        return exchanged

    spec = walk(keras.saving.serialize_keras_object(model))
    if not found:
        raise ValueError(
            f"Model {model.name!r} shows no {source}.LSTM, GRU or SimpleRNN in its get_config()."
        )
    # Safe mode guards against code in a file; what is rebuilt here runs in this process already.
    new = keras.saving.deserialize_keras_object(spec, safe_mode=False)
    new.set_weights(model.get_weights())
    return new

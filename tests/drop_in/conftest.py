"""What tells the fused path from Keras' loop."""

import keras
import pytest

from tests.drop_in.pairs import NAMES


@pytest.fixture
def no_keras_loop(monkeypatch):
    """Fails a test in which a layer runs Keras' loop: equal values alone would not show it."""

    def forbidden(*_, **__):
        pytest.fail("the loop of Keras ran")

    for name in NAMES:
        cell = getattr(keras.layers, f"{name}Cell")
        monkeypatch.setattr(cell, "call", forbidden)

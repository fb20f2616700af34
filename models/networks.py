"""Networks of keras.applications that read pictures, with their own preprocessing inside."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import tensorflow as tf
from keras import applications

from models.picture_bytes import stretch
from tfrnn.errors import DataError, MissingInputError, StorageError


class Network(NamedTuple):
    """A network without its top, and what it wants of pixels from 0 to 255."""

    build: Callable[..., keras.Model]
    preprocess: Callable[[tf.Tensor], tf.Tensor]


NETWORKS = {
    "mobilenet_v2": Network(applications.MobileNetV2, applications.mobilenet_v2.preprocess_input),
    "efficientnet_v2_b0": Network(
        applications.EfficientNetV2B0, applications.efficientnet_v2.preprocess_input
    ),
    "resnet50": Network(applications.ResNet50, applications.resnet50.preprocess_input),
}


class PictureReader(tf.Module):
    """Brings pictures to the size that a model reads, and through a frozen network, if it has one.

    Args:
        size: Height and width in pixels, to which a picture is stretched.
        name: One of `NETWORKS`, or "" for pixels.
        weights: Of the network, see `open_network`.
    """

    def __init__(self, size: int, name: str = "", weights: Path | None = None):
        super().__init__()
        self.size, self.name_of_network = (size, size), name
        self.network = open_network(name, size, weights) if name else None

    def shaped(self, pixels: tf.Tensor) -> tf.Tensor:
        """Returns (height, width, 3) uint8 of any size as (size, size, 3) uint8."""
        return stretch(pixels, self.size)

    def read(self, pixels: tf.Tensor) -> tf.Tensor:
        """Returns what a model reads of (batch, size, size, 3) uint8 pixels.

        That is the pixels, or float16 features (batch, places high, places wide, features).
        """
        if self.network is None:
            return pixels
        wanted = NETWORKS[self.name_of_network].preprocess(tf.cast(pixels, tf.float32))
        return tf.cast(self.network(wanted, training=False), tf.float16)

    def shape(self) -> tuple[int, int, int]:
        """Returns height, width and channels of what `read` returns of a picture."""
        return tuple(self.network.output_shape[1:]) if self.network else (*self.size, 3)


@keras.saving.register_keras_serializable("tfrnn")
class TunedNetwork(keras.layers.Layer):
    """A network inside a model, whose last layers learn with it.

    Its batch normalisation keeps the means and variances that it came with, as is usual when little
    data is learnt from: https://keras.io/guides/transfer_learning. It is computed in float32.

    Args:
        network: One of `NETWORKS`.
        size: Height and width of pictures in pixels.
        last: How many of its layers learn, from its end.

    Call arguments:
        pixels: (batch, size, size, 3), from 0 to 255.

    Returns:
        (batch, places high, places wide, features) float32.
    """

    def __init__(self, network: str, size: int, last: int, **kwargs):
        super().__init__(**kwargs, dtype="float32", autocast=False)
        self.network, self.size, self.last = network, size, last

    def build(self, input_shape=None):
        # Within the name scope of the layer, so that no two weights of the model have one path.
        shape = (self.size, self.size, 3)
        self.body = NETWORKS[self.network].build(include_top=False, weights=None, input_shape=shape)
        for place, layer in enumerate(self.body.layers):
            fixed = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = not fixed and place >= len(self.body.layers) - self.last

    def call(self, pixels):
        wanted = NETWORKS[self.network].preprocess(tf.cast(pixels, tf.float32))
        return self.body(wanted, training=False)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.body.output_shape[1:])

    def get_config(self):
        config = {"network": self.network, "size": self.size, "last": self.last}
        return {"name": self.name} | config


def open_network(name: str, size: int, weights: Path | None) -> keras.Model:
    """Returns a frozen network that maps (batch, size, size, 3) preprocessed pixels to features.

    Args:
        name: One of `NETWORKS`.
        size: Height and width in pixels.
        weights: A file of weights without top; None has Keras fetch those of ImageNet.

    Raises:
        MissingInputError: If there is no such file.
        DataError: If it holds no weights of this network.
        StorageError: If they cannot be fetched.
    """
    if weights and not weights.is_file():
        raise MissingInputError(f"{weights}: no such file of weights (--model.encoder-weights).")
    try:
        body = NETWORKS[name].build(
            include_top=False, weights=str(weights) if weights else "imagenet",
            input_shape=(size, size, 3),
        )  # fmt: skip
    except (ValueError, OSError, KeyError) as error:
        if weights:
            raise DataError(
                f"{weights}: not the weights of {name} without its top: {error}"
            ) from error
        raise StorageError(_no_network(name, error)) from error
    except Exception as error:  # Keras wraps what the network says in a bare one
        if type(error) is not Exception:
            raise
        raise StorageError(_no_network(name, error)) from error
    body.trainable = False
    return body


def _no_network(name, error):
    """Says what to fetch, which Keras names in what it raises, and where to put it."""
    url = re.search(r"https?://[^\s:]+", str(error))
    what = f"fetch {url[0]} elsewhere" if url else "bring a file of them here"
    return f"the weights of {name} cannot be fetched; {what} and name it: --model.encoder-weights."

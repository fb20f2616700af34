"""Pictures to grids of features, learnt from scratch."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from tfrnn.layers.recurrent import check_units


@keras.saving.register_keras_serializable("tfrnn")
class PictureCNN(keras.layers.Layer):
    """Convolutions that halve a picture each, so that a place of the grid sees a part of it.

        x <- relu(norm(conv 3x3 of stride 2 (x)))        for each width
        norm over channels: Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450

    Args:
        widths: Channels after each convolution, positive ints.

    Call arguments:
        inputs: (batch, height, width, channels), uint8 or any float dtype from 0 to 255.

    Returns:
        (batch, height / 2^n, width / 2^n, widths[-1]) of n convolutions, rounded up, compute dtype.

    Raises:
        ValueError: If a width is not positive or there is none.

    Example:
    >>> PictureCNN([8, 16])(tf.zeros([2, 12, 12, 3])).shape
    TensorShape([2, 3, 3, 16])
    """

    def __init__(self, widths: Sequence[int], **kwargs):
        super().__init__(**kwargs)
        if not widths:
            raise ValueError("PictureCNN needs one width at least, got none.")
        self.widths = [check_units(self, width) for width in widths]
        self.convolutions = [
            keras.layers.Conv2D(
                width, 3, 2, "same", use_bias=False, dtype=self.dtype_policy, name=f"conv_{i}"
            )
            for i, width in enumerate(self.widths)
        ]
        self.norms = [
            keras.layers.LayerNormalization(dtype=self.dtype_policy, name=f"norm_{i}")
            for i in range(len(self.widths))
        ]

    def build(self, input_shape):
        shape = input_shape
        for convolution, norm in zip(self.convolutions, self.norms):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            norm.build(shape)

    def call(self, inputs):
        hidden = tf.cast(inputs, self.compute_dtype) / 127.5 - 1
        for convolution, norm in zip(self.convolutions, self.norms):
            hidden = tf.nn.relu(norm(convolution(hidden)))
        return hidden

    def compute_output_shape(self, input_shape):
        shape = input_shape
        for convolution in self.convolutions:
            shape = convolution.compute_output_shape(shape)
        return shape

    def get_config(self):
        return super().get_config() | {"widths": self.widths}

"""Pictures a little otherwise each time that a model learns from them."""

import keras
import tensorflow as tf

from tfrnn.layers.noise import draw_uniform
from tfrnn.layers.variational import check_rate

_DRAWS = 6  # random numbers of a picture


@keras.saving.register_keras_serializable("tfrnn")
class PictureJitter(keras.layers.Layer):
    """Cuts a part out of each picture, mirrors it where it may, makes it lighter or darker.

    With numbers u that are drawn anew for each picture:

        a part of the size (1 - move u_0), in a place by u_1 and u_2, stretched to the whole
        left and right exchanged if u_3 < 1/2 and the picture may be mirrored
        p <- mean + (p - mean) (1 + light (2 u_4 - 1)) + 127.5 light (2 u_5 - 1)

    Args:
        move: Most of a side that is cut off, in [0, 1).
        light: Most by which contrast and brightness change, in [0, 1).
        seed: Of the numbers.

    Call arguments:
        pixels: (batch, height, width, channels), uint8 or any float dtype from 0 to 255.
        mirrored: (batch,) bool, whether a picture may be mirrored.
        training: Whether anything is done.

    Returns:
        `pixels` as they are, or (batch, height, width, channels) float32 from 0 to 255.

    Raises:
        ValueError: If a share is outside [0, 1).
    """

    def __init__(self, move: float = 0.1, light: float = 0.2, *, seed: int | None = None, **kwargs):
        super().__init__(**kwargs, autocast=False)
        self.move = check_rate(self, "move", move)
        self.light = check_rate(self, "light", light)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, pixels, mirrored, training=False):
        if not training:
            return pixels
        pixels = tf.cast(pixels, tf.float32)
        rows = tf.shape(pixels)[0]
        cut, x, y, side, *light = tf.unstack(draw_uniform(self.seed_generator, [_DRAWS, rows]))
        size = 1 - self.move * cut
        top, left = y * (1 - size), x * (1 - size)
        ends = left, left + size
        flip = mirrored & (side < 0.5)
        left, right = (tf.where(flip, a, b) for a, b in (ends[::-1], ends))
        boxes = tf.stack([top, left, top + size, right], -1)  # whose sides may be exchanged
        found = tf.image.crop_and_resize(pixels, boxes, tf.range(rows), tf.shape(pixels)[1:3])
        contrast, brightness = (self.light * (2 * u - 1)[:, None, None, None] for u in light)
        mean = tf.reduce_mean(found, [1, 2, 3], keepdims=True)
        found = mean + (found - mean) * (1 + contrast) + 127.5 * brightness
        return tf.ensure_shape(tf.clip_by_value(found, 0, 255), pixels.shape)

    def get_config(self):
        return super().get_config() | {"move": self.move, "light": self.light}

"""Files of pictures to pixels within a graph, as `tfrnn.data.pictures` reads them outside of it."""

import tensorflow as tf

from models.orientation import upright


def decode(data: tf.Tensor) -> tf.Tensor:
    """Returns red, green and blue of a picture, turned as the camera was held.

    JPEG, PNG, GIF (its first frame), BMP and WebP; what is transparent in a PNG lies on white.

    Args:
        data: The bytes of a file, a scalar string.

    Returns:
        (height, width, 3) uint8.

    Raises:
        tf.errors.InvalidArgumentError: If it is no picture, or cut off.
    """
    is_png = tf.strings.substr(data, 0, 4) == b"\x89PNG"
    pixels = tf.cond(is_png, lambda: _png(data), lambda: _other(data))
    return upright(data, tf.ensure_shape(pixels, [None, None, 3]))


def _other(data):
    return tf.io.decode_image(data, channels=3, expand_animations=False)


def _png(data):
    pixels = tf.cast(tf.io.decode_png(data, channels=4), tf.float32)
    opaque = pixels[..., 3:] / 255
    return tf.cast(tf.round(pixels[..., :3] * opaque + 255 * (1 - opaque)), tf.uint8)

"""Files of pictures to pixels within a graph, as `tfrnn.data.pictures` reads them outside of it."""

import tensorflow as tf

from models.orientation import upright
from models.picture_headers import Head, claimed_pixels, moves
from tfrnn.data.pictures import MOST_PIXELS


def decode(data: tf.Tensor) -> tf.Tensor:
    """Returns red, green and blue of a picture, turned as the camera was held.

    JPEG, PNG and WebP that stands still; what is transparent lies on white. GIF and BMP, which
    `tfrnn.data.pictures` reads too, are refused: TensorFlow unpacks each frame of a GIF, however
    many there are, and passes over its transparency and the palette of a BMP.

    Args:
        data: The bytes of a file, a scalar string.

    Returns:
        (height, width, 3) uint8.

    Raises:
        tf.errors.InvalidArgumentError: If it is none of these, cut off, or larger than
            `MOST_PIXELS` by its header, which is read before anything is decoded.
    """
    head = Head(data)
    jpeg, png = head.is_jpeg(), head.is_png()
    known = jpeg | png | head.is_webp()
    checks = [
        tf.Assert(known, ["a picture is a JPEG, a PNG or a WebP file"]),
        tf.Assert(~moves(head), ["an animated WebP is no picture; save one of its frames"]),
        tf.Assert(
            claimed_pixels(head) <= MOST_PIXELS,
            [f"a picture of more than {MOST_PIXELS:,} pixels; make it smaller"],
        ),
    ]
    with tf.control_dependencies(checks):
        data = tf.identity(data)
    # The exact method is the one that Pillow decodes by; the fast one is up to 6 levels off.
    pixels = tf.case(
        [
            (jpeg, lambda: tf.io.decode_jpeg(data, 3, dct_method="INTEGER_ACCURATE")),
            (png, lambda: _on_white(tf.io.decode_png(data, 4))),
        ],
        default=lambda: _webp(data),
    )
    return upright(head, tf.ensure_shape(pixels, [None, None, 3]))


def stretch(pixels: tf.Tensor, sides: tuple[int, int]) -> tf.Tensor:
    """Returns (height, width, 3) uint8 of any size as (*sides, 3) uint8, smoothed if it shrinks."""
    small = tf.image.resize(pixels, sides, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(small), 0, 255), tf.uint8)


def _webp(data):
    pixels = tf.io.decode_image(data, expand_animations=False)  # of 3 channels or 4, as it is
    pixels = tf.ensure_shape(pixels, [None, None, None])
    return tf.cond(tf.shape(pixels)[2] == 4, lambda: _on_white(pixels), lambda: pixels)


def _on_white(pixels):
    """Lays red, green, blue and alpha on white, rounded as Pillow rounds."""
    opaque = tf.reduce_all(pixels[..., 3] == 255)
    return tf.cond(opaque, lambda: pixels[..., :3], lambda: _blend(pixels))


def _blend(pixels):
    alpha = tf.cast(pixels[..., 3:], tf.int32)
    mixed = tf.cast(pixels[..., :3], tf.int32) * alpha + 255 * (255 - alpha)
    near = mixed * 128 + (0x80 << 7)
    return tf.cast((near // 256 + near) // 32768, tf.uint8)

"""How a camera was held, read from a picture's own bytes in stock TensorFlow operations.

The tag Orientation of Exif, https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf,
4.6.4: a TIFF header leads to a directory, which lists tags of twelve bytes each.
"""

import tensorflow as tf

from models.picture_headers import Head, exif

_ORIENTATION = 0x0112
_SHORTS, _LONGS = (3, 8), (4, 9)  # kinds of whole numbers, of two and of four bytes
_MAGIC = (0x002A, 0x2A00)  # the second is wrong, and Pillow takes it as well


def upright(head: Head, pixels: tf.Tensor) -> tf.Tensor:
    """Turns the pixels of a file as the camera was held, as Pillow's `exif_transpose` does.

    Args:
        head: Of the file.
        pixels: (height, width, channels) that were decoded of it.

    Returns:
        (height, width, channels), or (width, height, channels); `pixels` itself where the file
        does not say.
    """
    held = orientation(head)
    turned = tf.cond(held >= 5, lambda: tf.transpose(pixels, [1, 0, 2]), lambda: pixels)
    for axis, mirrored in ((1, (2, 3, 6, 7)), (0, (3, 4, 7, 8))):
        flip = tf.reduce_any(tf.constant(mirrored, tf.int64) == held)
        turned = tf.cond(flip, lambda x=turned, a=axis: tf.reverse(x, [a]), lambda x=turned: x)
    return turned


def orientation(head: Head) -> tf.Tensor:
    """Returns the orientation of a JPEG, PNG or WebP, 1 to 8, int64; 1 where it does not say."""
    start = exif(head)
    return tf.cond(start >= 0, lambda: _read(head, start), lambda: tf.constant(1, tf.int64))


def _read(head, start):
    order = head.number(start, 2)
    little = order == int.from_bytes(b"II", "big")

    def number(at, size):
        return head.number(start + at, size, little)

    directory = number(4, 4)
    tags = directory + 2 + 12 * tf.range(number(directory, 2))
    kinds, counts = number(tags + 2, 2), number(tags + 4, 4)
    short, long = (_any(kinds, each) for each in (_SHORTS, _LONGS))
    values = tf.where(short, number(tags + 8, 2), number(tags + 8, 4))
    said = (number(tags, 2) == _ORIENTATION) & (short | long) & (counts == 1)
    held = tf.concat([[1], tf.boolean_mask(values, said)], 0)[-1]
    known = _any(order, (int.from_bytes(b"II", "big"), int.from_bytes(b"MM", "big")))
    known &= _any(number(2, 2), _MAGIC)
    return tf.where(known & (held >= 1) & (held <= 8), held, 1)


def _any(numbers, wanted):
    return tf.reduce_any(numbers[..., None] == tf.constant(wanted, tf.int64), -1)

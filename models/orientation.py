"""How a camera was held, read from a JPEG's own bytes in stock TensorFlow operations.

The tag Orientation of Exif, https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf,
4.6.4: a segment APP1 of the file holds "Exif", two zeros and a TIFF header, whose first directory
lists tags of twelve bytes each.
"""

import tensorflow as tf

HEAD = 1 << 17  # bytes of a file that are looked through; Exif stands near its start
TAGS = 512  # of the directory that are looked at
_ORIENTATION, _SHORT = 0x0112, 3


def upright(data: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """Turns the pixels of a file as the camera was held, as Pillow's `exif_transpose` does.

    Args:
        data: The bytes of a picture, a scalar string.
        pixels: (height, width, channels) that were decoded of them.

    Returns:
        (height, width, channels), or (width, height, channels); `pixels` itself where the file is
        no JPEG or does not say.
    """
    held = orientation(data)
    turned = tf.cond(held >= 5, lambda: tf.transpose(pixels, [1, 0, 2]), lambda: pixels)
    for axis, mirrored in ((1, (2, 3, 6, 7)), (0, (3, 4, 7, 8))):
        flip = tf.reduce_any(tf.constant(mirrored) == held)
        turned = tf.cond(flip, lambda x=turned, a=axis: tf.reverse(x, [a]), lambda x=turned: x)
    return turned


def orientation(data: tf.Tensor) -> tf.Tensor:
    """Returns the orientation of a JPEG, 1 to 8, a scalar int32; 1 where it does not say."""
    head = tf.io.decode_raw(tf.strings.substr(data, 0, HEAD), tf.uint8)
    head = tf.cast(head, tf.int32)
    start = _find(head, b"\xff\xe1", b"Exif\0\0") + 10
    little = _number(head, start, 2, False) == int.from_bytes(b"II", "big")

    def number(at, size):
        return _number(head, start + at, size, little)

    directory = number(4, 4)
    count = tf.clip_by_value(number(directory, 2), 0, TAGS)
    tags = directory + 2 + 12 * tf.range(count)
    found = (number(tags, 2) == _ORIENTATION) & (number(tags + 2, 2) == _SHORT)
    values = number(tags + 8, 2)
    held = tf.reduce_sum(tf.where(found, values, 0))
    is_jpeg = tf.strings.substr(data, 0, 2) == b"\xff\xd8"
    right = is_jpeg & (start >= 10) & (held >= 1) & (held <= 8)
    return tf.where(right, held, 1)


def _find(head, marker: bytes, name: bytes):
    """Where a segment begins that has a marker, two bytes of length, and a name; -10 if nowhere."""
    wanted = [*enumerate(marker), *enumerate(name, start=len(marker) + 2)]
    last = tf.size(head) - (len(marker) + 2 + len(name))
    places = tf.range(tf.maximum(last + 1, 0))
    here = tf.ones_like(places, tf.bool)
    for offset, byte in wanted:
        here &= tf.gather(head, places + offset) == byte
    found = tf.where(here)[:1, 0]
    return tf.cast(tf.reduce_sum(tf.concat([found, [0]], 0)), tf.int32) - tf.where(
        tf.reduce_any(here), 0, 10
    )


def _number(head, at, size: int, little):
    """The numbers of `size` bytes at places; 0 where they lie beyond the end, or are too large."""
    at = tf.convert_to_tensor(at)
    within = (at >= 0) & (at <= tf.size(head) - size)
    spare = tf.pad(head, [[0, size]])  # of no bytes at all too there is something to gather
    digits = tf.gather(spare, tf.where(within, at, 0)[..., None] + tf.range(size))
    digits = tf.where(little, tf.reverse(digits, [-1]), digits)
    found = tf.zeros(tf.shape(at), tf.int32)
    for place in range(size):
        found = found * 256 + digits[..., place]
    return tf.where(within & (found >= 0), found, 0)

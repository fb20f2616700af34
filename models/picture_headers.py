"""What the head of a picture's file says, read in stock TensorFlow operations.

The forms: JPEG, ITU-T T.81, B.1.1; PNG, https://www.w3.org/TR/png-3, 5; WebP,
https://www.rfc-editor.org/rfc/rfc9649, 2. Each is a row of parts that say how long they are.
"""

from collections.abc import Callable

import tensorflow as tf

PARTS = 1000  # of a file that are passed over in search of Exif; more would take long
_EXIF = b"Exif\0\0"


class Head:
    """Numbers and names within the bytes of a file, a scalar string; unpacked once for all."""

    def __init__(self, data: tf.Tensor):
        self.data = data
        self.end = tf.strings.length(data)
        self.bytes = tf.io.decode_raw(tf.strings.join([data, b"\0"]), tf.uint8)  # never empty

    def number(self, at: tf.Tensor | int, size: int, little: bool | tf.Tensor = False) -> tf.Tensor:
        """Returns the numbers of `size` bytes at places, int64; 0 where the file has ended.

        Args:
            at: Places in bytes, int64 of any shape.
            size: At most 4.
            little: Whether the lowest byte comes first.
        """
        at = tf.cast(at, tf.int64)
        within = (at >= 0) & (at <= tf.cast(self.end, tf.int64) - size)
        places = tf.where(within, at, 0)[..., None] + tf.range(size, dtype=tf.int64)
        places = tf.minimum(places, tf.cast(self.end, tf.int64))
        digits = tf.cast(tf.gather(self.bytes, places), tf.int64)
        digits = tf.where(little, tf.reverse(digits, [-1]), digits)
        powers = tf.constant([256**power for power in reversed(range(size))], tf.int64)
        return tf.where(within, tf.reduce_sum(digits * powers, -1), 0)

    def holds(self, at: tf.Tensor | int, text: bytes) -> tf.Tensor:
        """Whether `text` stands at a place, a scalar bool."""
        places = tf.cast(at, tf.int64) + tf.range(len(text), dtype=tf.int64)
        return tf.reduce_all(self.number(places, 1) == tf.constant(list(text), tf.int64))

    def is_jpeg(self) -> tf.Tensor:
        """Whether the file begins as a JPEG does, a scalar bool."""
        return self.holds(0, b"\xff\xd8\xff")

    def is_png(self) -> tf.Tensor:
        """Whether the file begins as a PNG does, a scalar bool."""
        return self.holds(0, b"\x89PNG\r\n\x1a\n")

    def is_webp(self) -> tf.Tensor:
        """Whether the file begins as a WebP does, a scalar bool."""
        return self.holds(0, b"RIFF") & self.holds(8, b"WEBP")


def claimed_pixels(head: Head) -> tf.Tensor:
    """Returns how many pixels a JPEG, PNG or WebP says that it has, int64; 0 of other files.

    Raises:
        tf.errors.InvalidArgumentError: If a JPEG does not say.
    """
    return tf.case(
        [
            (head.is_jpeg(), lambda: _of_jpeg(head)),
            (head.is_png(), lambda: head.number(16, 4) * head.number(20, 4)),
            (head.is_webp(), lambda: _of_webp(head)),
        ],
        default=lambda: _at(0),
    )


def moves(head: Head) -> tf.Tensor:
    """Whether a file is an animated WebP, a scalar bool."""
    animated = _bits(head.number(20, 1), 2) != 0
    return head.is_webp() & head.holds(12, b"VP8X") & animated


def exif(head: Head) -> tf.Tensor:
    """Returns where the TIFF header of a file's Exif begins, int64; -1 where there is none.

    In a JPEG and a PNG it stands before the pixels, or is not found.
    """
    return tf.case(
        [
            (head.is_jpeg(), lambda: _search(head, 2, _in_jpeg)),
            (head.is_png(), lambda: _search(head, 8, _in_png)),
            (head.is_webp(), lambda: _search(head, 12, _in_webp)),
        ],
        default=lambda: _at(-1),
    )


def _at(place: int):
    return tf.constant(place, tf.int64)


def _bits(number, mask: int):
    return tf.bitwise.bitwise_and(number, tf.constant(mask, tf.int64))


def _of_jpeg(head):
    shape = tf.image.extract_jpeg_shape(head.data, tf.int64)
    return shape[0] * shape[1]


def _of_webp(head):
    """Reads the size of the canvas, or of the only frame, which is lossless or lossy."""
    canvas = (head.number(24, 3, True) + 1) * (head.number(27, 3, True) + 1)
    bits = head.number(21, 4, True)
    lossless = (_bits(bits, 0x3FFF) + 1) * (_bits(bits // 0x4000, 0x3FFF) + 1)
    lossy = _bits(head.number(26, 2, True), 0x3FFF) * _bits(head.number(28, 2, True), 0x3FFF)
    plain = tf.where(head.holds(12, b"VP8L"), lossless, lossy)
    return tf.where(head.holds(12, b"VP8X"), canvas, plain)


def _search(head: Head, start: int, look: Callable) -> tf.Tensor:
    """Goes from part to part until one is Exif.

    Args:
        head: Of the file.
        start: Where the first part begins.
        look: Maps the head and where a part begins to where the next one does, -1 if there is none,
            and to where the content of Exif begins, -1 if the part is none.
    """

    def goes_on(at, found):
        return (found < 0) & (at >= 0) & (at < tf.cast(head.end, tf.int64))

    _, found = tf.while_loop(
        goes_on, lambda at, _: look(head, at), [_at(start), _at(-1)], maximum_iterations=PARTS
    )
    # A PNG and most WebPs begin with the TIFF header, a JPEG and some WebPs with its name.
    named = (found >= 0) & head.holds(found, _EXIF)
    return tf.where(named, found + len(_EXIF), found)


def _in_jpeg(head, at):
    first, marker = head.number(at, 1), head.number(at + 1, 1)
    length = tf.maximum(head.number(at + 2, 2), 2)
    stray = (first != 0xFF) | (marker == 0xFF)
    alone = (marker == 0) | ((marker >= 0xD0) & (marker <= 0xD8))
    ends = ~stray & ((marker == 0xD9) | (marker == 0xDA))
    step = tf.where(stray, _at(1), tf.where(alone, _at(2), 2 + length))
    found = ~stray & (marker == 0xE1) & head.holds(at + 4, _EXIF)
    return tf.where(ends, _at(-1), at + step), tf.where(found, at + 4, -1)


def _in_png(head, at):
    following = at + 12 + head.number(at, 4)  # length, name, content, checksum
    ends = head.holds(at + 4, b"IDAT") | head.holds(at + 4, b"IEND")
    found = head.holds(at + 4, b"eXIf")
    return tf.where(ends, _at(-1), following), tf.where(found, at + 8, -1)


def _in_webp(head, at):
    length = head.number(at + 4, 4, True)
    found = head.holds(at, b"EXIF")
    return at + 8 + length + length % 2, tf.where(found, at + 8, -1)

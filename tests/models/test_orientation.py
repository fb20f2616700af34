"""The turn that a camera notes, against Pillow, and files that say nothing or lie."""

import io

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from models.orientation import orientation, upright
from models.picture_headers import Head
from tfrnn.data.pictures import decode_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 8, 3)).astype(np.uint8)
PIXELS = np.repeat(np.repeat(PIXELS, 8, 0), 8, 1)  # what survives JPEG
TURN = tf.function(
    lambda data: upright(Head(data), tf.io.decode_jpeg(data, 3, dct_method="INTEGER_ACCURATE")),
    input_signature=[tf.TensorSpec([], tf.string)],
)
READ = tf.function(
    lambda data: orientation(Head(data)), input_signature=[tf.TensorSpec([], tf.string)]
)


def jpeg(held=None, order="II", kind=3, count=1, form="JPEG", **options):
    """A picture with Exif in one of the byte orders, between other tags."""
    if held is not None:
        little = {"II": "little", "MM": "big"}[order]

        def number(value, size):
            return value.to_bytes(size, little)

        value = number(held, 2) + b"\0\0" if kind in (3, 8) else number(held, 4)
        tags = [(0x010F, 2, 4, b"abc\0"), (0x0112, kind, count, value),
                (0x0128, 3, 1, number(2, 2) + b"\0\0")]  # fmt: skip
        body = b"".join(
            number(tag, 2) + number(kind, 2) + number(count, 4) + value
            for tag, kind, count, value in tags
        )
        tiff = order.encode() + number(42, 2) + number(8, 4) + number(len(tags), 2) + body
        options["exif"] = b"Exif\0\0" + tiff + number(0, 4)
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("held", range(1, 9))
def test_all_turns_are_those_of_pillow(held, order):
    data = jpeg(held, order)
    assert int(READ(data)) == held
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    found = TURN(data).numpy()
    np.testing.assert_array_equal(found, np.asarray(wanted))


@pytest.mark.parametrize(
    "data",
    [
        jpeg(6, kind=4),
        jpeg(6, kind=9, order="MM"),
        jpeg(6, icc_profile=bytes(300_000)),
        jpeg(6, comment=b"Exif\0\0II*\0\x08\0\0\0"),
        jpeg(6).replace(b"II\x2a\0", b"II\0\x2a"),
        jpeg(6)[:2] + b"\xff\xff\x00stray" + jpeg(6)[2:],
        jpeg(6, form="PNG"),
        jpeg(6, order="MM", form="WEBP"),
    ],
    ids=["LONG", "signed", "far behind", "a comment", "odd magic", "stray", "PNG", "WebP"],
)
def test_it_is_found_where_pillow_finds_it(data):
    assert Image.open(io.BytesIO(data)).getexif()[0x0112] == 6
    assert int(READ(data)) == 6


@pytest.mark.parametrize(
    "data",
    [
        jpeg(),
        jpeg(0),
        jpeg(9),
        jpeg(6, count=2),
        jpeg(6, kind=2),
        jpeg(6).replace(b"Exif", b"Exig"),
        jpeg(6).replace(b"II\x2a", b"XX\x2a"),
        jpeg(6)[:40],
        b"",
        b"\xff",
        b"\xff\xd8\xff\xe1\0\x10Exif\0\0II\x2a\0\xff\xff\xff\xff",
        b"\x89PNG" + jpeg(6),
    ],
    ids=[
        "none",
        "zero",
        "nine",
        "two",
        "text",
        "no Exif",
        "no order",
        "cut",
        "empty",
        "byte",
        "far",
        "a PNG",
    ],
)
def test_what_does_not_say_stays_as_it_is(data):
    assert int(READ(data)) == 1


def test_a_picture_with_damaged_exif_is_read_as_it_stands():
    data = jpeg(6).replace(b"II\x2a", b"XX\x2a")
    assert decode_picture(data, "x").shape == PIXELS.shape


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.binary(max_size=80), st.integers(0, 60))
def test_no_bytes_break_it(noise, at):
    whole = jpeg(6)
    assert 1 <= int(READ(noise)) <= 8
    assert 1 <= int(READ(whole[:at] + noise + whole[at + len(noise) :])) <= 8

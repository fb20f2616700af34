"""The turn that a camera notes, against Pillow, and files that say nothing or lie."""

import io

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from models.orientation import orientation, upright

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 8, 3)).astype(np.uint8)
PIXELS = np.repeat(np.repeat(PIXELS, 8, 0), 8, 1)  # what survives JPEG
TURN = tf.function(
    lambda data: upright(data, tf.io.decode_image(data, channels=3, expand_animations=False)),
    input_signature=[tf.TensorSpec([], tf.string)],
)
READ = tf.function(orientation, input_signature=[tf.TensorSpec([], tf.string)])


def jpeg(held=None, order="II", more=b""):
    """A JPEG with Exif in one of the byte orders, behind other tags."""
    options = {}
    if held is not None:
        little = {"II": "little", "MM": "big"}[order]

        def number(value, size):
            return value.to_bytes(size, little)

        tags = [(0x010F, 2, b"abc\0"), (0x0112, 3, number(held, 2) + b"\0\0"),
                (0x0128, 3, number(2, 2) + b"\0\0")]  # fmt: skip
        body = b"".join(
            number(tag, 2) + number(kind, 2) + number(1, 4) + value for tag, kind, value in tags
        )
        tiff = order.encode() + number(42, 2) + number(8, 4) + number(len(tags), 2) + body
        options["exif"] = b"Exif\0\0" + tiff + number(0, 4) + more
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("held", range(1, 9))
def test_all_turns_are_those_of_pillow(held, order):
    data = jpeg(held, order)
    assert int(READ(data)) == held
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    found = TURN(data).numpy()
    assert found.shape == np.asarray(wanted).shape
    # Two decoders differ by a few levels, turns by a hundred.
    assert np.abs(found.astype(int) - np.asarray(wanted)).mean() < 3


@pytest.mark.parametrize(
    "data",
    [
        jpeg(),
        jpeg(0),
        jpeg(9),
        jpeg(6).replace(b"Exif", b"Exig"),
        jpeg(6).replace(b"II\x2a", b"XX\x2a"),
        jpeg(6)[:40],
        b"",
        b"\xff",
        b"\xff\xd8\xff\xe1\0\x10Exif\0\0II\x2a\0\xff\xff\xff\xff",
        b"\x89PNG" + jpeg(6),
    ],
    ids=["none", "zero", "nine", "no Exif", "no order", "cut", "empty", "byte", "far", "a PNG"],
)
def test_what_does_not_say_stays_as_it_is(data):
    assert int(READ(data)) == 1


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.binary(max_size=80), st.integers(0, 60))
def test_no_bytes_break_it(noise, at):
    whole = jpeg(6)
    assert 1 <= int(READ(noise)) <= 8
    assert 1 <= int(READ(whole[:at] + noise + whole[at + len(noise) :])) <= 8

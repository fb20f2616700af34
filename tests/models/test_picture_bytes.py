"""Pictures decoded in a graph are those that Pillow decodes, or refused as those are."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from models.picture_bytes import decode
from tfrnn.data.pictures import decode_picture
from tfrnn.errors import DataError

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 6, 3)).astype(np.uint8)
PIXELS = np.repeat(np.repeat(PIXELS, 8, 0), 8, 1)
PICTURE = Image.fromarray(PIXELS)
DECODE = tf.function(decode, input_signature=[tf.TensorSpec([], tf.string)])


def saved(picture, form, **options):
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def see_through(share):
    return Image.merge("RGBA", (*PICTURE.split(), Image.new("L", PICTURE.size, share)))


FILES = {
    "JPEG": saved(PICTURE, "JPEG"),
    "CMYK": saved(PICTURE.convert("CMYK"), "JPEG"),
    "grey": saved(PICTURE.convert("L"), "JPEG"),
    "turned": saved(PICTURE, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"
                    b"\0\x06\0\0\0\0\0\0"),
    "PNG": saved(PICTURE, "PNG"),
    "16 bits": saved(Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257), "PNG"),
    "palette": saved(PICTURE.convert("P"), "PNG"),
    "nothing but white": saved(see_through(0), "PNG"),
    "half": saved(see_through(128), "PNG"),
    "GIF": saved(PICTURE, "GIF"),
    "BMP": saved(PICTURE, "BMP"),
    "WebP": saved(PICTURE, "WEBP", lossless=True),
    "a pixel": saved(PICTURE.resize((1, 1)), "PNG"),
}  # fmt: skip


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_pixels_are_those_of_pillow(data):
    wanted = decode_picture(data, "x")
    found = DECODE(data).numpy()
    assert found.shape == wanted.shape and found.dtype == np.uint8
    assert np.abs(found.astype(int) - wanted).max() <= 4


@pytest.mark.parametrize(
    "data",
    [FILES["JPEG"][:300], FILES["PNG"][:60], b"<html></html>", b"", b"\x89PNG"],
    ids=["a cut JPEG", "a cut PNG", "a page", "nothing", "four bytes"],
)
def test_what_is_no_picture_is_refused_by_both(data):
    with pytest.raises(DataError):
        decode_picture(data, "x")
    with pytest.raises(tf.errors.InvalidArgumentError):
        DECODE(data)

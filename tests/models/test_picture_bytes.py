"""Pictures decoded in a graph are those that Pillow decodes, or refused as those are."""

import io
import zlib

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.picture_bytes import decode
from models.picture_headers import Head, claimed_pixels
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


def see_through(alpha):
    return Image.merge("RGBA", (*PICTURE.split(), Image.fromarray(alpha)))


def held(form, exif, **options):
    return saved(PICTURE, form, exif=exif, **options)


def exif_of(turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    return exif


ALPHA = np.random.default_rng(1).integers(0, 256, PIXELS.shape[:2]).astype(np.uint8)
SIXTEEN = Image.fromarray(np.random.default_rng(2).integers(0, 1 << 16, (9, 7)).astype(np.uint16))
TRANSPARENT = np.zeros(PIXELS.shape[:2], np.uint8)

FILES = {
    "JPEG": saved(PICTURE, "JPEG"),
    "a progressive JPEG": saved(PICTURE, "JPEG", progressive=True, quality=40),
    "CMYK": saved(PICTURE.convert("CMYK"), "JPEG"),
    "grey": saved(PICTURE.convert("L"), "JPEG"),
    "several pictures in a JPEG": saved(PICTURE, "MPO", save_all=True, append_images=[PICTURE]),
    "a turned JPEG": held("JPEG", exif_of(6)),
    "behind another segment": held("JPEG", exif_of(8), icc_profile=bytes(200_000)),
    "with Exif in a comment": held("JPEG", exif_of(7), comment=b"Exif\0\0II*\0\x08\0\0\0"),
    "PNG": saved(PICTURE, "PNG"),
    "16 bits": saved(SIXTEEN, "PNG"),
    "palette": saved(PICTURE.convert("P"), "PNG"),
    "palette with a hole": saved(PICTURE.convert("P"), "PNG", transparency=3),
    "a colour as a hole": saved(PICTURE, "PNG", transparency=tuple(PIXELS[0, 0].tolist())),
    "nothing but white": saved(see_through(TRANSPARENT), "PNG"),
    "half seen through": saved(see_through(ALPHA), "PNG"),
    "grey seen through": saved(see_through(ALPHA).convert("LA"), "PNG"),
    "a turned PNG": held("PNG", exif_of(5)),
    "WebP": saved(PICTURE, "WEBP", lossless=True),
    "a lossy WebP": saved(PICTURE, "WEBP", quality=60),
    "half a WebP seen through": saved(see_through(ALPHA), "WEBP", lossless=True),
    "a turned WebP": held("WEBP", exif_of(3)),
    "a pixel": saved(PICTURE.resize((1, 1)), "PNG"),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_pixels_are_those_of_pillow(data):
    np.testing.assert_array_equal(DECODE(data), decode_picture(data, "x"))


@pytest.mark.parametrize(
    "data",
    [FILES["JPEG"][:300], FILES["PNG"][:60], b"<html></html>", b"", b"\x89PNG",
     FILES["WebP"][:60], b"RIFF\0\0\0\0WEBP"],
    ids=["a cut JPEG", "a cut PNG", "a page", "nothing", "four bytes", "a cut WebP", "a head"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_by_both(data):
    with pytest.raises(DataError):
        decode_picture(data, "x")
    with pytest.raises(tf.errors.InvalidArgumentError):
        DECODE(data)


def claiming(form, width, height):
    """A small file that says that it is large."""
    match form:
        case "JPEG":
            size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
            at = FILES["JPEG"].index(b"\xff\xc0") + 5
            return FILES["JPEG"][:at] + size + FILES["JPEG"][at + 4 :]
        case "PNG":
            head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\2\0\0\0"
            rest = FILES["PNG"][33:]
            return FILES["PNG"][:12] + head + zlib.crc32(head).to_bytes(4, "big") + rest
        case "extended WebP":
            data = bytearray(saved(see_through(ALPHA), "WEBP"))
            data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        case "lossless WebP":
            data = bytearray(FILES["WebP"])
            data[21:25] = ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
        case "lossy WebP":
            data = bytearray(FILES["a lossy WebP"])
            data[26:30] = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return bytes(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "extended WebP", "lossless WebP", "lossy WebP"])
def test_a_header_that_claims_too_much_is_refused_before_the_pixels_are_read(form):
    side = 8_000  # of a square of 64,000,000 pixels
    data = claiming(form, side, side + 1)
    assert int(claimed_pixels(Head(data))) == side * (side + 1)
    assert int(claimed_pixels(Head(claiming(form, side + 1, 7)))) == 7 * (side + 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="more than 64,000,000 pixels"):
        DECODE(data)
    with pytest.raises(DataError):
        decode_picture(data, "x")


def test_forms_that_graphs_do_not_read_are_named():
    moving = saved(PICTURE, "WEBP", save_all=True, append_images=[PICTURE.rotate(90)])
    with pytest.raises(tf.errors.InvalidArgumentError, match="animated WebP"):
        DECODE(moving)
    for form in ("GIF", "BMP"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="a JPEG, a PNG or a WebP"):
            DECODE(saved(PICTURE, form))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.sampled_from(sorted(FILES)), st.integers(0, 200), st.binary(max_size=12))
def test_no_bytes_break_it(name, at, noise):
    """Damage is refused, or read over; nothing else happens."""
    data = FILES[name]
    try:
        found = DECODE(data[:at] + noise + data[at + len(noise) :])
    except tf.errors.InvalidArgumentError:
        return
    assert found.shape[2] == 3

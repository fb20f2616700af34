"""Pictures of every kind, and what only claims to be one."""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfrnn.data.pictures import decode_picture, load_picture
from tfrnn.errors import DataError, MissingInputError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)


def encoded(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def file_of(kind, **options):
    return encoded(Image.fromarray(PIXELS), kind, **options)


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_what_loses_nothing_comes_back(kind):
    np.testing.assert_array_equal(decode_picture(file_of(kind), "x"), PIXELS)


def test_a_jpeg_is_what_tensorflow_decodes():
    data = file_of("JPEG", quality=90)
    theirs = tf.io.decode_image(data, channels=3, expand_animations=False).numpy()
    ours = decode_picture(data, "x")
    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 4


def test_grey_and_cmyk_and_palettes_become_rgb():
    grey = Image.fromarray(PIXELS[..., 0])
    found = decode_picture(encoded(grey, "PNG"), "x")
    np.testing.assert_array_equal(found, np.repeat(PIXELS[..., :1], 3, 2))
    cmyk = Image.fromarray(PIXELS).convert("CMYK")
    assert decode_picture(encoded(cmyk, "JPEG"), "x").shape == PIXELS.shape
    gif = decode_picture(encoded(Image.fromarray(PIXELS), "GIF"), "x")
    assert np.abs(gif.astype(int) - PIXELS).mean() < 3


def test_sixteen_bits_become_eight():
    deep = np.array([[0, 65535], [32896, 257]], np.uint16)
    found = decode_picture(encoded(Image.fromarray(deep), "PNG"), "x")
    assert found[..., 0].tolist() == [[0, 255], [128, 1]]


def test_what_is_transparent_lies_on_white():
    clear = np.zeros((2, 2, 4), np.uint8)
    clear[0, 0] = (10, 20, 30, 255)
    found = decode_picture(encoded(Image.fromarray(clear), "PNG"), "x")
    assert found[0, 0].tolist() == [10, 20, 30] and found[1, 1].tolist() == [255] * 3


def test_it_is_turned_as_the_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn to the right
    data = encoded(Image.fromarray(PIXELS), "PNG", exif=exif)
    np.testing.assert_array_equal(decode_picture(data, "x"), np.rot90(PIXELS, -1))


def test_one_pixel():
    assert decode_picture(encoded(Image.new("RGB", (1, 1), "red"), "PNG"), "x").shape == (1, 1, 3)


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(
    ("size", "message"), [((60_000, 60_000), ""), ((9_000, 8_000), ": 9000 x 8000 pixels, more")]
)
def test_a_bomb_is_refused_by_its_header(size, message):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    with pytest.raises(DataError, match=rf"dog\.png{message}"):
        decode_picture(b"\x89PNG\r\n\x1a\n" + head + body, "dog.png")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a picture, the file is empty"),
        (b"<!DOCTYPE html><title>404</title>", r"not a picture but a web page \(HTML\)"),
        (b"version https://git-lfs.github.com/spec/v1", "not a picture but a Git LFS pointer"),
        (b"hello", r"not a picture\."),
        (file_of("JPEG")[:-40], "a damaged picture"),
        (file_of("PNG")[:60], "a damaged picture"),
    ],
)
def test_what_is_no_picture(data, message):
    with pytest.raises(DataError, match=rf"dog\.jpg: {message}"):
        decode_picture(data, "dog.jpg")


def test_files(tmp_path):
    with pytest.raises(MissingInputError, match="no such picture"):
        load_picture(tmp_path / "dog.png")
    (tmp_path / "dog.png").write_bytes(file_of("PNG"))
    np.testing.assert_array_equal(load_picture(tmp_path / "dog.png"), PIXELS)

"""Pictures: files of any usual form to red, green and blue, checked before they are decoded."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from tfrnn.errors import DataError, MissingInputError, StorageError

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp")
MOST_PIXELS = 64_000_000  # 192 MB as red, green and blue; a header may claim far more (ours)
MOST_BYTES = 64_000_000  # of a file
_DEEP = ("I", "I;16", "I;16B", "I;16L")  # grey of 16 bits
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # by the orientation of Exif


def load_picture(path: Path) -> np.ndarray:
    """Reads a picture, see `decode_picture`.

    Raises:
        MissingInputError: If there is no such file.
        DataError: If it is no picture.
        StorageError: If reading fails.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path}: more than {MOST_BYTES:,} bytes; make the picture smaller.")
        return decode_picture(path.read_bytes(), str(path))
    except FileNotFoundError as error:
        raise MissingInputError(f"{path}: no such picture.") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}.") from error


def decode_picture(data: bytes, where: str) -> np.ndarray:
    """Returns (height, width, 3) uint8 red, green and blue, turned as the camera was held.

    JPEG, PNG, GIF (its first frame), BMP and WebP; grey, CMYK and 16 bits become red, green and
    blue of 8 bits, what is transparent lies on white.

    Args:
        data: The file.
        where: What messages call it.

    Raises:
        DataError: If it is no picture, cut off, or larger than `MOST_PIXELS` by its header, which
            is read before anything is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata; the size is checked below
            with Image.open(io.BytesIO(data)) as picture:
                check_size(picture, where)
                return _rgb(_upright(picture))
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DataError(f"{where}: not a picture{_guess(data)}.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{where}: a damaged picture: {error}.") from error


def check_size(picture: Image.Image, where: str, frames: int = 1) -> None:
    """Refuses what takes too much memory, before it is decoded.

    Args:
        picture: Opened, its pixels not yet read.
        where: What messages call it.
        frames: How many of its frames are wanted at once.

    Raises:
        DataError: If they have more than `MOST_PIXELS` together, by the header.
    """
    width, height = picture.size
    if width * height * frames > MOST_PIXELS:
        many = f"{frames:,} frames of " if frames > 1 else ""
        raise DataError(
            f"{where}: {many}{width} x {height} pixels, more than {MOST_PIXELS:,}; make it smaller."
        )


def _upright(picture):
    """Turns a picture by its Exif alone, which is what an export reads too.

    Pillow's own `exif_transpose` also looks into XMP and behind the pixels of a PNG, and gives a
    picture up whose Exif is damaged.
    """
    exif = Image.Exif()
    try:
        exif.load(picture.info.get("exif"))
    except (SyntaxError, struct.error, OSError, ValueError):
        return picture
    turn = _TURNS.get(exif.get(ExifTags.Base.Orientation))
    return picture if turn is None else picture.transpose(turn)


def _rgb(picture) -> np.ndarray:
    if picture.mode in _DEEP:
        grey = (np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return np.array(picture.convert("RGB"))


def _guess(data: bytes) -> str:
    """Says what it is instead, where the first bytes tell."""
    start = data[:512].lstrip().lower()
    if not data:
        return ", the file is empty"
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return " but a web page (HTML)"
    if start.startswith(b"version https://git-lfs"):
        return " but a Git LFS pointer; fetch the file itself"
    return ""

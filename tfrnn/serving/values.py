"""JSON values as arrays of a dtype and shape, and back, as TensorFlow Serving writes them.

A string is a JSON string, or {"b64": "..."} for bytes; a number must fit its dtype; true and false
are no numbers.
"""

import base64
import binascii
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfrnn.serving.limits import Limits
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.signatures import PICTURE, Spec


def to_array(value: Any, spec: Spec, name: str, limits: Limits) -> np.ndarray:
    """Turns nested lists into an array; strings become bytes.

    Args:
        value: What JSON held.
        spec: What it must be.
        name: Of the input, for the message.
        limits: How long a string may be.

    Raises:
        Refusal: 400, if it is not that.
    """
    shape, item = [], value
    while isinstance(item, list):
        shape.append(len(item))
        item = item[0] if item else None
    if spec.shape is not None and not _fits(shape, spec.shape):
        raise Refusal(400, f"{name} must have the shape {_told(spec.shape)}, got {_told(shape)}.")
    most = limits.picture if name == PICTURE else limits.body
    leaves = [_leaf(leaf, spec.dtype, name, most) for leaf in _leaves(value, shape, name)]
    kind = object if spec.dtype == tf.string else spec.dtype.as_numpy_dtype
    return np.array(leaves, kind).reshape(shape)


def _fits(shape: list[int], wanted: tuple[int | None, ...]) -> bool:
    # Of a list that is empty the axes within it cannot be seen.
    seen = wanted[: len(shape)] if 0 in shape else wanted
    return len(shape) == len(seen) and all(w in (None, s) for s, w in zip(shape, seen))


def _leaves(value: Any, shape: list[int], name: str) -> Iterator[Any]:
    if not shape:
        if isinstance(value, list):
            raise Refusal(400, f"{name} has lists of different depth.")
        yield value
        return
    if not isinstance(value, list) or len(value) != shape[0]:
        raise Refusal(400, f"{name} has lists of different length.")
    for item in value:
        yield from _leaves(item, shape[1:], name)


def _leaf(value: Any, dtype: tf.DType, name: str, most: int) -> Any:
    if dtype == tf.string:
        found = _bytes(value, name)
        if len(found) > most:
            raise Refusal(413, f"{name} has {len(found):,} bytes, at most {most:,} are taken.")
        return found
    if dtype == tf.bool:
        right, wanted = isinstance(value, bool), "true or false"
    elif dtype.is_integer:
        right = type(value) is int and dtype.min <= value <= dtype.max
        wanted = f"a whole number of {dtype.name}"
    elif dtype.is_floating:
        right = type(value) in (int, float) and _is_finite(value, dtype)
        wanted = f"a finite number of {dtype.name}"
    else:
        raise Refusal(400, f"{name} is of {dtype.name}, which JSON has not.")
    if not right:
        raise Refusal(400, f"{name} must be {wanted}, got {_shown(value)}.")
    return value


def _is_finite(value: int | float, dtype: tf.DType) -> bool:
    try:
        return math.isfinite(value) and abs(float(value)) <= float(dtype.max)
    except OverflowError:
        return False


def _bytes(value: Any, name: str) -> bytes:
    try:
        if isinstance(value, str):
            return value.encode("utf-8")
        if isinstance(value, dict) and set(value) == {"b64"} and isinstance(value["b64"], str):
            return base64.b64decode(value["b64"], validate=True)
    except UnicodeEncodeError:
        raise Refusal(400, f"{name} has half of a surrogate pair.") from None
    except (binascii.Error, ValueError):
        raise Refusal(400, f"{name} has a b64 that is not base64.") from None
    raise Refusal(400, f'{name} must be a string or {{"b64": "..."}}, got {_shown(value)}.')


def to_json(array: np.ndarray) -> Any:
    """Turns an array into nested lists, or a scalar into one value.

    Bytes that are not UTF-8 become {"b64": "..."}; a number that is not finite becomes null, since
    JSON has none; a float has no more digits than its dtype holds.
    """
    if array.dtype == object:
        return _map(_string, array.tolist())
    if array.dtype.kind == "V":  # bfloat16, of which numpy knows the bytes alone
        array = array.astype(np.float32)
    if array.dtype.kind == "f":
        # By way of the shortest text of each, or float32 0.1 would be 0.10000000149011612.
        numbers = array.astype("U").astype(np.float64)
        return _map(lambda x: x if math.isfinite(x) else None, numbers.tolist())
    return array.tolist()


def _map(function, value: Any) -> Any:
    return [_map(function, item) for item in value] if isinstance(value, list) else function(value)


def _string(value: bytes) -> Any:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode("ascii")}


def _told(shape) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"

"""JSON values as arrays and back."""

import json

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

from tfrnn.serving.limits import Limits
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.signatures import Spec
from tfrnn.serving.values import to_array, to_json


def read(value, dtype, shape, **limits):
    return to_array(value, Spec(dtype, shape), "x", Limits(**limits))


@pytest.mark.parametrize(
    ("value", "dtype", "shape", "found"),
    [
        ([1, 2.5], tf.float32, (None,), np.array([1, 2.5], np.float32)),
        ([[1], [-(2**31)]], tf.int32, (None, 1), np.array([[1], [-(2**31)]], np.int32)),
        (7, tf.int64, (), np.array(7, np.int64)),
        ([[True, False]], tf.bool, (None, 2), np.array([[True, False]])),
        (["é", {"b64": "/w=="}], tf.string, (None,), np.array(["é".encode(), b"\xff"], object)),
        ([[], []], tf.string, (None, None), np.zeros([2, 0], object)),
        ([[1.0]], tf.float64, None, np.array([[1.0]])),
    ],
)
def test_values_become_arrays(value, dtype, shape, found):
    array = read(value, dtype, shape)
    assert array.dtype == found.dtype
    assert array.shape == found.shape
    np.testing.assert_array_equal(array, found)


@pytest.mark.parametrize(
    ("value", "dtype", "shape", "words"),
    [
        ("a", tf.float32, (None,), r"must have the shape \(any\), got \(\)"),
        ([[1]], tf.float32, (None,), r"got \(1, 1\)"),
        ([1, [2]], tf.float32, (None,), "lists of different depth"),
        ([[1, 2], [3]], tf.float32, (None, None), "lists of different length"),
        ([[1], 2], tf.float32, (None, None), "lists of different length"),
        (["1"], tf.float32, (None,), "must be a finite number of float32, got '1'"),
        ([True], tf.float32, (None,), "must be a finite number"),
        ([None], tf.float32, (None,), "must be a finite number"),
        ([1e39], tf.float32, (None,), "must be a finite number"),
        ([10**400], tf.float64, (None,), "must be a finite number"),
        ([1.0], tf.int32, (None,), "must be a whole number of int32, got 1.0"),
        ([2**31], tf.int32, (None,), "must be a whole number"),
        ([-1], tf.uint8, (None,), "must be a whole number of uint8"),
        ([True], tf.int32, (None,), "must be a whole number"),
        ([1], tf.bool, (None,), "must be true or false, got 1"),
        ([1], tf.string, (None,), 'must be a string or {"b64"'),
        ([{"b64": "/w="}], tf.string, (None,), "not base64"),
        ([{"b64": "é"}], tf.string, (None,), "not base64"),
        ([{"b64": 1}], tf.string, (None,), "must be a string or"),
        ([{}], tf.string, (None,), "must be a string or"),
        (["\ud800"], tf.string, (None,), "surrogate"),
        ([1], tf.complex64, (None,), "complex64, which JSON has not"),
        ([["x" * 90]], tf.int32, (None, None), "got 'x{39}…"),
    ],
)
def test_what_does_not_fit_is_refused(value, dtype, shape, words):
    with pytest.raises(Refusal, match=words) as refused:
        read(value, dtype, shape)
    assert refused.value.status == 400


def test_a_string_may_be_as_long_as_the_body():
    assert read(["ééé"], tf.string, (None,), body=6).shape == (1,)
    with pytest.raises(Refusal, match="x has 8 bytes, at most 6") as refused:
        read(["éééé"], tf.string, (None,), body=6)
    assert refused.value.status == 413


def test_arrays_become_values():
    assert to_json(np.array([b"a", b"\xff"], object)) == ["a", {"b64": "/w=="}]
    assert to_json(np.array([[0.1, np.inf], [np.nan, -2]], np.float32)) == [[0.1, None], [None, -2]]
    assert to_json(np.array([1 / 3], ml_dtypes.bfloat16)) == [0.33398438]
    assert to_json(np.array(b"a", object)) == "a"
    assert to_json(np.array([True])) == [True]
    assert to_json(np.zeros([2, 0], np.int32)) == [[], []]


def test_a_float_comes_back_as_it_was():
    numbers = np.frombuffer(np.random.default_rng(0).bytes(4000), np.float32)
    numbers = numbers[np.isfinite(numbers)]
    back = np.array(json.loads(json.dumps(to_json(numbers))), np.float32)
    np.testing.assert_array_equal(back, numbers)

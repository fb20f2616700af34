"""JSON within bounds: what is no JSON is refused before anything is made of it."""

import json
import time

import pytest

from tfrnn.errors import UsageError
from tfrnn.serving.limits import DEPTH, Limits, read_json
from tfrnn.serving.refusal import Refusal


def test_json_is_read():
    body = {"instances": ["a [[[[[[[[[[[[[[[[[[ b", 'quote " and \\', "été", 1.5, -3, True, None]}
    assert read_json(json.dumps(body).encode()) == body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is not JSON"),
        (b"[1]", "must be a JSON object"),
        (b"{", "is not JSON"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": [-Infinity]}', "-Infinity is no number"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b'{"a": ' + b"1" * 5000 + b"}", "is not JSON"),
        (b'{"a": ' + b"[" * 60_000, "brackets within each other"),
        (b'{"a":' * 30_000, "brackets within each other"),
        (b'{"a": ' + b"[" * DEPTH + b"]" * DEPTH + b"}", "brackets within each other"),
    ],
)
def test_what_is_no_request_is_refused(body, words):
    with pytest.raises(Refusal, match=words) as refused:
        read_json(body)
    assert refused.value.status == 400


def test_as_deep_as_may_be():
    deepest = b'{"a": ' + b"[" * (DEPTH - 1) + b"]" * (DEPTH - 1) + b"}"
    assert list(read_json(deepest)) == ["a"]


def test_what_is_large_must_be_a_string():
    picture = b'{"a": "' + b"x" * 10_000_000 + b'"}'
    assert len(read_json(picture)["a"]) == 10_000_000
    for many in (b"[]," * 30_000, b'"",' * 70_000):
        with pytest.raises(Refusal, match="bytes outside of strings") as refused:
            read_json(b'{"a": [' + many + b"0]}")
        assert refused.value.status == 413


@pytest.mark.parametrize("bad", [b'{"a": "' + b'\\"' * 2_000_000, b'"' * 4_000_000])
def test_quotes_without_end_take_linear_time(bad):
    began = time.process_time()
    with pytest.raises(Refusal):
        read_json(bad)
    assert time.process_time() - began < 5  # tried again at each quote, it would be hours


@pytest.mark.parametrize("wrong", [{"body": 0}, {"deadline": float("inf")}, {"wait": -1.0}])
def test_limits_that_cannot_be(wrong):
    with pytest.raises(UsageError, match=f"--limit.{next(iter(wrong))} must be above 0"):
        Limits(**wrong)


def test_a_picture_has_room_in_base64():
    limits = Limits(body=100, picture=300)
    assert limits.of_body(pictures=False) == 100
    assert limits.of_body(pictures=True) == 500

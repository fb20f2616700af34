"""Odd requests get a 4xx and one line; the server goes on."""

import random

import pytest

PREDICT = "/v1/models/numbers:predict"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PREDICT, 405),
        ("PUT", PREDICT, 405),
        ("DELETE", "/v1/models/numbers", 405),
        ("POST", "/v1/models", 405),
        ("POST", "/", 405),
        ("POST", "/v1/models/numbers:regress", 405),
        ("GET", "/v1/models/..%2f..%2fetc%2fpasswd", 404),
        ("GET", "/v1/models/numbers/versions/99999999999999999999", 404),
        ("GET", "/page/../serve.py", 404),
        ("GET", "/page/..%2fapp.py", 404),
        ("GET", "/page/index.html%00", 404),
        ("GET", "/nothing", 404),
        ("GET", "/v1/models/" + "n" * 3000, 404),
    ],
)
def test_wrong_methods_and_places(client, method, path, status):
    found = client.request(method, path)
    assert found.status_code == status
    assert set(found.json()) == {"error"}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not JSON"),
        (b'{"instances": [NaN]}', 400, "NaN is no number"),
        (b'{"instances": [1e999]}', 400, "x must be a finite number"),
        (b'{"instances": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "brackets within each other"),
        ({"instances": ["one"]}, 400, "x must be a finite number of float32, got 'one'"),
        ({"instances": [[1]]}, 400, "x must have the shape"),
        ({"instances": []}, 400, "instances must be a list that is not empty"),
        ({"instances": {"x": 1}}, 400, "instances must be a list"),
        ({"instances": [1, {"x": 1}]}, 400, "objects with the same names"),
        ({"instances": [{"x": 1}, {"y": 1}]}, 400, "objects with the same names"),
        ({"instances": [{"y": 1}]}, 400, "serving_default needs the input 'x'"),
        ({"instances": [{"x": 1, "y": 1}]}, 400, "has no input 'y'"),
        ({"instances": [1] * 65}, 400, "there are 65 rows, at most 64 are taken"),
        ({"inputs": [1] * 65}, 400, "there are 65 rows"),
        ({"inputs": []}, 400, "there are no rows"),
        ({"inputs": 1}, 400, "x must have the shape"),
        ({}, 400, "must have either"),
        ({"inputs": [1], "instances": [1]}, 400, "must have either"),
        ({"instances": [1], "signature": "pair"}, 400, "'signature' is none of"),
        ({"instances": [1], "signature_name": "none"}, 400, "no signature of that name; there is"),
        ({"instances": [1], "signature_name": ["pair"]}, 400, "no signature of that name"),
        ({"instances": [1], "signature_name": "pair"}, 400, "inputs of pair: names, x"),
        ({"inputs": {"x": [1, 2], "names": ["a"]}, "signature_name": "pair"}, 400, "as many rows"),
        ({"instances": ["a" * 1_000_000]}, 413, "the body may have 65,536 bytes"),
    ],
)  # fmt: skip
def test_wrong_bodies(client, body, status, words):
    found = client.post(PREDICT, body)
    assert found.status_code == status
    assert words in found.json()["error"]
    assert "\n" not in found.json()["error"]


def test_a_body_of_no_said_length_is_counted(client):
    async def endless():
        while True:
            yield b" " * 1000

    found = client.request("POST", PREDICT, content=endless())
    assert found.status_code == 413


def test_a_body_that_lies_about_its_length(client):
    for length in ("-5", "1e9", "９", "9" * 5000):
        found = client.post(
            PREDICT, b'{"instances": [1]}', headers={b"content-length": length.encode()}
        )
        assert found.status_code in (200, 413)


def test_whatever_is_sent_the_server_goes_on(client):
    """Bodies with a few bytes changed: each has an answer, and none is the server's mistake."""
    draw = random.Random(0)
    whole = (
        b'{"signature_name": "kinds", "inputs": {"flags": [[true, false]], "raw": ["a\\u00e9"]}}'
    )
    seen = set()
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            place = draw.randrange(len(body))
            body[place : place + draw.randint(0, 2)] = bytes(
                draw.choices(range(256), k=draw.randint(0, 2))
            )
        found = client.post(PREDICT, bytes(body))
        assert found.status_code in (200, 400), (bytes(body), found.text)
        seen.add(found.status_code)
    assert seen == {200, 400}
    assert client.get("/healthz").status_code == 200

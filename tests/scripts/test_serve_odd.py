"""Ten thousand requests that cannot be answered, to a real process: 4xx each, and memory stays."""

import json
import random
import re
from pathlib import Path

import httpx
import pytest

from tests.scripts.test_serve import Server
from tests.serving import toys

COUNT, WARM = 10_000, 3_000  # requests in all, and after which memory should be what it will be
GROWTH = 24.0  # MB; what the allocator keeps of requests of 1 MB varies by a few
NUMBERS, PICTURES = "/v1/models/numbers:predict", "/v1/models/captions:predict"
HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\2\0\0\0"  # of 65,535 x 65,535


@pytest.fixture
def server(tmp_path):
    toys.numbers(tmp_path / "numbers" / "1")
    toys.save(toys.Captions(), tmp_path / "captions", "caption")
    server = Server(tmp_path)
    yield server
    server.process.kill()
    server.process.wait()
    server.process.stderr.close()


def noise(draw, most=60):
    return bytes(draw.choices(range(256), k=draw.randint(1, most)))


def odd(draw):
    """A request that cannot be: method, path, body, headers."""
    wrong = [
        "NaN", "Infinity", "-Infinity", "1e999", '"one"', "true", "null", "{}", "[]", '{"y": 1}',
        "[[1]]", '{"x": {"x": 1}}', "9" * 400, '"\\ud800"', "-",
    ]  # fmt: skip
    kinds = [
        lambda: (draw.choice(["PUT", "DELETE", "PATCH", "GET", "OPTIONS"]), NUMBERS, b"", {}),
        lambda: ("GET", "/" + "x" * draw.randint(5, 3000), b"", {}),
        lambda: ("POST", "/v1/models/" + draw.choice(["a", "..", "%00", "é"]), b"{}", {}),
        lambda: ("GET", "/v1/models", b"", {"x-huge": "h" * draw.randint(70_000, 90_000)}),
        lambda: ("POST", NUMBERS, noise(draw), {}),
        lambda: ("POST", NUMBERS, b"[" * draw.randint(17, 30_000), {}),
        lambda: ("POST", NUMBERS, b'{"instances":' * draw.randint(17, 4000), {}),
        lambda: ("POST", NUMBERS, f'{{"instances": [{draw.choice(wrong)}]}}'.encode(), {}),
        lambda: ("POST", NUMBERS, f'{{"inputs": {{"x": {draw.choice(wrong)}}}}}'.encode(), {}),
        lambda: ("POST", NUMBERS, json.dumps({"instances": [1] * draw.randint(65, 900)}).encode(),
                 {}),
        lambda: ("POST", NUMBERS, b'{"instances": [1]}'[: draw.randint(0, 17)], {}),
        lambda: ("POST", PICTURES, b'{"instances": [{"image": {"b64": "!!!!!!!!!"}}]}', {}),
        lambda: ("POST", PICTURES, picture(draw), {}),
    ]  # fmt: skip
    if draw.random() < 0.02:
        return "POST", NUMBERS, json.dumps({"instances": ["a" * 1_000_000]}).encode(), {}
    return draw.choice(kinds)()


def picture(draw):
    import base64

    data = draw.choice([HEAD, b"\xff\xd8\xff" + noise(draw), b"GIF89a" + noise(draw), noise(draw)])
    image = {"b64": base64.b64encode(data).decode()}
    return json.dumps({"instances": [{"image": image}]}).encode()


def resident(process):
    """MB that a process holds."""
    lines = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", lines)[1]) / 1024


@pytest.mark.slow
def test_ten_thousand_odd_requests(server):
    draw, statuses, before = random.Random(0), {}, 0.0
    with httpx.Client(base_url=server.url, timeout=20) as client:
        for number in range(COUNT):
            method, path, body, headers = odd(draw)
            try:
                found = client.request(method, path, content=body, headers=headers)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                continue  # of what is much too large the rest is not read: the door closes
            statuses[found.status_code] = statuses.get(found.status_code, 0) + 1
            assert 400 <= found.status_code < 500, (method, path, body[:200], found.text)
            if number == WARM:
                before = resident(server.process)
        assert client.post(NUMBERS, content='{"instances": [2]}').json() == {"predictions": [4.0]}
    assert sum(statuses.values()) > 0.9 * COUNT
    assert {400, 404, 405, 413, 431} <= set(statuses)
    assert resident(server.process) - before < GROWTH
    assert server.end() == 0
    assert not [line for line in server.lines if "Traceback" in line]

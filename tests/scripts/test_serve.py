"""serve.py: its options, and a real process that is asked, crowded and ended."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

import serve
from tests.serving import toys
from tfrnn.serving.server import _bound

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    root = tmp_path_factory.mktemp("exports")
    toys.numbers(root / "numbers" / "1")
    toys.save(toys.Slow(), root / "slow", "count")
    return root


LONG = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000
ODD = [
    (b"\x16\x03\x01\x02\x00\x01\x00", 400),  # TLS
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET\r\n\r\n", 400),
    (LONG, 400),
    (LONG + b"\r\n\r\n", 431),
    (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
]
CHUNKED = (
    b"POST /v1/models/numbers:predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
)
ENDLESS = [CHUNKED + b"1;" + b"x" * 100_000, CHUNKED + b"1\r\n{\r\n0\r\nX: " + b"x" * 100_000]


class Server:
    """python serve.py in a process of its own."""

    def __init__(self, *words):
        command = [sys.executable, ROOT / "serve.py", *words, "--port=0"]
        self.process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.match(r"open +(http://\S+)/$", line):
                self.url = found[1]
                return
        raise AssertionError("".join(self.lines))

    def end(self, number=signal.SIGTERM):
        """Returns the exit code, and what it said meanwhile."""
        self.process.send_signal(number)
        self.lines += self.process.communicate(timeout=60)[1].splitlines(keepends=True)
        return self.process.returncode


@pytest.fixture
def server(exports):
    server = Server(exports, "--limit.wait=0.02")
    yield server
    server.process.kill()
    server.process.wait()
    server.process.stderr.close()


def raw(url, data):
    """Sends bytes and returns all that comes back."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as link:
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: link.recv(65536), b""))


def test_a_server_from_start_to_end(server):
    """One process for all that needs one: start, odd requests, load, SIGTERM."""
    assert [line.split()[0] for line in server.lines] == ["model", "model", "open"]
    found = httpx.post(f"{server.url}/v1/models/numbers:predict", content='{"instances": [1, 2]}')
    assert found.json() == {"predictions": [2.0, 4.0]}
    assert "server" not in found.headers
    for odd, code in ODD:
        assert raw(server.url, odd).startswith(b"HTTP/1.1 %d " % code), odd[:40]
    for part in ENDLESS:  # what a chunk may be told by, and what may follow the last
        assert not raw(server.url, part).startswith(b"HTTP/1.1 200")
    large = httpx.post(f"{server.url}/v1/models/numbers:predict", content=b" " * 1_000_000)
    assert large.status_code == 413
    assert httpx.get(f"{server.url}/healthz").text == "ok\n"

    answers, broken, others = [], [], []

    def ask(number):
        body = json.dumps({"instances": [number, number]})
        try:
            answer = httpx.post(f"{server.url}/v1/models/slow:predict", content=body, timeout=60)
            answers.append((number, answer.status_code, answer.json()))
        except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError) as error:
            others.append(error)
        except Exception as error:
            broken.append(error)

    crowd = [threading.Thread(target=ask, args=[number]) for number in range(24)]
    for one in crowd:
        one.start()
    waiting = 0
    while waiting < len(crowd) and not answers:
        told = httpx.get(f"{server.url}/metrics").text
        waiting = float(re.search(r"^tfrnn_requests_waiting (\S+)$", told, re.MULTILINE)[1])
    assert server.end() == 0
    for one in crowd:
        one.join()
    assert broken == []
    assert len(answers) >= waiting > 1  # what had not begun may find the door closed: no 200 then
    assert len(answers) + len(others) == len(crowd)
    for number, code, answer in answers:
        assert (code, answer) == (200, {"predictions": [toys.Slow.of(number)] * 2})
    assert server.lines[-1] == "done      every request that had begun was answered\n"
    assert not [line for line in server.lines if "Traceback" in line or "rror" in line]


def test_the_body_of_an_answer_does_not_wait_until_its_head_is_confirmed():
    with _bound("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_ctrl_c_ends_it_too(exports):
    server = Server(exports / "numbers")
    assert server.end(signal.SIGINT) == 0


@pytest.mark.parametrize(
    ("code", "words", "argv"),
    [
        (66, "nowhere is no folder", ["nowhere"]),
        (66, "holds no exported model", ["."]),
        (64, "--port must be 0 to 65535, got 70000", [".", "--port=70000"]),
        (64, "--poll must be above 0", [".", "--poll=0"]),
        (64, "--limit.rows must be above 0, got 0", [".", "--limit.rows=0"]),
        (64, "--stream must be NAME=RUN, got 'music'", [".", "--stream", "music"]),
        (66, "config.yaml: cannot be read", [".", "--stream", "music=nowhere"]),
        (64, "PATH is required", []),
    ],
)
def test_refusals(refused, tmp_path, monkeypatch, code, words, argv):
    monkeypatch.chdir(tmp_path)
    refused(code, words, serve.main, *argv)


def test_a_run_of_another_model_does_not_stream(refused, intent, tmp_path):
    words = "is no run of music or text"
    refused(64, words, serve.main, tmp_path, f"--stream=music={intent}")


def test_a_port_in_use(refused, exports):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        words = f"127.0.0.1:{port} cannot be listened on: Address already in use"
        refused(73, words, serve.main, exports, f"--port={port}")


def test_a_run_streams_what_the_run_writes(text):
    stream = serve._writes(text)
    pieces = list(stream("the ", 90, 0.8, 0.95, 3))
    from models import load
    from tfrnn.decoding.choice import Choice

    (draft,) = load(text).write(["the "], [3], limit=90, choice=Choice(temperature=0.8, top_p=0.95))
    assert len(pieces) == 2
    assert "".join(pieces) == draft.text

"""How much of a request a connection keeps that is not whole."""

import asyncio

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from tfrnn.serving.connection import Connection
from tfrnn.serving.limits import HEADERS

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


class Transport(asyncio.Transport):
    """A socket that nobody listens to."""

    def __init__(self):
        super().__init__()
        self.sent, self.closed = b"", False

    def write(self, data):
        self.sent += data

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


async def never(scope, receive, send):
    """An application that reads the body and does not answer."""
    while (await receive())["type"] == "http.request":
        pass


def connected(parts):
    """Gives parts to a connection one by one; returns bytes taken, whether it closed, what it said.

    Each part is taken when those before have been worked on.
    """

    async def give():
        config = Config(never, http=Connection, lifespan="off")
        config.load()
        connection, transport, taken = Connection(config, ServerState(), {}), Transport(), 0
        connection.connection_made(transport)
        for part in parts:
            connection.data_received(part)
            taken += len(part)
            await asyncio.sleep(0)
            if transport.closed:
                break
        closed = transport.closed  # by itself: when a connection is lost it is closed as well
        connection.connection_lost(None)
        await asyncio.sleep(0)
        return taken, closed, transport.sent

    return asyncio.run(give())


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (GET + b"X: ", b"x" * 1000),
        (GET, b"X: x\r\n" * 100),
        (b"GET /", b"x" * 1000),
        (CHUNKED + b"1;", b"x" * 1000),
        (CHUNKED + b"1\r\n{\r\n0\r\n", b"X: x\r\n" * 100),
    ],
    ids=["a header", "headers", "a path", "a chunk's name", "trailers"],
)
def test_what_has_no_end_is_closed(head, part):
    taken, closed, sent = connected([head, *[part] * 1000])
    assert closed
    assert HEADERS < taken < HEADERS + 2 * (len(head) + len(part))
    assert sent == b"" or sent.startswith(b"HTTP/1.1 400 ")


def test_a_long_body_in_parts_is_taken():
    parts = [b"%x\r\n%s\r\n" % (1000, b"x" * 1000)] * 100
    taken, closed, _ = connected([CHUNKED, *parts])
    assert not closed and taken > 100_000

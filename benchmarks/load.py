"""Clients that ask a server again and again, all at once, and what comes of it."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

PATIENCE = 60.0  # seconds after which a request counts as hanging


@dataclass
class Load:
    """What came of it.

    seconds: From the first request to the last answer. answered: Seconds of each whole answer.
    statuses: How often each status other than 200 came. cut: Answers that ended half way. closed:
    Requests that found no one. hanging: Requests without an answer in PATIENCE.
    """

    seconds: float = 0.0
    answered: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    cut: int = 0
    closed: int = 0
    hanging: int = 0

    @property
    def rate(self) -> float:
        """Whole answers a second."""
        return len(self.answered) / self.seconds

    @property
    def median(self) -> float:
        """Seconds of an answer."""
        return statistics.median(self.answered)

    @property
    def slowest(self) -> float:
        """Seconds within which 99 of 100 answers came."""
        return sorted(self.answered)[int(0.99 * (len(self.answered) - 1))]


def ask(
    url: str,
    bodies: Sequence[str],
    *,
    clients: int,
    seconds: float,
    meanwhile: Callable[[], None] = lambda: None,
) -> Load:
    """Lets clients ask one request after another.

    Args:
        url: What is asked, by POST.
        bodies: JSON that they take in turn.
        clients: How many ask at a time.
        seconds: How long they begin new requests.
        meanwhile: Is called after half of that time.
    """
    return asyncio.run(_ask(url, bodies, clients, seconds, meanwhile))


async def _ask(url, bodies, clients, seconds, meanwhile):
    load, began = Load(), time.perf_counter()
    limit = aiohttp.ClientTimeout(total=PATIENCE)
    connector = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(connector=connector, timeout=limit) as session:
        until = began + seconds
        asking = [_client(session, url, bodies, number, until, load) for number in range(clients)]
        tasks = [asyncio.create_task(each) for each in asking]
        await asyncio.sleep(seconds / 2)
        meanwhile()
        await asyncio.gather(*tasks)
    load.seconds = time.perf_counter() - began
    return load


async def _client(session, url, bodies, number, until, load):
    while time.perf_counter() < until:
        body = bodies[number % len(bodies)]
        number += 1
        began = time.perf_counter()
        try:
            async with session.post(url, data=body) as reply:
                await reply.json()
        except TimeoutError:
            load.hanging += 1
        except (aiohttp.ClientPayloadError, ValueError):
            load.cut += 1
        except (aiohttp.ClientConnectionError, aiohttp.ClientOSError):
            load.closed += 1
            await asyncio.sleep(0.01)
        else:
            if reply.status == 200:
                load.answered.append(time.perf_counter() - began)
            else:
                load.statuses[reply.status] = load.statuses.get(reply.status, 0) + 1


def first_piece(url: str, body: str, *, times: int) -> list[float]:
    """Returns the seconds until the first text of a stream came, each time."""
    return asyncio.run(_first_piece(url, body, times))


async def _first_piece(url, body, times):
    found = []
    async with aiohttp.ClientSession() as session:
        for _ in range(times):
            began = time.perf_counter()
            async with session.post(url, data=body) as reply:
                reply.raise_for_status()
                async for line in reply.content:
                    if line.startswith(b"data:") and b'"text"' in line:
                        found.append(time.perf_counter() - began)
                        break
    return found

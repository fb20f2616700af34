"""A text as it is written, by server-sent events.

The loop of an exported model runs to its end within the graph, so there is nothing to look at half
way. What is honest depends on the model, and the first event says which it is:

steps  the server was given the run of the model, which writes a piece at a time.
grown  a longer text begins with the shorter of the same seed (found out when the model was loaded;
       of a translator it is so, since the likeliest piece is taken each time), so ever longer ones
       are written, each twice the last: the first words come at once, and all in all twice the
       work is done.
whole  neither, as for music under its constraint: the text comes in one piece.

    event: start  data: {"way": "grown"}
    data: {"text": "..."}             as often as there is more; the prime is in the first
    event: end    data: {}            or, half way:  event: error  data: {"error": "..."}
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from tfrnn.errors import DataError, Failure
from tfrnn.serving.defaults import begins
from tfrnn.serving.model import Model
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.requests import Request
from tfrnn.serving.service import Service

FIRST = 32  # characters written before the first piece of a text that grows
FIRST_PIECES = 4  # likewise of a translation
_END = object()


async def events(service: Service, model: Model, request: Request) -> AsyncIterator[bytes]:
    """Returns the events of a text, once its first piece is there.

    Raises:
        Refusal: If it cannot be written, or not now.
    """
    pieces: asyncio.Queue[Any] = asyncio.Queue()
    # A task of its own: a deadline belongs to one task, and an answer is sent by another.
    task = asyncio.create_task(_write(service, model, request, pieces))
    first = await pieces.get()
    if isinstance(first, Refusal):
        raise first
    return _spelt(service.way(model), first, pieces, task)


async def _spelt(way, piece, pieces, task) -> AsyncIterator[bytes]:
    try:
        yield _event({"way": way}, "start")
        while isinstance(piece, str):
            yield _event({"text": piece})
            piece = await pieces.get()
        if isinstance(piece, Refusal):
            yield _event({"error": piece.message}, "error")
        else:
            yield _event({}, "end")
    finally:
        task.cancel()  # of a reader who has gone


def _event(data: dict[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def _write(service, model, request, pieces: asyncio.Queue) -> None:
    """Puts the pieces of a text, and then its end or a Refusal, into a queue."""
    try:
        async with service.workers.place():
            written = _pieces(service, model, request)
            while (piece := await service.workers.run(next, written, _END)) is not _END:
                pieces.put_nowait(piece)
        pieces.put_nowait(_END)
    except Refusal as refusal:
        pieces.put_nowait(refusal)
    except Failure as failure:  # of a run: a prime that it cannot take
        pieces.put_nowait(Refusal(400, str(failure)))
    except Exception as error:
        pieces.put_nowait(Refusal(500, f"a mistake of the server's: {type(error).__name__}."))
        raise


def _pieces(service: Service, model: Model, request: Request) -> Iterator[str]:
    wish = {name: value.reshape(-1)[0] for name, value in request.inputs.items()}
    if begins(request.inputs):
        text = wish["text"].decode("utf-8", "replace")
        return _grown(lambda n: model.begin(text, n), FIRST_PIECES, int(wish["limit"]))
    prime = wish["prime"].decode("utf-8", "replace")
    seed, length = int(wish["seed"]), int(wish["length"])
    drawn = float(wish["temperature"]), float(wish["top_p"])
    way = service.way(model)
    if way == "steps":
        return service.streams[model.name](prime, length, *drawn, seed)
    if way == "grown":

        def compose(most):
            text = model.compose(prime, most, *drawn, seed)
            return text, len(text) < most

        return _grown(compose, len(prime) + FIRST, length)
    return iter([model.compose(prime, length, *drawn, seed)])


def _grown(write: Callable[[int], tuple[str, bool]], first: int, length: int) -> Iterator[str]:
    """Yields what each longer text has more than the one before.

    Args:
        write: Maps the most that may be written to a text, and whether it is at its end.
        first: The most of the first text; of each next twice as much.
        length: The most of all.
    """
    text, most, ended = "", 0, False
    while most < length and not ended:
        most = min(length, max(2 * most, first))
        longer, ended = write(most)
        if not longer.startswith(text):
            raise DataError("the text does not go on as it began; ask for it by predict.")
        yield longer[len(text) :]
        text = longer

"""The process: models are opened, a socket is bound, and a signal ends it without a loss."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import uvicorn

from tfrnn.errors import CannotCreateError
from tfrnn.serving.app import create_app
from tfrnn.serving.batcher import Workers
from tfrnn.serving.connection import Connection
from tfrnn.serving.limits import Limits
from tfrnn.serving.metrics import Metrics
from tfrnn.serving.model import Model
from tfrnn.serving.repository import Repository
from tfrnn.serving.service import Service, Writes

CONNECTIONS = 256  # at a time; the next are answered by 503
IDLE = 5  # seconds that a connection stays open between two requests


def serve(
    root: Path,
    *,
    host: str,
    port: int,
    limits: Limits,
    poll: float,
    streams: Mapping[str, Writes],
    told: Callable[[str, str], None],
) -> None:
    """Serves the models of a folder until SIGTERM or Ctrl-C, then ends what was begun.

    Args:
        root: Folder of the exported models, or of one.
        host: Where to listen.
        port: Likewise; 0 is any that is free.
        limits: What requests may take.
        poll: Seconds between two looks for new versions.
        streams: What writes step by step, by the name of the model it is the run of.
        told: Called with a label and a line about what happens.

    Raises:
        MissingInputError: If there is no model.
        DataError: If none can be loaded.
        CannotCreateError: If the address cannot be bound.
    """
    with _bound(host, port) as listener:
        metrics = Metrics()
        workers = Workers(limits, metrics)
        repository = Repository(root, partial(Model, workers=workers), told, _settle)
        service = Service(repository, workers, limits, metrics, streams)
        repository.open()
        repository.watch(poll)
        try:
            address = f"http://{_written(host)}:{listener.getsockname()[1]}/"
            server = _Server(service, lambda: told("open", address))
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(server.serve([listener]))
        finally:
            repository.close()
            workers.close()
    told("done", "every request that had begun was answered")


class _Server(uvicorn.Server):
    """uvicorn, which on a signal lets requests finish, without dying by that signal after."""

    def __init__(self, service: Service, opened: Callable[[], None]):
        config = uvicorn.Config(
            create_app(service),
            http=Connection,
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=IDLE,
            # Nothing that has begun lasts longer, but for the sending of its answer.
            timeout_graceful_shutdown=round(2 * service.limits.deadline) + 5,
        )
        super().__init__(config)
        self._service, self._opened = service, opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so when a signal would already be heard."""
        await super().startup(sockets)
        self._opened()

    def handle_exit(self, sig: int, frame) -> None:
        """Ends the server; a second Ctrl-C does not wait."""
        self._service.ending = True
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _settle() -> None:
    """Takes what is loaded out of the collector's sight, until something else is loaded.

    It would go through the objects of all models again and again, a quarter of a second each time,
    while everyone waits.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _bound(host: str, port: int):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
        # Which accepted ones take over. asyncio sets it for sockets that name their protocol, and
        # this does not: an answer's body then waits 40 ms for the client to confirm its head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CannotCreateError(f"{host}:{port} cannot be listened on: {reason}.") from error
    with listener:
        yield listener


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host

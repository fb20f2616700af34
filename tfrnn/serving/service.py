"""What all parts of a server share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from fastapi import Request

from tfrnn.serving.batcher import Workers
from tfrnn.serving.limits import Limits
from tfrnn.serving.metrics import Metrics
from tfrnn.serving.model import Model
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.repository import Repository

Writes = Callable[[str, int, float, float, int], Iterator[str]]
"""(prime, length, temperature, top_p, seed) -> the text in pieces, the prime in the first."""


@dataclass
class Service:
    """One server.

    streams: What writes step by step, by the name of the model that it is the run of. ending: Set
    when the server is asked to stop.
    """

    repository: Repository
    workers: Workers
    limits: Limits
    metrics: Metrics
    streams: Mapping[str, Writes] = field(default_factory=dict)
    ending: bool = False

    def model(self, name: str, version: str | None = None) -> Model:
        """Returns a model that is served.

        Raises:
            Refusal: 404, if there is none of that name or version.
        """
        model = self.repository.models.get(name)
        if model is None:
            raise Refusal(404, "there is no such model; GET /v1/models lists those there are.")
        if version is not None and version != str(model.version):
            raise Refusal(404, f"of {name} version {model.version} is served.")
        return model

    def way(self, model: Model) -> str | None:
        """How a model streams: "steps", "grown" or "whole", see `tfrnn.serving.streams`."""
        if model.translates:
            return "grown"
        if not model.writes:
            return None
        if model.name in self.streams:
            return "steps"
        return "grown" if model.grows else "whole"


def service_of(request: Request) -> Service:
    """Returns the server that a request came to."""
    return request.app.state.service

"""Counts of what the server does, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_POWERS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The counts of one server. Labels are names of models that are served, never of requests."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self):
        self.registry = CollectorRegistry()
        at = {"registry": self.registry}
        per_answer, per_batch = ["model", "method", "code"], ["model", "signature"]
        self.answers = Counter("tfrnn_requests", "Requests answered", per_answer, **at)
        self.seconds = Histogram(
            "tfrnn_request_seconds", "Time to an answer", ["model"], buckets=_SECONDS, **at
        )
        self.batch_requests = Histogram(
            "tfrnn_batch_requests", "Requests run together", per_batch, buckets=_POWERS, **at
        )
        self.batch_rows = Histogram(
            "tfrnn_batch_rows", "Rows run together, padding left out", per_batch,
            buckets=_POWERS, **at,
        )  # fmt: skip
        self.waiting = Gauge("tfrnn_requests_waiting", "Requests that wait or run", **at)
        self.version = Gauge("tfrnn_model_version", "Version that is served", ["model"], **at)

    def text(self) -> bytes:
        """Returns all counts in Prometheus' text format."""
        return generate_latest(self.registry)

"""The application: the API, the page, health and metrics, and what every answer carries."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tfrnn.serving import api, pages, tunes
from tfrnn.serving.api import refused
from tfrnn.serving.limits import HEADERS
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.service import Service, service_of

# What the page may load: its own files, and nothing written into it.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
}

_about = APIRouter()


def create_app(service: Service) -> FastAPI:
    """Returns the application of a server, whose models are open."""
    # Without FastAPI's own pages, which load scripts from elsewhere.
    app = FastAPI(title="tfrnn", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.service = service
    # They are tried in turn: what is asked for most comes first.
    for router in (api.router, tunes.router, pages.router, _about):
        app.include_router(router)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _not_found)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_middleware(_Guard)
    return app


@_about.get("/healthz")
async def healthz() -> Response:
    """Says that the process answers."""
    return Response("ok\n", media_type="text/plain")


@_about.get("/readyz")
async def readyz(request: Request) -> Response:
    """Says whether requests should be sent here."""
    service = service_of(request)
    if service.ending or not service.repository.models:
        raise Refusal(503, "the server is ending." if service.ending else "no model is served.")
    return Response("ok\n", media_type="text/plain")


@_about.get("/metrics")
async def metrics(request: Request) -> Response:
    """Returns the counts of `tfrnn.serving.metrics`."""
    service = service_of(request)
    found = service.metrics
    found.version.clear()
    for name, model in service.repository.models.items():
        found.version.labels(name).set(model.version)
    return Response(found.text(), headers={"Content-Type": found.content_type})


async def _refused(request: Request, refusal: Refusal) -> Response:
    return refused(refusal)


async def _not_found(request: Request, error: HTTPException) -> Response:
    line = f"{request.method} {request.url.path[:100]}: {error.detail}"
    return refused(Refusal(error.status_code, line, dict(error.headers or {})))


async def _not_valid(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    return refused(Refusal(400, f"{first['loc'][-1]}: {first['msg']}"))


class _Guard:
    """Refuses heads that cannot be, and adds the headers of `_HEADERS` to every answer.

    `Connection` bounds what is incomplete only: headers that come in one piece reach the
    application.
    """

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        async def send_safely(message):
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                missing = [pair for pair in _HEADERS.items() if pair[0] not in given]
                message = message | {"headers": [*message["headers"], *missing]}
            await send(message)

        wrong = _wrong_head(scope)
        answer = refused(wrong) if wrong else self._app
        await answer(scope, receive, send_safely)


def _wrong_head(scope) -> Refusal | None:
    headers = scope.get("headers", ())
    size = sum(len(name) + len(value) for name, value in headers)
    if size + len(scope.get("raw_path", b"")) + len(scope.get("query_string", b"")) > HEADERS:
        return Refusal(431, f"the headers may have {HEADERS:,} bytes.")
    hosts = sum(name == b"host" for name, _ in headers)
    if scope.get("http_version") == "1.1" and hosts != 1:  # RFC 9112, 3.2
        return Refusal(400, f"there must be one Host among the headers, there are {hosts}.")
    return None

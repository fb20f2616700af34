"""The REST API: the shape of TensorFlow Serving's, with a list of models and streams added.

GET  /v1/models                  what is served
GET  /v1/models/NAME             versions and their states
GET  /v1/models/NAME/metadata    signatures
POST /v1/models/NAME:predict     rows ("instances") or columns ("inputs") through a signature
POST /v1/models/NAME:stream      a text as it is written, as server-sent events

All but the first take /versions/N after NAME.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from tfrnn.serving.bodies import read_body
from tfrnn.serving.defaults import begins, composes
from tfrnn.serving.limits import read_json
from tfrnn.serving.model import BEGIN, COMPOSE, Model
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.requests import answer, read_request
from tfrnn.serving.service import Service, service_of
from tfrnn.serving.streams import events

SMALL = 2000  # bytes or numbers that are read or written in less than a millisecond
METHODS = (":predict", ":stream")

router = APIRouter()


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Returns a value as JSON."""
    return Response(_spelt(value), status, headers, media_type="application/json")


def refused(refusal: Refusal) -> Response:
    """Returns a refusal as TensorFlow Serving words it."""
    return json_response({"error": refusal.message}, refusal.status, refusal.headers)


def _spelt(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


@router.get("/v1/models")
async def models(request: Request) -> Response:
    """Lists what is served."""
    service = service_of(request)
    known = sorted(service.repository.models.items())
    return json_response({"models": [_about(service, model) for _, model in known]})


def _about(service: Service, model: Model) -> dict[str, Any]:
    signatures = {
        name: {"inputs": list(known.inputs), "outputs": list(known.outputs)}
        for name, known in model.signatures.items()
    }
    return {
        "name": model.name,
        "version": str(model.version),
        "signatures": signatures,
        "writes_tunes": model.writes_tunes,
        "stream": service.way(model),
    }


@router.get("/v1/models/{name}")
@router.get("/v1/models/{name}/versions/{version}")
async def status(request: Request, name: str, version: str | None = None) -> Response:
    """Tells the state of a model's newest version, and of one that could not be loaded."""
    service = service_of(request)
    if name.endswith(METHODS):
        raise Refusal(405, "this is asked for by POST.", {"Allow": "POST"})
    known = service.repository.status.get(name)
    if known is None or name in service.repository.models:
        served = service.model(name, version)
        states = [_state(served.version, "AVAILABLE", "OK", "")]
    else:
        states = []
    if known and known.problem:
        states.append(_state(known.version, "END", "UNKNOWN", known.problem))
    return json_response({"model_version_status": states})


def _state(version: int, state: str, code: str, message: str) -> dict[str, Any]:
    told = {"error_code": code, "error_message": message}
    return {"version": str(version), "state": state, "status": told}


@router.get("/v1/models/{name}/metadata")
@router.get("/v1/models/{name}/versions/{version}/metadata")
async def metadata(request: Request, name: str, version: str | None = None) -> Response:
    """Tells the signatures of a model."""
    model = service_of(request).model(name, version)
    signatures = {key: known.proto for key, known in model.signatures.items()}
    spec = {"name": name, "signature_name": "", "version": str(model.version)}
    definitions = {"signature_def": {"signature_def": signatures}}
    return json_response({"model_spec": spec, "metadata": definitions})


async def predict(request: Request) -> Response:
    """Runs a signature."""
    return await _counted(request, "predict", _predict)


async def _predict(request: Request, service: Service, model: Model) -> Response:
    asked = await _read(service, model, request)
    async with service.workers.place():
        outputs = await model.predict(asked)
    numbers = sum(value.size for value in outputs.values())
    told = await _away(lambda: _spelt(answer(asked, outputs)), numbers)
    return Response(told, media_type="application/json")


async def stream(request: Request) -> Response:
    """Writes one text, piece by piece."""
    return await _counted(request, "stream", _stream)


async def _stream(request: Request, service: Service, model: Model) -> Response:
    if not (model.writes or model.translates):
        line = f"{model.name} does not write; only models that compose or translate stream."
        raise Refusal(400, line)
    writes = COMPOSE if model.writes else BEGIN
    asked = await _read(service, model, request, writes)
    if not (composes(asked.inputs) or begins(asked.inputs)):
        raise Refusal(400, f"{asked.signature.name} does not write; {writes} does.")
    if asked.rows != 1:
        raise Refusal(400, "one text is streamed at a time.")
    written = await events(service, model, asked)
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(written, headers=headers, media_type="text/event-stream")


async def _read(service: Service, model: Model, request: Request, signature: str = ""):
    limits = service.limits
    most = limits.of_body(model.takes_pictures)
    raw = await read_body(request, most, limits.deadline)

    def read():
        body = read_json(raw)
        if signature:
            body = {"signature_name": signature} | body
        return read_request(body, model.signatures, limits)

    return await _away(read, len(raw))


async def _away(work: Callable[[], Any], size: int) -> Any:
    """Returns what work makes of so many bytes or numbers.

    Some answers are a million numbers, so that is done away from the loop, on which everyone waits.
    But a thread costs as much as a small request does.
    """
    return work() if size <= SMALL else await asyncio.to_thread(work)


async def _counted(request: Request, method: str, work: Callable) -> Response:
    """Answers what was asked of a model, counts how, and turns what was raised into an answer."""
    began = time.monotonic()
    service, name = service_of(request), request.path_params["name"]
    try:
        model = service.model(name, request.path_params.get("version"))
        response = await work(request, service, model)
    except Refusal as refusal:
        response = refused(refusal)
    except Exception:
        logging.getLogger(__name__).exception("a mistake while %s answered", name)
        response = refused(Refusal(500, "a mistake of the server's; its log says more."))
    known = name if name in service.repository.models else ""
    service.metrics.answers.labels(known, method, str(response.status_code)).inc()
    if response.status_code == 200:
        service.metrics.seconds.labels(known).observe(time.monotonic() - began)
    return response


# Plain routes: what FastAPI does for a route of its own takes as long as all the rest of a request.
for _path in ("/v1/models/{name}:%s", "/v1/models/{name}/versions/{version}:%s"):
    router.add_route(_path % "predict", predict, methods=["POST"])
    router.add_route(_path % "stream", stream, methods=["POST"])

"""The page at / and its files: static, from this package alone."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from tfrnn.serving.refusal import Refusal

_FOLDER = Path(__file__).with_name("page")
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# Read once: what is served is what was installed, and no name of a request becomes a path.
_FILES = {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _TYPES}

router = APIRouter()


@router.get("/")
async def index() -> Response:
    """Returns the page."""
    return _file("index.html")


@router.get("/page/{name}")
async def file(name: str) -> Response:
    """Returns a file of the page."""
    return _file(name)


def _file(name: str) -> Response:
    if name not in _FILES:
        raise Refusal(404, "the page has no such file.")
    kind = _TYPES[Path(name).suffix]
    return Response(_FILES[name], headers={"Cache-Control": "no-cache"}, media_type=kind)

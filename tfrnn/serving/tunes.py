"""Scores, sound and files of tunes in ABC notation, for the page.

All are asked for by GET with the tune in the address, so that they are plain links and pictures,
which a strict content security policy lets through.
"""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tfrnn.errors import DataError, Failure
from tfrnn.music.abc import parse
from tfrnn.music.midi import midi
from tfrnn.music.score import PAGE, PHONE, score
from tfrnn.music.sound import wav
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.service import service_of

LONGEST = 4000  # characters of a tune: several times the longest of a folk collection

router = APIRouter(prefix="/tunes")
_SVG = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@router.get("/score.svg")
async def engrave(
    request: Request, abc: str = "", width: Literal["page", "phone"] = "page"
) -> Response:
    """Returns the score of a tune; verovio runs in a process of its own."""
    size = PHONE if width == "phone" else PAGE
    drawn = await _made(request, lambda: score(_tune(abc), width=size).encode())
    return Response(drawn, headers=_SVG, media_type="image/svg+xml")


@router.get("/tune.mid")
async def play(request: Request, abc: str = "") -> Response:
    """Returns a tune as MIDI."""
    played = await _made(request, lambda: midi(_tune(abc)))
    return Response(played, headers=_as_file("tune.mid"), media_type="audio/midi")


@router.get("/tune.wav")
async def sound(request: Request, abc: str = "") -> Response:
    """Returns a tune as sound, a second of it 44 kB."""
    heard = await _made(request, lambda: wav(_tune(abc)))
    return Response(heard, media_type="audio/wav")


@router.get("/tune.abc")
async def keep(abc: str = "") -> Response:
    """Returns a tune as it was sent, to be kept as a file."""
    return Response(_within(abc), headers=_as_file("tune.abc"), media_type="text/vnd.abc")


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _within(abc: str) -> str:
    if not 0 < len(abc) <= LONGEST:
        raise Refusal(400, f"abc must be a tune of 1 to {LONGEST:,} characters.")
    return abc


def _tune(abc: str):
    return parse(_within(abc))


async def _made(request: Request, make) -> bytes:
    workers = service_of(request).workers
    async with workers.place():
        try:
            return await workers.run(make)
        except DataError as error:
            raise Refusal(400, str(error)) from None
        except Failure as failure:
            raise Refusal(503, str(failure)) from None

"""The body of a request, read within its bounds."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from tfrnn.serving.refusal import Refusal


async def read_body(request: Request, most: int, seconds: float) -> bytes:
    """Returns the body; no more of it is kept than may be.

    Args:
        request: What came.
        most: Bytes that it may have.
        seconds: Within which it must be here.

    Raises:
        Refusal: 413, if it is longer; 408, if it is slower; 400, if it ends half way.
    """
    too_long = Refusal(413, f"the body may have {most:,} bytes.", {"Connection": "close"})
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > most:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise too_long
    except TimeoutError:
        line = f"the body was not there within {seconds:g} seconds."
        raise Refusal(408, line, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Refusal(400, "the body ended half way.") from None
    return bytes(body)

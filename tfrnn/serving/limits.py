"""What a request may take, and its JSON read within these bounds."""

import json
import re
from dataclasses import dataclass, fields
from typing import Any

from tfrnn.errors import UsageError
from tfrnn.serving.refusal import Refusal

DEPTH = 16  # brackets within brackets; the deepest tensor of a model here has a rank of 4
HEADERS = 16 * 1024  # bytes of a request's line and headers; a tune to engrave stands in its line
PLAIN = 64 * 1024  # bytes outside of strings, each of which may become an object of Python's
# A string, open or closed. Possessive: nothing is tried twice, so the time is linear.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+(?:"|\Z)', re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may take, and how many may wait; all numbers are ours.

    Raises:
        UsageError: If one is not above 0.
    """

    body: int = 64 * 1024
    """Most bytes of a request."""
    picture: int = 8 * 1024 * 1024
    """Most bytes of a picture, where a model takes pictures."""
    rows: int = 64
    """Most examples of a request."""
    written: int = 16_384
    """Most characters that a request may have composed, over all its rows."""
    batch: int = 32
    """Examples that run together, of whichever requests."""
    wait: float = 0.002
    """Seconds that a request waits for others to run with."""
    queue: int = 64
    """Requests that wait or run; one more is told to come back."""
    deadline: float = 30.0
    """Seconds until a request is given up."""

    def __post_init__(self):
        for field in fields(self):
            if not 0 < getattr(self, field.name) < float("inf"):
                got = getattr(self, field.name)
                raise UsageError(f"--limit.{field.name} must be above 0, got {got}.")

    def of_body(self, pictures: bool) -> int:
        """Returns the most bytes of a request: base64 makes four of three."""
        return self.body + (self.picture * 4 // 3 if pictures else 0)


def read_json(body: bytes) -> dict[str, Any]:
    """Reads the object that a request is.

    Raises:
        Refusal: 400, if it is no JSON object, too deep, or has a number that JSON has not; 413, if
            it is large without its strings, which a picture is not.
    """
    _check_depth(body)
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Refusal(400, "the body is not UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise Refusal(400, 'the body must be a JSON object, such as {"instances": [...]}.')
    return found


def _check_depth(body: bytes) -> None:
    plain = _STRING.sub(b"", body)
    if len(plain) > PLAIN:
        raise Refusal(413, f"the body may have {PLAIN:,} bytes outside of strings.")
    depth = 0
    for sign in plain:
        depth += (sign in b"[{") - (sign in b"]}")
        if depth > DEPTH:
            raise Refusal(400, f"the body has more than {DEPTH} brackets within each other.")


def _no_constant(name: str):
    raise ValueError(f"{name} is no number of JSON")

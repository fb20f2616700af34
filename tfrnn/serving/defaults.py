"""What a request may leave out, and how much it may ask to be written.

Signatures that write have defaults: `compose` (`tfrnn.export.saved_model.TextModule`) those of
`generate.py text`, `begin_translation` (`models.interpreter.Interpreter`) no limit. They are known
by their inputs, since `compose` is `serving_default`, too.
"""

from collections.abc import Collection, Mapping
from typing import Any

from tfrnn.serving.limits import Limits
from tfrnn.serving.refusal import Refusal

_COMPOSE = {"prime", "length", "temperature", "top_p", "seed"}
_SCALARS = {"length": 500, "temperature": 1.0, "top_p": 1.0}
_BEGIN = {"text", "limit"}
_UNLIMITED = 1 << 20  # pieces; a translator has a limit of its own


def composes(inputs: Collection[str]) -> bool:
    """Whether a signature with these inputs writes texts on from primes."""
    return set(inputs) == _COMPOSE


def begins(inputs: Collection[str]) -> bool:
    """Whether a signature with these inputs begins translations of texts."""
    return set(inputs) == _BEGIN


def completed(
    columns: Mapping[str, Any], inputs: Collection[str], rows: int | None = None
) -> dict[str, Any]:
    """Returns the inputs of a request with the defaults of those that it leaves out.

    Args:
        columns: What it has.
        inputs: What the signature takes.
        rows: How many primes (each "") and seeds (0, 1, ...) there are; None is as many as there
            are of the other, and one without either.
    """
    if begins(inputs):
        return {"limit": _UNLIMITED} | dict(columns)
    if not composes(inputs):
        return dict(columns)
    lists = [columns[k] for k in ("prime", "seed") if isinstance(columns.get(k), list)]
    rows = rows or max(map(len, lists), default=1)
    return _SCALARS | {"prime": [""] * rows, "seed": list(range(rows))} | dict(columns)


def check_amount(arrays: Mapping[str, Any], rows: int, limits: Limits) -> None:
    """Refuses to write more than a request may ask for; nothing of it has been made yet.

    Raises:
        Refusal: 400, if it asks for more.
    """
    if begins(arrays) and int(arrays["limit"]) < 1:
        raise Refusal(400, f"limit must be 1 or more, got {int(arrays['limit']):,}.")
    if not composes(arrays):
        return
    if len(arrays["prime"]) != len(arrays["seed"]):
        raise Refusal(400, "prime and seed must have as many rows as each other.")
    length = int(arrays["length"])
    if length < 1 or length * rows > limits.written:
        most = limits.written // rows
        raise Refusal(400, f"length must be 1 to {most:,} for {rows} rows, got {length:,}.")

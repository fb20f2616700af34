"""A predict request: rows ("instances") or columns ("inputs") as arrays, and the answer to it.

The shapes are those of TensorFlow Serving's REST API, https://www.tensorflow.org/tfx/serving/api_rest.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tfrnn.serving import defaults
from tfrnn.serving.limits import Limits
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.signatures import DEFAULT, Signature
from tfrnn.serving.values import to_array, to_json

_KEYS = {"signature_name", "instances", "inputs"}


class Request(NamedTuple):
    """What is to be run.

    signature: The function. inputs: Its arrays by name. rows: How many examples; 1 where a
    signature has no rows. by_row: Whether the answer is told by row.
    """

    signature: Signature
    inputs: dict[str, np.ndarray]
    rows: int
    by_row: bool


def read_request(
    body: Mapping[str, Any], signatures: Mapping[str, Signature], limits: Limits
) -> Request:
    """Reads a request; its size is checked before any tensor is made.

    Raises:
        Refusal: 400, if it is none; 413, if a string is too long.
    """
    if unknown := set(body) - _KEYS:
        raise Refusal(400, f"{min(unknown)!r} is none of {', '.join(sorted(_KEYS))}.")
    if ("instances" in body) == ("inputs" in body):
        raise Refusal(400, 'the body must have either "instances" (rows) or "inputs" (columns).')
    signature = _chosen(body.get("signature_name", DEFAULT), signatures)
    by_row = "instances" in body
    read = _of_rows if by_row else _of_columns
    columns = read(body["instances" if by_row else "inputs"], signature, limits)
    given = len(body["instances"]) if by_row else None
    columns = defaults.completed(columns, signature.inputs, given)
    if missing := set(signature.inputs) - set(columns):
        raise Refusal(400, f"{signature.name} needs the input {min(missing)!r}.")
    if unknown := set(columns) - set(signature.inputs):
        names = ", ".join(signature.inputs)
        raise Refusal(400, f"{signature.name} has no input {min(unknown)!r}; it has {names}.")
    rows = _count(columns, signature, limits)
    inputs = {
        name: to_array(columns[name], spec, name, limits) for name, spec in signature.inputs.items()
    }
    defaults.check_amount(inputs, rows, limits)
    return Request(signature, inputs, rows, by_row)


def _chosen(name: Any, signatures: Mapping[str, Signature]) -> Signature:
    if not isinstance(name, str) or name not in signatures:
        raise Refusal(400, f"there is no signature of that name; there is {', '.join(signatures)}.")
    return signatures[name]


def _of_columns(inputs: Any, signature: Signature, limits: Limits) -> dict[str, Any]:
    del limits  # lists are counted where the rows are
    if isinstance(inputs, dict) and set(inputs) != {"b64"}:
        return inputs
    return {_only_input(signature, "inputs"): inputs}


def _of_rows(instances: Any, signature: Signature, limits: Limits) -> dict[str, Any]:
    if not isinstance(instances, list) or not instances:
        raise Refusal(400, "instances must be a list that is not empty.")
    _check_rows(len(instances), limits)
    named = [isinstance(row, dict) and set(row) != {"b64"} for row in instances]
    if not any(named):
        return {_only_input(signature, "an instance"): instances}
    if not all(named) or len({frozenset(row) for row in instances}) != 1:
        raise Refusal(400, "all instances must be objects with the same names.")
    return {name: _column(name, instances, signature) for name in instances[0]}


def _column(name: str, instances: list[dict[str, Any]], signature: Signature) -> Any:
    """Returns what the rows have under a name: a list, or the one value where there are no rows."""
    values = [row[name] for row in instances]
    if name not in signature.inputs or signature.inputs[name].has_rows:
        return values
    if any(value != values[0] for value in values):
        raise Refusal(400, f"{name} must be the same in all instances.")
    return values[0]


def _only_input(signature: Signature, what: str) -> str:
    if len(signature.inputs) != 1:
        names = ", ".join(signature.inputs)
        raise Refusal(
            400, f"{what} must be an object with the inputs of {signature.name}: {names}."
        )
    return next(iter(signature.inputs))


def _count(columns: Mapping[str, Any], signature: Signature, limits: Limits) -> int:
    """Returns how many rows a request has."""
    counts = {
        len(columns[name])
        for name, spec in signature.inputs.items()
        if spec.has_rows and isinstance(columns[name], list)
    }
    if len(counts) > 1:
        raise Refusal(400, "the inputs must have as many rows as each other.")
    rows = next(iter(counts), 1)
    if rows == 0:
        raise Refusal(400, "there are no rows.")
    _check_rows(rows, limits)
    return rows


def _check_rows(rows: int, limits: Limits) -> None:
    if rows > limits.rows:
        raise Refusal(400, f"there are {rows:,} rows, at most {limits.rows} are taken at a time.")


def answer(request: Request, outputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Returns the answer as JSON values: "predictions" by row, or "outputs" by column.

    Raises:
        Refusal: 400, if it is asked for by row and an output has no rows.
    """
    if not request.by_row:
        columns = {name: to_json(value) for name, value in sorted(outputs.items())}
        return {"outputs": next(iter(columns.values())) if len(columns) == 1 else columns}
    for name, value in outputs.items():
        if value.ndim == 0 or len(value) != request.rows:
            line = f'{name} has no rows: ask for it with "inputs" instead of "instances".'
            raise Refusal(400, line)
    columns = {name: to_json(value) for name, value in sorted(outputs.items())}
    if len(columns) == 1:
        return {"predictions": next(iter(columns.values()))}
    return {"predictions": [dict(zip(columns, row)) for row in zip(*columns.values())]}

"""What stands beside an export for who calls it: signature.json."""

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path

CARD = "signature.json"


def write_card(folder: Path, signatures: Mapping[str, Callable], about: Mapping[str, str]) -> None:
    """Writes the inputs and outputs of each signature, and what is to be known of the model.

    Raises:
        OSError: If it cannot be written.
    """
    record = {**about, "signatures": {name: _card(f) for name, f in signatures.items()}}
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def _card(function: Callable) -> dict:
    traced = function.get_concrete_function()
    args, kwargs = traced.structured_input_signature
    given = {spec.name: spec for spec in (*args, *kwargs.values())}
    return {
        "about": inspect.cleandoc(function.python_function.__doc__ or ""),
        "inputs": {name: _tensor(spec) for name, spec in given.items()},
        "outputs": {name: _tensor(spec) for name, spec in traced.structured_outputs.items()},
    }


def _tensor(spec) -> dict:
    return {"dtype": spec.dtype.name, "shape": spec.shape.as_list()}

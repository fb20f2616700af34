"""Whether an export says what the model says, asked in a fresh process with TensorFlow alone."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfrnn.errors import StorageError
from tfrnn.export import alone

CLOSE = {"rtol": 1e-3, "atol": 1e-4}  # of numbers in float32, by another order of sums

Inputs = Mapping[str, np.ndarray]


def check(folder: Path, signatures: Mapping[str, Callable], examples: Mapping[str, Inputs]) -> None:
    """Compares the answers of an export with those of the model.

    Args:
        folder: Of the SavedModel.
        signatures: What was exported, by name.
        examples: For each the inputs that both are asked.

    Raises:
        StorageError: If the export cannot be loaded, or says something else.
    """
    asked = {
        name: {key: alone.to_json(value) for key, value in inputs.items()}
        for name, inputs in examples.items()
    }
    done = subprocess.run(
        [sys.executable, "-I", alone.__file__, str(folder.resolve())],
        input=json.dumps(asked), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise StorageError(f"{folder} cannot be loaded by TensorFlow alone: {last}")
    answers = json.loads(done.stdout)
    for name in examples:
        given = {key: tf.constant(alone.from_json(value)) for key, value in asked[name].items()}
        ours = signatures[name](**given)
        for key, value in ours.items():
            _compare(f"{folder}: {name}, {key}", value.numpy(), alone.from_json(answers[name][key]))


def _compare(what: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    same = ours.shape == theirs.shape and (
        np.allclose(ours, theirs, **CLOSE, equal_nan=True)
        if ours.dtype.kind == "f"
        else np.array_equal(ours, theirs)
    )
    if not same:
        raise StorageError(f"{what} differs from the model's in a fresh process.")

"""Runs a file of a step by its own runtime, with numpy and nothing else.

Each gives a function: inputs by name -> outputs in the order of `tfrnn.export.step.Step.outputs`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tfrnn.errors import MissingInputError

Run = Callable[[Mapping[str, np.ndarray]], list[np.ndarray]]
INSTALL = "pip install -r requirements-export.txt"


def run_litert(path: Path) -> Run:
    """Opens a .tflite file.

    Raises:
        MissingInputError: If the runtime is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise MissingInputError(f"LiteRT's runtime checks the file: {INSTALL}") from error
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    places = {each["name"]: each["index"] for each in interpreter.get_input_details()}
    # The converter gives outputs names of its own, in the order in which they were returned.
    outputs = [each["index"] for each in interpreter.get_output_details()]

    def run(inputs):
        for name, value in inputs.items():
            interpreter.set_tensor(places[name], value)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]

    return run


def run_onnx(path: Path) -> Run:
    """Opens an .onnx file.

    Raises:
        MissingInputError: If the runtime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingInputError(f"ONNX's runtime checks the file: {INSTALL}") from error
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(None, dict(inputs))

"""LiteRT, once TensorFlow Lite: one file for phones and small boards."""

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from tfrnn.errors import MissingInputError
from tfrnn.export.step import Step


def convert(step: Step, *, bits: int) -> bytes:
    """Returns a step as a .tflite file.

    Args:
        step: What is converted.
        bits: Of a weight: 32, or 8, which are scaled back as they are used (dynamic range).
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([step.frozen()])
    if bits == 8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


def runner(data: bytes, step: Step) -> Callable[[Mapping[str, np.ndarray]], list[np.ndarray]]:
    """Returns what runs the file: inputs by name -> outputs in the order of `step.outputs`.

    Raises:
        MissingInputError: If the runtime is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise MissingInputError(
            "LiteRT's runtime checks the file: pip install -r requirements-export.txt"
        ) from error
    interpreter = Interpreter(model_content=data)
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

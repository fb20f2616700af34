"""ONNX: one file for ONNX Runtime and the tools around it."""

import tensorflow as tf

from tfrnn.errors import MissingInputError
from tfrnn.export.runtimes import INSTALL
from tfrnn.export.step import Step

OPSET = 17


def convert(step: Step) -> bytes:
    """Returns a step as an .onnx file.

    Raises:
        MissingInputError: If the converter is not installed.
    """
    try:
        import tf2onnx
    except ImportError as error:
        raise MissingInputError(f"ONNX needs its converter: {INSTALL}") from error
    function = tf.function(step, autograph=False)
    signature = [*step.inputs.values()]
    model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    for place, name in enumerate(step.outputs):  # it has names of its own
        _rename(model.graph, model.graph.output[place].name, name)
    return model.SerializeToString()


def _rename(graph, old, new):
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = new
    for output in graph.output:
        if output.name == old:
            output.name = new

"""LiteRT, once TensorFlow Lite: one file for phones and small boards."""

import tensorflow as tf

from tfrnn.export.step import Step


def convert(step: Step, bits: int) -> bytes:
    """Returns a step as a .tflite file.

    Args:
        step: What is converted.
        bits: Of a weight: 32, or 8, which are scaled back as they are used (dynamic range).
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([step.frozen()])
    if bits == 8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()

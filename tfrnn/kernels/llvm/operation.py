"""Functions of arrays as operations of TensorFlow."""

from collections.abc import Callable, Sequence

import tensorflow as tf


def call(function: Callable, dtypes: Sequence, *tensors: tf.Tensor) -> list[tf.Tensor]:
    """Runs a function of arrays, which has no state: several of them may run at the same time.

    Args:
        function: Arrays -> a list of arrays.
        dtypes: Of what it returns.
        *tensors: What it is given.

    Returns:
        What it returns, of unknown shapes in a graph.
    """
    found = tf.numpy_function(function, tensors, dtypes, stateful=False)
    return [found] if tf.is_tensor(found) else list(found)  # one alone, outside of a graph

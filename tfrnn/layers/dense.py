"""Keras' dense layer, compiled with the recurrences around it."""

import keras
import tensorflow as tf

from tfrnn.kernels.dense import dense


@keras.saving.register_keras_serializable("tfrnn")
class Dense(keras.layers.Dense):
    """`keras.layers.Dense`: the same arguments, weights, results and files.

    Within `tfrnn.kernels.compiled_by_llvm` its product over a sequence is compiled, and so are
    both gradients, where the features fill vectors and the kernel is large (`LARGE` in
    `tfrnn.kernels.dense`). Else, and for inputs without an axis of time, it runs Keras' operations.
    Under a mixed policy the kernel stays float32 until it is multiplied.

    Call arguments:
        inputs: (..., features).

    Returns:
        (..., units), compute dtype.

    Example:
    >>> Dense(5)(tf.ones([2, 3, 16])).shape
    TensorShape([2, 3, 5])
    """

    def __init__(self, units: int, activation=None, **kwargs):
        # Keras would round kernel and bias to bfloat16 before they are read.
        super().__init__(units, activation, autocast=False, **kwargs)

    def add_weight(self, *args, **kwargs):
        return super().add_weight(*args, **kwargs | {"autocast": False})

    def call(self, inputs, training=None):
        dtypes = {"product_dtype": self.compute_dtype, "dtype": self.compute_dtype}
        kernel, bias = (
            v if v is None else tf.convert_to_tensor(v) for v in (self.kernel, self.bias)
        )
        return self.activation(dense(inputs, kernel, bias, **dtypes))

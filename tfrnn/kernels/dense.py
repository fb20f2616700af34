"""Products of sequences and kernels: compiled by LLVM where that was asked for."""

import tensorflow as tf

from tfrnn.kernels.llvm import scope
from tfrnn.kernels.llvm.operation import call
from tfrnn.kernels.llvm.product import Products

# A kernel of fewer numbers is quicker multiplied by TensorFlow than to call for: with 1,024 x 83 a
# step of an LSTM is up to a tenth quicker compiled, with 256 x 83 a tenth slower (measured).
LARGE = 2**16


def dense(
    x: tf.Tensor,
    kernel: tf.Tensor,
    bias: tf.Tensor | None,
    *,
    product_dtype: str,
    dtype: str,
) -> tf.Tensor:
    """Returns x @ kernel + bias.

    Args:
        x: (..., features).
        kernel: (features, columns).
        bias: (columns,), the kernel's dtype, or None.
        product_dtype: What the product runs in, for example "bfloat16".
        dtype: Of the result.
    """
    x = tf.cast(x, product_dtype)
    if x.shape.rank > 2 and _takes(kernel, product_dtype, dtype):
        return _compiled(x, kernel, bias, dtype)
    left = tf.cast(kernel, product_dtype)
    y = tf.matmul(x, left) if x.shape.rank == 2 else tf.tensordot(x, left, 1)
    return _add(tf.cast(y, dtype), bias)


def _takes(kernel, product_dtype, dtype):
    """Whether the product is to be a compiled one."""
    takes = scope.takes(kernel.shape[0], kernel.dtype, product_dtype)
    large = kernel.shape.num_elements() >= LARGE
    return takes and large and dtype in ("float32", product_dtype)


def _add(y, bias):
    return y if bias is None else tf.nn.bias_add(y, tf.cast(bias, y.dtype))


def _compiled(x, kernel, bias, dtype):
    biases = [] if bias is None else [bias]
    calls = Products(
        bfloat16=x.dtype == tf.bfloat16,
        rounded=dtype == "bfloat16",
        biased=bias is not None,
        threads=scope.threads(),
    )

    @tf.custom_gradient
    def run(x, kernel, *bias):
        def gradient(upstream):
            d_y = tf.cast(upstream, x.dtype)
            (d_x,) = call(calls.backward, [x.dtype], d_y, kernel)
            d_weights = call(calls.outer, [tf.float32] * (1 + len(bias)), x, d_y)
            for d_weight, weight in zip(d_weights, (kernel, *bias)):
                d_weight.set_shape(weight.shape)
            return tf.ensure_shape(d_x, x.shape), *d_weights

        (y,) = call(calls.forward, [dtype], x, kernel, *bias)
        return tf.ensure_shape(y, [*x.shape[:-1], kernel.shape[1]]), gradient

    return run(x, kernel, *biases)

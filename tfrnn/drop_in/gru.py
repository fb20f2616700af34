"""The gated recurrent unit, as `keras.layers.GRU` but faster to train."""

import keras
import tensorflow as tf

from tfrnn.drop_in.fused import Fused, Limit
from tfrnn.drop_in.lstm import LSTM
from tfrnn.kernels import gru as kernel


@keras.saving.register_keras_serializable("tfrnn.drop_in")
class GRU(Fused, keras.layers.GRU):
    """`keras.layers.GRU` with a fused unroll that has its own gradient.

    Arguments, weights, call arguments and returns are those of `keras.layers.GRU`, in its
    order, and `fallback`, see `Fused`. The equations are in `tfrnn.layers.GRU`.

    Weights, as in Keras:
        kernel W: (features, 3 * units). recurrent_kernel U: (units, 3 * units).
        bias b, b': (2, 3 * units), None with use_bias=False. The columns are in the order z, r, g.

    Mixed policies: see `LSTM`.

    Raises:
        ValueError: If an argument is one that the fused path cannot do and `fallback` is False:
            those of `LSTM`, and reset_after=False. If Keras refuses an argument.

    Example:
    >>> GRU(4)(keras.ops.ones([2, 3, 8])).shape
    TensorShape([2, 4])
    """

    limits = (
        *LSTM.limits,
        Limit("reset_after", (True,), "its reset gate acts after the recurrent product"),
    )

    def input_bias(self):
        return None if self.cell.bias is None else tf.convert_to_tensor(self.cell.bias)[0]

    def run(self, projected, state, **options):
        recurrent_kernel = self._wide(self.cell.recurrent_kernel)
        if self.cell.bias is None:
            bias = tf.zeros([3 * self.units], self.variable_dtype)
        else:
            bias = self._wide(tf.convert_to_tensor(self.cell.bias)[1])
        return kernel.unroll(projected, recurrent_kernel, bias, tuple(state), **options)

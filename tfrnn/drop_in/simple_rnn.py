"""The simple recurrent network, as `keras.layers.SimpleRNN` but faster to train."""

import keras

from tfrnn.drop_in.fused import Fused, Limit
from tfrnn.kernels import simple_rnn as kernel

_NAMES = {getattr(keras.activations, name): name for name in kernel.ACTIVATIONS}


@keras.saving.register_keras_serializable("tfrnn.drop_in")
class SimpleRNN(Fused, keras.layers.SimpleRNN):
    """`keras.layers.SimpleRNN` with a fused unroll that has its own gradient.

    Arguments, weights, call arguments and returns are those of `keras.layers.SimpleRNN`, in its
    order, and `fallback`, see `Fused`. The equations are in `tfrnn.layers.SimpleRNN`.

    Weights, as in Keras:
        kernel W: (features, units). recurrent_kernel U: (units, units).
        bias b: (units,), None with use_bias=False.

    Mixed policies: see `LSTM`.

    Raises:
        ValueError: If an argument is one that the fused path cannot do and `fallback` is False:
            another activation than tanh, relu and sigmoid, unroll. If Keras refuses an argument.

    Example:
    >>> SimpleRNN(4, activation="relu")(keras.ops.ones([2, 3, 8])).shape
    TensorShape([2, 4])
    """

    limits = (
        Limit("activation", tuple(_NAMES), "its gradient is written for tanh, relu and sigmoid"),
        *Fused.limits,
    )

    def run(self, projected, state, **options):
        recurrent_kernel = self._wide(self.cell.recurrent_kernel)
        activation = _NAMES[self.activation]
        return kernel.unroll(
            projected, recurrent_kernel, tuple(state), activation=activation, **options
        )

"""Long short-term memory, as `keras.layers.LSTM` but faster to train."""

import keras

from tfrnn.drop_in.fused import Fused, Limit
from tfrnn.kernels import lstm as kernel


@keras.saving.register_keras_serializable("tfrnn.drop_in")
class LSTM(Fused, keras.layers.LSTM):
    """`keras.layers.LSTM` with a fused unroll that has its own gradient.

    Arguments, weights, call arguments and returns are those of `keras.layers.LSTM`, in its
    order, and `fallback`, see `Fused`. The equations are in `tfrnn.layers.LSTM`.

    Weights, as in Keras:
        kernel W: (features, 4 * units). recurrent_kernel U: (units, 4 * units).
        bias b: (4 * units,), None with use_bias=False. The columns are in the order i, f, g, o.

    Under a mixed policy the matrix products run in the compute dtype (bfloat16); gates and states
    stay in the variable dtype (float32) from step to step, where Keras rounds them at each.

    Raises:
        ValueError: If an argument is one that the fused path cannot do and `fallback` is False:
            another activation than tanh, another recurrent_activation than sigmoid, a
            recurrent_dropout, unroll, use_cudnn=True. If Keras refuses an argument.

    Example:
    >>> layer = LSTM(4, return_sequences=True, return_state=True)
    >>> outputs, hidden, cell = layer(keras.ops.ones([2, 3, 8]))
    >>> outputs.shape, cell.shape
    (TensorShape([2, 3, 4]), TensorShape([2, 4]))
    """

    limits = (
        Limit("activation", (keras.activations.tanh,), "its gradient is written for 'tanh'"),
        Limit(
            "recurrent_activation",
            (keras.activations.sigmoid,),
            "its gradient is written for 'sigmoid'",
        ),
        Limit("recurrent_dropout", (0,), "Keras draws a mask for each gate, it takes one for all"),
        *Fused.limits,
    )

    def run(self, projected, state, **options):
        recurrent_kernel = self._wide(self.cell.recurrent_kernel)
        return kernel.unroll(projected, recurrent_kernel, tuple(state), **options)

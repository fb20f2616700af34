"""From a sequence to one vector: the mean of its steps, their maximum, or what attention picks.

All of them read `inputs` (batch, time, features), any float dtype, and `mask` (batch, time)
bool, True on real steps, None for all. Padding may hold any number, NaN included. Time may be 0. Of
a row without a real step every result is 0, and its gradients are. Under a mixed policy
sums and the softmax stay in the variable dtype (float32).
"""

import abc

import keras
import tensorflow as tf

from tfrnn.kernels.masking import on_real_steps
from tfrnn.layers.recurrent import check_features, check_units


class Pooling(keras.layers.Layer, abc.ABC):
    """What the layers of this file share: they end the time axis, and with it the mask."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True  # Keras then hands the mask of the inputs to `call`

    def compute_mask(self, inputs, previous_mask=None):
        return None

    @abc.abstractmethod
    def call(self, inputs, mask=None):
        """Returns what it makes of (batch, time, features)."""

    def weigh(self, inputs: tf.Tensor, weights: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        """Returns the sum of weights_t * inputs_t over real steps, (batch, features)."""
        wide = on_real_steps(tf.cast(inputs, self.variable_dtype), mask)
        # Not by einsum, which takes twice as long.
        return tf.cast(tf.matmul(weights[:, None], wide)[:, 0], self.compute_dtype)


@keras.saving.register_keras_serializable("tfrnn")
class MeanPooling(Pooling):
    """The mean over the real steps.

        y = sum_t m_t x_t / sum_t m_t

    Weights: none.

    Returns:
        (batch, features), compute dtype.

    Example:
    >>> x = tf.constant([[[1.0], [3.0], [99.0]]])
    >>> MeanPooling()(x, mask=tf.constant([[True, True, False]])).numpy().tolist()
    [[2.0]]
    """

    def call(self, inputs, mask=None):
        mask = _all_real(inputs) if mask is None else mask
        real = tf.cast(mask, self.variable_dtype)
        return self.weigh(inputs, _share(real), mask)


@keras.saving.register_keras_serializable("tfrnn")
class MaxPooling(Pooling):
    """The largest value of each feature over the real steps.

    Reference: Collobert et al. 2011, "Natural Language Processing (Almost) from Scratch",
    section 3.3.2, https://arxiv.org/abs/1103.0398; over a bidirectional LSTM Conneau et al.
    2017, https://arxiv.org/abs/1705.02364:

        y_k = max over real t of x_{t, k}

    Weights: none.

    Returns:
        (batch, features), compute dtype.

    Example:
    >>> x = tf.constant([[[-1.0], [-3.0], [99.0]]])
    >>> MaxPooling()(x, mask=tf.constant([[True, True, False]])).numpy().tolist()
    [[-1.0]]
    """

    def call(self, inputs, mask=None):
        mask = _all_real(inputs) if mask is None else mask
        largest = tf.reduce_max(on_real_steps(inputs, mask, inputs.dtype.min), 1)
        return tf.where(tf.reduce_any(mask, 1, keepdims=True), largest, tf.zeros_like(largest))


@keras.saving.register_keras_serializable("tfrnn")
class AttentionPooling(Pooling):
    """A weighted mean whose weights say which steps counted.

    Reference: Yang et al. 2016, "Hierarchical Attention Networks for Document Classification",
    section 2.2, https://aclanthology.org/N16-1174; without the context of a decoder Raffel and
    Ellis 2015, https://arxiv.org/abs/1512.08756:

        u_t = tanh(W x_t + b)
        a_t = exp(v . u_t) / sum over real s of exp(v . u_s)
        y = sum over real t of a_t x_t

    Args:
        units: Width of u, a positive int.

    Weights:
        kernel W: (features, units). bias b: (units,). context v: (units, 1).

    Returns:
        pooled: (batch, features), compute dtype.
        weights: (batch, time), variable dtype: a. They sum to 1 over the real steps of a row
            and are 0 on padding.

    Raises:
        ValueError: If `units` is not positive, or if the last axis of the inputs is not known
            when the layer is built.

    Example:
    >>> pooled, weights = AttentionPooling(4)(tf.ones([2, 5, 8]))
    >>> pooled.shape, weights.numpy()[0].tolist()
    (TensorShape([2, 8]), [0.20000000298023224, 0.20000000298023224, ...])
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = check_units(self, units)

    def build(self, input_shape):
        features, n = check_features(self, input_shape), self.units
        self.kernel = self.add_weight((features, n), "glorot_uniform", name="kernel")
        self.bias = self.add_weight((n,), "zeros", name="bias")
        # Read in float32 under every policy: it makes the scores, small differences of which count.
        self.context = self.add_weight((n, 1), "glorot_uniform", name="context", autocast=False)

    def call(self, inputs, mask=None):
        mask = _all_real(inputs) if mask is None else mask
        hidden = tf.tanh(tf.tensordot(on_real_steps(inputs, mask), self.kernel, 1) + self.bias)
        context = tf.convert_to_tensor(self.context)
        scores = tf.tensordot(tf.cast(hidden, context.dtype), context, 1)[..., 0]
        scores = tf.where(mask, scores, scores.dtype.min)  # (batch, time)
        # Less the largest, so that no exponential overflows and no sum is 0 but of padding.
        scores -= tf.stop_gradient(tf.reduce_max(scores, 1, keepdims=True))
        weights = _share(tf.where(mask, tf.exp(scores), 0))
        return self.weigh(inputs, weights, mask), weights

    def get_config(self):
        return super().get_config() | {"units": self.units}


def _all_real(inputs):
    return tf.ones(tf.shape(inputs)[:2], tf.bool)


def _share(x):
    """Divides each row by its sum; a row of zeros stays so."""
    return tf.math.divide_no_nan(x, tf.reduce_sum(x, 1, keepdims=True))

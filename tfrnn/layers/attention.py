"""Attention: which of the steps that an encoder has read a decoder looks at now.

All of them read a query, (batch, features) at one step or (batch, steps, features) at several,
and a `Memory` of what there is to look at, which `remember` prepares once for all steps. Positions
that its mask leaves out get no weight and may hold any number, NaN included; of a row without any
position the context is 0. Under a mixed policy only the products are in the compute dtype
(bfloat16); sums, the softmax and the network that scores stay in the variable dtype (float32).
"""

import abc
from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.kernels.attending import masked_softmax
from tfrnn.kernels.masking import on_real_steps
from tfrnn.layers.recurrent import check_units


class Memory(NamedTuple):
    """What a decoder looks at.

    keys: (batch, source, units), what a query is compared with. values: (batch, source, features),
    compute dtype, what comes of it; 0 where the mask, (batch, source) bool, is False.
    """

    keys: tf.Tensor
    values: tf.Tensor
    mask: tf.Tensor


class Attention(keras.layers.Layer, abc.ABC):
    """What the layers of this file share.

    In one go `context, weights = layer(query, values, mask=mask)`; in a decoder, which asks at each
    step, `memory = layer.remember(values, mask)` and then `layer.attend(query, memory)`.

    Call arguments:
        query: (batch, features) or (batch, steps, features), any float dtype.
        values: (batch, source, features).
        mask: (batch, source) bool, True on real positions, or None for all.

    Returns:
        context: (batch, features) or (batch, steps, features) of the values, compute dtype: the sum
            over positions of weight times value.
        weights: (batch, source) or (batch, steps, source), variable dtype. They sum to 1 over the
            real positions and are 0 elsewhere.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, query, previous_mask=None):
        return None

    @abc.abstractmethod
    def build(self, query_shape, values_shape):
        """Makes the weights for queries and values of these shapes; only last axes matter."""

    @abc.abstractmethod
    def project(self, values: tf.Tensor) -> tf.Tensor:
        """Returns the keys of values, (batch, source, units)."""

    @abc.abstractmethod
    def compare(self, query: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
        """Returns how well keys fit queries, (batch, steps, source) in the variable dtype."""

    def remember(self, values: tf.Tensor, mask: tf.Tensor | None = None) -> Memory:
        """Prepares what `attend` looks at."""
        mask = tf.ones(tf.shape(values)[:2], tf.bool) if mask is None else mask
        values = on_real_steps(tf.cast(values, self.compute_dtype), mask)
        return Memory(self.project(values), values, mask)

    def attend(self, query: tf.Tensor, memory: Memory) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the context and the weights of one or of several queries."""
        several = query.shape.rank == 3
        steps = query if several else tf.expand_dims(query, 1)
        scores = self.compare(tf.cast(steps, self.compute_dtype), memory.keys)
        weights = masked_softmax(scores, memory.mask[:, None])
        context = tf.matmul(tf.cast(weights, self.compute_dtype), memory.values)
        return (context, weights) if several else (tf.squeeze(context, 1), tf.squeeze(weights, 1))

    def call(self, query, values, mask=None):
        return self.attend(query, self.remember(values, mask))

    def add_kernel(self, rows: int, columns: int, name: str) -> keras.Variable:
        """Adds a (rows, columns) weight that is read in the variable dtype under every policy.

        Glorot and Bengio 2010, http://proceedings.mlr.press/v9/glorot10a.html.
        """
        return self.add_weight((rows, columns), "glorot_uniform", name=name, autocast=False)

    def in_products(self, weight: keras.Variable) -> tf.Tensor:
        """Returns a weight in the compute dtype."""
        return tf.cast(tf.convert_to_tensor(weight), self.compute_dtype)


@keras.saving.register_keras_serializable("tfrnn")
class BahdanauAttention(Attention):
    """Additive attention: a small network says how well a key fits.

    Reference: Bahdanau, Cho and Bengio 2015, "Neural Machine Translation by Jointly Learning to
    Align and Translate", section 3.1 and appendix A.1.2, https://arxiv.org/abs/1409.0473:

        e_j = v . tanh(W q + U h_j + b)
        a = softmax(e over real positions)
        context = sum_j a_j h_j

    Args:
        units: Width of the small network, a positive int.

    Weights:
        query_kernel W: (query features, units). key_kernel U: (value features, units).
        bias b: (units,). score v: (units, 1).

    Call arguments, returns, masking and dtypes: see `Attention`.

    Raises:
        ValueError: If `units` is not positive.

    Example:
    >>> context, weights = BahdanauAttention(4)(tf.ones([2, 3]), tf.ones([2, 5, 8]))
    >>> context.shape, weights.shape
    (TensorShape([2, 8]), TensorShape([2, 5]))
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = check_units(self, units)

    def build(self, query_shape, values_shape):
        self.query_kernel = self.add_kernel(query_shape[-1], self.units, "query_kernel")
        self.key_kernel = self.add_kernel(values_shape[-1], self.units, "key_kernel")
        self.bias = self.add_weight((self.units,), "zeros", name="bias", autocast=False)
        self.score = self.add_kernel(self.units, 1, "score")

    def project(self, values):
        keys = tf.tensordot(values, self.in_products(self.key_kernel), 1)
        return tf.cast(keys, self.variable_dtype) + self.bias

    def compare(self, query, keys):
        asked = tf.tensordot(query, self.in_products(self.query_kernel), 1)  # (batch, steps, units)
        asked = tf.cast(asked, self.variable_dtype)
        # By expand_dims, not by slices, whose gradients copy all of it.
        fits = tf.tanh(tf.expand_dims(asked, 2) + tf.expand_dims(keys, 1))
        scores = tf.matmul(tf.reshape(fits, [-1, self.units]), self.score)
        return tf.reshape(scores, tf.shape(fits)[:-1])

    def get_config(self):
        return super().get_config() | {"units": self.units}


@keras.saving.register_keras_serializable("tfrnn")
class DotAttention(Attention):
    """Multiplicative attention without weights: queries and values must be of one width.

    Reference: Luong, Pham and Manning 2015, "Effective Approaches to Attention-based Neural
    Machine Translation", section 3.1, "dot", https://arxiv.org/abs/1508.04025:

        e_j = q . h_j
        a = softmax(e over real positions)
        context = sum_j a_j h_j

    Weights: none.

    Call arguments, returns, masking and dtypes: see `Attention`.

    Raises:
        ValueError: If queries and values are not of the same width.

    Example:
    >>> context, weights = DotAttention()(tf.ones([2, 3, 8]), tf.ones([2, 5, 8]))
    >>> context.shape, weights.shape
    (TensorShape([2, 3, 8]), TensorShape([2, 3, 5]))
    """

    def build(self, query_shape, values_shape):
        if query_shape[-1] != values_shape[-1]:
            raise ValueError(
                "DotAttention needs queries and values of one width, got "
                f"{query_shape[-1]} and {values_shape[-1]}; LuongAttention takes any."
            )

    def project(self, values):
        return values

    def compare(self, query, keys):
        return tf.cast(tf.matmul(query, keys, transpose_b=True), self.variable_dtype)


@keras.saving.register_keras_serializable("tfrnn")
class LuongAttention(Attention):
    """Multiplicative attention: a matrix lies between a query and a value.

    Reference: Luong, Pham and Manning 2015, "Effective Approaches to Attention-based Neural
    Machine Translation", section 3.1, "general", https://arxiv.org/abs/1508.04025:

        e_j = q . W h_j
        a = softmax(e over real positions)
        context = sum_j a_j h_j

    Weights:
        kernel W: (value features, query features); as written it stands to the right of h_j.

    Call arguments, returns, masking and dtypes: see `Attention`.

    Example:
    >>> context, weights = LuongAttention()(tf.ones([2, 3]), tf.ones([2, 5, 8]))
    >>> context.shape, weights.shape
    (TensorShape([2, 8]), TensorShape([2, 5]))
    """

    def build(self, query_shape, values_shape):
        self.kernel = self.add_kernel(values_shape[-1], query_shape[-1], "kernel")

    def project(self, values):
        return tf.tensordot(values, self.in_products(self.kernel), 1)

    def compare(self, query, keys):
        return tf.cast(tf.matmul(query, keys, transpose_b=True), self.variable_dtype)

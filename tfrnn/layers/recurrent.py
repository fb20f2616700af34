"""The one recurrence of this package: project every step at once, then scan.

The input half of a cell does not depend on the state, so it is one matrix
product over (batch x time) and only the state half runs inside the loop
(Appleyard et al. 2016, https://arxiv.org/abs/1604.01946).
"""

import abc
import functools
from typing import Any

import keras
import tensorflow as tf

from tfrnn.kernels.dense import dense
from tfrnn.kernels.rows import take_rows

State = Any  # a NamedTuple of tensors, each (batch, units) or (batch, slots, width)


class Recurrent(keras.layers.Layer, abc.ABC):
    """A layer that carries a state along the time axis.

    A subclass is final and defines `initial_state`, `project` and `step`; `unroll` is
    the place for a fused kernel. Every recurrent layer of the package therefore has the
    same contract, with no return_sequences / return_state switches:

        outputs, final_state = layer(inputs, initial_state=None, mask=None, training=None)

    One step, as a decoder takes it, costs no loop and no time axis:

        output, state = layer.step(layer.project(x), state)      # x: (batch, features)

    Call arguments:
        inputs: (batch, time, features), any float dtype; time may be 0.
        initial_state: What `initial_state(batch)` returns, or its tensors in that order in
            any nest, or None for it.
        mask: (batch, time) bool, True on real steps, or None. A masked step
            leaves the state as it was and outputs zeros. Pass it by name: a mask that
            Keras carries on the inputs arrives only when no `initial_state` is given.
        training: Whether what only training does (dropout) is done; None asks the Keras layer
            around this one. `step` and `project` never do it.

    Returns:
        outputs: (batch, time, units), compute dtype.
        final_state: The state after each row's last real step.

    Under a mixed policy the matrix products run in the compute dtype (bfloat16); sums,
    gates, state and weights stay in the variable dtype (float32).
    """

    def __init__(self, **kwargs):
        # Keras would cast a float32 state to bfloat16 on its way into `call`.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True  # Keras then hands the mask on to the outputs

    @abc.abstractmethod
    def initial_state(self, batch_size: int | tf.Tensor) -> State:
        """Returns the state before the first step."""

    @abc.abstractmethod
    def project(self, inputs: tf.Tensor) -> tf.Tensor:
        """Returns the state-free half, (..., features) -> (..., projected)."""

    @abc.abstractmethod
    def step(self, projected: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """Runs one step, (batch, projected) and a state -> (batch, units), state."""

    def unroll(
        self,
        projected: tf.Tensor,
        state: State,
        mask: tf.Tensor | None = None,
        training: bool | None = False,
    ) -> tuple[tf.Tensor, State]:
        """Runs all steps; a layer with a fused kernel or state dropout overrides this."""
        return scan(self.step, projected, state, mask)

    def unroll_rows(
        self,
        table: tf.Tensor,
        ids: tf.Tensor,
        state: State,
        mask: tf.Tensor | None = None,
        training: bool | None = False,
    ) -> tuple[tf.Tensor, State]:
        """Runs all steps on rows of a table: (rows, projected), (batch, time) ids below rows."""
        projected = take_rows(table, ids, product_dtype=self.compute_dtype)
        return self.unroll(projected, state, mask, training)

    def call(self, inputs, initial_state=None, mask=None, training=None):
        state = self.start(inputs, initial_state)
        return self.unroll(self.project(inputs), state, mask, training)

    def start(self, inputs: tf.Tensor, initial_state: State | None) -> State:
        """Returns the given state in the layer's own structure and dtype, or that of no steps."""
        like = self.initial_state(tf.shape(inputs)[0])
        if initial_state is None:
            return like
        # A saved Keras graph brings a NamedTuple back as a list, a mixed policy in bfloat16.
        given, wanted = tf.nest.flatten(initial_state), tf.nest.flatten(like)
        if len(given) != len(wanted):
            raise ValueError(
                f"{type(self).__name__} needs a state of {len(wanted)} tensors, got {len(given)}."
            )
        return tf.nest.pack_sequence_as(like, [tf.cast(s, z.dtype) for s, z in zip(given, wanted)])

    def add_master_weight(self, shape: tuple, initializer, name: str) -> keras.Variable:
        """Adds a weight that is read in the variable dtype under every policy."""
        return self.add_weight(shape, initializer, name=name, autocast=False)

    def product(self, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Returns x @ kernel for (..., m) and (m, n): compute dtype in, variable dtype out."""
        return self.affine(x, kernel, None)

    def affine(self, x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
        """Returns x @ kernel + bias, likewise."""
        kernel, bias = (v if v is None else tf.convert_to_tensor(v) for v in (kernel, bias))
        dtypes = {"product_dtype": self.compute_dtype, "dtype": self.variable_dtype}
        return dense(x, kernel, bias, **dtypes)


def check_units(layer: keras.layers.Layer, units: int) -> int:
    """Returns `units`; raises ValueError unless it is positive."""
    if units <= 0:
        raise ValueError(f"{type(layer).__name__} needs units > 0, got units={units}.")
    return units


def check_features(layer: keras.layers.Layer, input_shape: tuple) -> int:
    """Returns the last axis of (batch, time, features); raises ValueError if it is not that."""
    if len(input_shape) != 3 or input_shape[-1] is None:
        raise ValueError(
            f"{type(layer).__name__} needs inputs (batch, time, features) with a known "
            f"last axis, got shape {tuple(input_shape)}."
        )
    return input_shape[-1]


def scan(step, inputs: tf.Tensor, state: State, mask: tf.Tensor | None = None) -> tuple[Any, State]:
    """Runs `step` over axis 1 of `inputs`, carrying `state`.

    Args:
        step: (x_t, state) -> (y_t, state); y_t is a tensor or a nest of them, batch first.
        inputs: (batch, time, ...); time may be 0.
        state: A nest of tensors, batch first; `step` keeps its shapes and dtypes.
        mask: (batch, time) bool or None; see `Recurrent`.

    Returns:
        The outputs, each (batch, time, ...), and the state after the last real step.

    Example:
    >>> total = lambda x, s: (s + x, s + x)
    >>> ys, last = scan(total, tf.constant([[1, 2, 3]]), tf.constant([0]))
    >>> ys.numpy().tolist(), last.numpy().tolist()
    ([[1, 3, 6]], [6])
    """
    steps = inputs.shape[1] if inputs.shape[1] is not None else tf.shape(inputs)[1]
    xs = _by_time(inputs)
    keeps = _by_time(mask) if mask is not None else None

    def body(t, state, ys):
        y, new = step(xs.read(t), state)
        if keeps is not None:
            where = functools.partial(_where, keeps.read(t))
            y = tf.nest.map_structure(lambda v: where(v, tf.zeros_like(v)), y)
            new = tf.nest.map_structure(where, new, state)
        return t + 1, new, tf.nest.map_structure(lambda array, v: array.write(t, v), ys, y)

    _, state, ys = tf.while_loop(
        lambda t, *_: t < steps,
        body,
        (
            0,
            state,
            tf.nest.map_structure(lambda v: _array_of(steps, v), _like(step, inputs, state)),
        ),
        maximum_iterations=steps,  # XLA needs the bound to size the gradient's stack
        parallel_iterations=1,  # the steps depend on each other; a window of frames costs time
    )
    return tf.nest.map_structure(lambda a: _swap_batch_and_time(a.stack()[:steps]), ys), state


def _like(step, inputs, state):
    """One output of `step`, for its structure, shapes and dtypes; a graph prunes the rest."""
    shape = tf.concat([tf.shape(inputs)[:1], tf.shape(inputs)[2:]], 0)
    x = tf.ensure_shape(tf.zeros(shape, inputs.dtype), inputs.shape[:1] + inputs.shape[2:])
    return tf.nest.map_structure(tf.zeros_like, step(x, state)[0])


def _array_of(steps, like):
    # An array of no elements does not know the batch of its stack, so it has one, never read.
    size = max(steps, 1) if isinstance(steps, int) else tf.maximum(steps, 1)
    array = tf.TensorArray(like.dtype, size, element_shape=like.shape)
    return array.write(0, like)


def _swap_batch_and_time(x):
    return tf.transpose(x, [1, 0, *range(2, x.shape.rank)])


def _by_time(x):
    static = x.shape[1]
    x = _swap_batch_and_time(x)
    if not static:  # XLA compiles the body for a sequence of no steps too: leave one to read
        x = tf.pad(x, [[0, 1]] + [[0, 0]] * (x.shape.rank - 1))
    return tf.TensorArray(x.dtype, tf.shape(x)[0]).unstack(x)


def _where(keep, new, old):
    return tf.where(tf.reshape(keep, [-1] + [1] * (new.shape.rank - 1)), new, old)

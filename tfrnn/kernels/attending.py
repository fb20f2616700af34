"""A decoder that attends before each step, over a whole sequence, with its own gradient.

The attention is that of Bahdanau, Cho and Bengio 2015, https://arxiv.org/abs/1409.0473; the cell is
one of `tfrnn.kernels.sequence`. In each step, with h the hidden state before it:

    weights = softmax over the source of score . tanh(query h + keys)
    context = sum of weights * values
    state = cell(projected + context_kernel context, recurrent_kernel h, state)

Beside what `sequence` saves, the state is multiplied once a step, with the kernels of the cell and
of the query side by side, and the gradients of the memory's values and of all weights are one
product each after the loop. What that gains is in docs/decisions/0014-translation.md.
"""

from typing import NamedTuple

import tensorflow as tf

from tfrnn.kernels.loops import array, length, loop, readable, sum_rows, write
from tfrnn.kernels.sequence import Cell, through_tanh


class Weights(NamedTuple):
    """Of the decoder and of the attention, in the variable dtype.

    recurrent: (units, gates * units). bias: (gates * units,), of the recurrent product, or None.
    context: (features, gates * units). query: (units, width). score: (width,).
    """

    recurrent: tf.Tensor
    bias: tf.Tensor | None
    context: tf.Tensor
    query: tf.Tensor
    score: tf.Tensor


class _Given(NamedTuple):
    """What every step of both loops reads.

    kernel: (units, gates * units + width), the recurrent one and that of the query; context:
    (features, gates * units); both in the dtype of the products. keys: (batch, source, width).
    values: (batch, source, features). mask: (batch, source). bias: (gates * units, 1) or None.
    """

    kernel: tf.Tensor
    context: tf.Tensor
    score: tf.Tensor
    keys: tf.Tensor
    values: tf.Tensor
    mask: tf.Tensor
    bias: tf.Tensor | None


class _Looked(NamedTuple):
    """What the gradient wants to see again of attention, each with an axis of time in front.

    fits: (batch, source, width), after the tanh. weights: (batch, source). context: (batch,
    features), in the dtype of the products.
    """

    fits: tf.Tensor
    weights: tf.Tensor
    context: tf.Tensor


def unroll(
    cell: Cell,
    projected: tf.Tensor,
    weights: Weights,
    state: tuple[tf.Tensor, ...],
    memory: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
    *,
    product_dtype: str,
) -> tuple[tf.Tensor, tf.Tensor, tuple[tf.Tensor, ...]]:
    """Runs `cell` over all steps, each after a look at the memory.

    Args:
        cell: What one step does.
        projected: (batch, time, gates * units), what needs neither state nor context; time may
            be 0, and neither it nor batch need be known before the run.
        weights: See `Weights`.
        state: Tensors (batch, units), the hidden one first.
        memory: keys (batch, source, width) in the variable dtype, values (batch, source,
            features) in the dtype of the products, mask (batch, source) bool.
        product_dtype: What the matrix products run in, for example "bfloat16".

    Returns:
        hidden: (batch, time, units), product_dtype. context: (batch, time, features),
            product_dtype, what each step has read. state: After the last step.

    `projected`, weights, state, keys and values have gradients, from all that is returned.
    """
    recurrent, bias, context, query, score = weights
    keys, values, mask = memory
    biases = () if bias is None else (bias,)

    @tf.custom_gradient
    def run(projected, keys, values, recurrent, context, query, score, *rest):
        bias, first = rest[: len(biases)], rest[len(biases) :]
        kernel = tf.cast(tf.concat([recurrent, query], 1), product_dtype)
        given = _Given(
            kernel, tf.cast(context, product_dtype), score, keys, values, mask,
            bias[0][:, None] if bias else None,
        )  # fmt: skip
        x = readable(tf.transpose(projected, [1, 2, 0]))
        steps = length(projected, axis=1)
        states, kept, looked, last = _forward(cell, x, steps, first, given)
        hidden = tf.transpose(tf.cast(states[0][1:], product_dtype), [2, 0, 1])
        contexts = tf.transpose(looked.context[:steps], [1, 0, 2])

        def gradient(d_hidden, d_contexts, *d_last):
            d_hidden = readable(tf.transpose(d_hidden, [1, 2, 0]))
            d_contexts = readable(tf.transpose(d_contexts, [1, 0, 2]))
            found, d_keys, d_first = _backward(
                cell, d_hidden, d_contexts, d_last, (states, kept, looked), given
            )
            d_x, d_context = found[1:3]
            return (
                tf.transpose(tf.cast(d_x, x.dtype), [2, 0, 1]),
                d_keys,
                _to_values(looked.weights[:steps], d_context),
                *_to_weights(states[0][:-1], _Looked(*(a[:steps] for a in looked)), found, given),
                *d_first,
            )

        return (hidden, contexts, *last), gradient

    arguments = (projected, keys, values, recurrent, context, query, score, *biases)
    hidden, contexts, *last = run(*arguments, *map(tf.transpose, state))
    return hidden, contexts, tuple(map(tf.transpose, last))


def masked_softmax(scores: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Returns weights over real positions, 0 elsewhere; of a row without any, 0 and not NaN.

    Args:
        scores: (..., source).
        mask: Broadcastable bool, True on real positions.
    """
    scores = tf.where(mask, scores, scores.dtype.min)
    scores -= tf.stop_gradient(tf.reduce_max(scores, -1, keepdims=True))
    weights = tf.where(mask, tf.exp(scores), 0)
    return tf.math.divide_no_nan(weights, tf.reduce_sum(weights, -1, keepdims=True))


def _forward(cell, x, steps, state, given):
    """Returns all states, what the cell kept, `_Looked`, and the last state."""
    dtype = given.kernel.dtype
    left, left_context = tf.transpose(given.kernel), tf.transpose(given.context)
    sizes = [x.shape[1], given.score.shape[0]]

    def body(t, state, states, kept, looks):
        recurrent, asked = tf.split(tf.matmul(left, tf.cast(state[0], dtype)), sizes, 0)
        look = _look(tf.transpose(tf.cast(asked, x.dtype)), given)
        recurrent = tf.cast(recurrent, x.dtype)
        if given.bias is not None:
            recurrent += given.bias
        read = tf.cast(tf.matmul(left_context, tf.transpose(look.context)), x.dtype)
        new, seen = cell.forward(x[t] + read, recurrent, state)
        return t + 1, new, write(states, t + 1, new), write(kept, t, seen), write(looks, t, look)

    units, batch, spare = state[0].shape[0], length(state[0], axis=1), length(x)
    source, features = length(given.keys, axis=1), given.values.shape[2]
    states = tuple(array(steps + 1, [units, batch], x.dtype).write(0, first) for first in state)
    kept = tuple(array(spare, [rows * units, batch], x.dtype) for rows in cell.rows)
    looks = (
        array(spare, [batch, source, sizes[1]], x.dtype),
        array(spare, [batch, source], x.dtype),
        array(spare, [batch, features], dtype),
    )
    _, last, *arrays = loop(steps, body, (state, states, kept, looks))
    states, kept, looks = ([each.stack() for each in some] for some in arrays)
    return states, kept, _Looked(*looks), last


def _look(asked, given):
    """(batch, width) -> what a step sees of the memory."""
    fits = tf.tanh(tf.expand_dims(asked, 1) + given.keys)
    scores = tf.matmul(tf.reshape(fits, [-1, fits.shape[-1]]), given.score[:, None])
    weights = masked_softmax(tf.reshape(scores, tf.shape(given.mask)), given.mask)
    context = tf.matmul(tf.cast(tf.expand_dims(weights, 1), given.values.dtype), given.values)
    return _Looked(fits, weights, tf.squeeze(context, 1))


def _backward(cell, d_hidden, d_contexts, d_state, seen, given):
    """Goes back over all steps.

    Returns:
        The gradients of each step: of the product with the state (gates * units + width, batch),
        of the cell's x (gates * units, batch), of the context (batch, features) and of the scores
        (batch, source), time in front; that of the keys; that of the first state.
    """
    states, kept, looked = seen
    steps, dtype = length(states[0]) - 1, d_state[0].dtype

    def body(t, d_state, d_keys, found):
        at = steps - 1 - t
        d_state = (d_state[0] + tf.cast(d_hidden[at], dtype), *d_state[1:])
        before, after = ([s[k] for s in states] for k in (at, at + 1))
        dz, d_before = cell.gradient(d_state, [k[at] for k in kept], before, after)
        d_x = tf.cast(dz[-1], given.kernel.dtype)
        d_context = tf.transpose(tf.matmul(given.context, d_x)) + d_contexts[at]
        d_scores, d_asked = _look_back(d_context, _Looked(*(each[at] for each in looked)), given)
        d_sums = tf.concat([dz[0], tf.transpose(tf.reduce_sum(d_asked, 1))], 0)
        d_sums = tf.cast(d_sums, given.kernel.dtype)
        through = tf.cast(tf.matmul(given.kernel, d_sums), dtype)
        hidden = through if d_before[0] is None else d_before[0] + through
        found = write(found, at, (d_sums, d_x, d_context, d_scores))
        return t + 1, (hidden, *d_before[1:]), d_keys + d_asked, found

    batch, product = length(d_hidden, axis=2), given.kernel.dtype
    spare, (features, wide) = length(d_hidden), given.context.shape
    found = (
        array(spare, [given.kernel.shape[1], batch], product),
        array(spare, [wide, batch], product),
        array(spare, [batch, features], product),
        array(spare, [batch, length(given.keys, axis=1)], dtype),
    )
    start = (d_state, tf.zeros_like(given.keys), found)
    _, d_state, d_keys, found = loop(steps, body, start)
    return [each.stack()[:steps] for each in found], d_keys, d_state


def _look_back(d_context, look, given):
    """Gradients of the scores (batch, source) and of what the tanh is of (batch, source, width)."""
    d_weights = tf.matmul(given.values, tf.expand_dims(d_context, 2))
    d_weights = tf.cast(tf.squeeze(d_weights, 2), look.weights.dtype)
    both = look.weights * d_weights
    d_scores = both - look.weights * tf.reduce_sum(both, 1, keepdims=True)
    return d_scores, through_tanh(look.fits, tf.expand_dims(d_scores, 2) * given.score)


def _to_weights(before, looked, found, given):
    """Sums over steps and batch at once: of U, of the context's kernel, W, v and any bias."""
    d_sums, d_x, _, d_scores = found
    dtype, (units, _), (features, wide) = before.dtype, given.kernel.shape, given.context.shape
    before, d_sums, d_x = (
        tf.reshape(tf.transpose(tf.cast(each, given.kernel.dtype), [0, 2, 1]), [-1, width])
        for each, width in ((before, units), (d_sums, given.kernel.shape[1]), (d_x, wide))
    )
    d_kernel = tf.cast(tf.matmul(before, d_sums, transpose_a=True), dtype)
    read = tf.reshape(looked.context, [-1, features])
    d_context_kernel = tf.cast(tf.matmul(read, d_x, transpose_a=True), dtype)
    d_score = tf.tensordot(d_scores, looked.fits, 3)
    d_bias = [] if given.bias is None else [sum_rows(d_sums, dtype)[:wide]]
    return [d_kernel[:, :wide], d_context_kernel, d_kernel[:, wide:], d_score, *d_bias]


def _to_values(weights, d_context):
    """(time, batch, source), (time, batch, features) -> (batch, source, features)."""
    weights = tf.cast(tf.transpose(weights, [1, 2, 0]), d_context.dtype)
    return tf.matmul(weights, tf.transpose(d_context, [1, 0, 2]))

"""A recurrent layer that attends before each of its steps."""

import tensorflow as tf

from tfrnn.kernels import attending, gru, lstm
from tfrnn.layers.attention import BahdanauAttention, Memory
from tfrnn.layers.gru import GRU
from tfrnn.layers.lstm import LSTM
from tfrnn.layers.recurrent import State


def unroll_attending(
    decoder: GRU | LSTM,
    attention: BahdanauAttention,
    words: tf.Tensor,
    state: State,
    memory: Memory,
) -> tuple[tf.Tensor, tf.Tensor, State]:
    """Runs a decoder over all steps, with its own gradient.

    It equals a loop of these two lines:

        context, _ = attention.attend(state.hidden, memory)
        hidden, state = decoder.step(words[:, t] + decoder.project(context), state)

    Dropout of the decoder is not done. Where a source has many positions, what this keeps for the
    gradient is (batch, time, source, width of the attention), as in that loop.

    Args:
        decoder: Built for features of the context's width.
        attention: One whose weights are all of its scores; not `HardAttention`, which draws.
        words: (batch, time, projected), what is known before the loop; time may be 0.
        state: Before the first step, of the decoder.
        memory: What `attention.remember` returned.

    Returns:
        hidden: (batch, time, units), compute dtype. context: (batch, time, features), compute
            dtype, what each step has read. state: After the last step.

    Raises:
        TypeError: If the decoder or the attention is another.
    """
    if type(attention) is not BahdanauAttention:
        raise TypeError(f"unroll_attending needs a BahdanauAttention, got {attention!r}.")
    match decoder:
        case GRU():
            cell, inner, outer = gru.CELL, decoder.bias[1], decoder.bias[0]
        case LSTM():
            cell, inner, outer = lstm.CELL, None, decoder.bias
        case _:
            raise TypeError(f"unroll_attending needs a GRU or an LSTM, got {decoder!r}.")
    weights = attending.Weights(
        recurrent=tf.convert_to_tensor(decoder.recurrent_kernel),
        bias=inner,
        context=tf.convert_to_tensor(decoder.kernel),
        query=tf.convert_to_tensor(attention.query_kernel),
        score=tf.squeeze(tf.convert_to_tensor(attention.score), 1),
    )
    hidden, context, last = attending.unroll(
        cell,
        tf.cast(words, decoder.variable_dtype) + outer,
        weights,
        tuple(state),
        memory,
        product_dtype=decoder.compute_dtype,
    )
    return hidden, context, type(state)(*last)

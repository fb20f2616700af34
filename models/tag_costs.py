"""What a tag for each step costs, be it of a word or of a frame."""

import tensorflow as tf

from tfrnn.layers import Chain, Independent


def nats(chain: Chain | Independent, batch) -> tf.Tensor:
    """What the tags of each row cost, shared out evenly over its words or frames.

    Args:
        chain: What the model returns.
        batch: Its targets are (batch, time) int32 tags, its weights 1 on words or frames.

    Returns:
        (batch, time) float32; its mean over what counts is nats a tag.
    """
    words = tf.reduce_sum(batch.weights, 1)
    each = -chain.log_likelihood(batch.targets) / tf.maximum(words, 1)
    return each[:, None] * batch.weights


def missed(chain: Chain | Independent, batch) -> tf.Tensor:
    """1 for what gets another tag than its own, else 0: (batch, time) float32."""
    return tf.cast(chain.decode()[0] != batch.targets, tf.float32)

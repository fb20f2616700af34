"""How Keras' own `fit` trains a model whose output no loss of Keras' reads."""

import tensorflow as tf

from tfrnn.data.batch import Batch


class OwnLoss:
    """Makes `compile(optimizer)` without a loss, then `fit`, lessen what `train.py` lessens.

    For a `keras.Model` to inherit before that class. It has `cost(outputs, batch)`, a number for
    each target as in `tfrnn.training.losses`. What is compiled with a loss is left to Keras.
    """

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Returns the mean cost of what counts, and what layers add; called by Keras."""
        if self.loss is not None:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        weights = tf.ones(tf.shape(y)) if sample_weight is None else sample_weight
        batch = Batch(x, y, tf.cast(weights, tf.float32))
        total = tf.reduce_sum(self.cost(y_pred, batch) * batch.weights)
        return total / tf.maximum(tf.reduce_sum(batch.weights), 1.0) + sum(self.losses, 0.0)

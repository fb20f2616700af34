"""Labels the frames of a clip by what is seen in them and in their neighbours.

A convolutional network reads each frame, a bidirectional LSTM reads the clip: the shape of Donahue
et al. 2015, "Long-term Recurrent Convolutional Networks", https://arxiv.org/abs/1411.4389, with a
label for each frame in place of one for the clip.

    frames (batch, time, height, width, 3) -> CNN of each -> places side by side -> dense, dropout
    -> LSTM, both directions, dropout -> scores (batch, time, labels)
"""

import dataclasses

import keras
import tensorflow as tf

from models.configs import FramesConfig
from models.tag_costs import nats
from tfrnn.layers import LSTM, Bidirectional, Independent, PictureCNN
from tfrnn.training.own_loss import OwnLoss


@keras.saving.register_keras_serializable("tfrnn")
class FrameLabeller(OwnLoss, keras.Model):
    """Gives a distribution over the labels of each frame.

    What comes after the end of a clip changes nothing.

    Args:
        config: Sizes. In a model that reads each frame by itself a dense layer as wide stands in
            place of the LSTM.
        labels: How many labels there are.
        picture: Height, width and channels of a frame.

    Call arguments:
        inputs: {"frames": (batch, time, height, width, 3) uint8, "lengths": (batch,) int32, the
            frames of each clip, which come first}.
        training: Whether dropout is on.

    Returns:
        `Independent`, with `log_likelihood`, `decode`, `marginals`.
    """

    def __init__(self, config: FramesConfig, *, labels: int, picture, **kwargs):
        super().__init__(**kwargs)
        self.config, self.labels, self.picture = config, labels, tuple(picture)
        policy = self.dtype_policy
        self.eye = PictureCNN(config.widths, dtype=policy, name="eye")
        self.notes = keras.layers.Dense(config.embed, "relu", dtype=policy, name="notes")
        self.dropout = keras.layers.Dropout(config.dropout, dtype=policy, name="dropout")
        if config.reads == "frame":
            self.encoder = keras.layers.Dense(2 * config.units, "relu", dtype=policy, name="alone")
        else:
            self.encoder = Bidirectional(
                LSTM(config.units, dtype=policy, name="forward"),
                LSTM(config.units, dtype=policy, name="backward"),
                name="encoder",
            )
        self.scores = keras.layers.Dense(labels, dtype="float32", name="scores")

    def build(self, input_shape=None):
        self.eye.build((None, *self.picture))
        self.grid = self.eye.compute_output_shape((None, *self.picture))[1:]
        self.notes.build((None, None, self.grid[0] * self.grid[1] * self.grid[2]))
        self.encoder.build((None, None, self.config.embed))
        self.scores.build((None, None, 2 * self.config.units))
        self.built = True

    def call(self, inputs, training=False) -> Independent:
        frames, lengths = inputs["frames"], inputs["lengths"]
        batch, time = tf.shape(frames)[0], tf.shape(frames)[1]
        seen = self.eye(tf.reshape(frames, [-1, *self.picture]))
        width = self.notes.kernel.shape[0]
        notes = self.notes(tf.reshape(seen, [batch, time, width]))
        notes = self.dropout(notes, training=training)
        mask = tf.sequence_mask(lengths, time)
        if self.config.reads == "frame":
            hidden = self.encoder(notes)
        else:
            hidden, _ = self.encoder(notes, mask=mask, training=training)
        return Independent(self.scores(self.dropout(hidden, training=training)), mask)

    def cost(self, outputs, batch) -> tf.Tensor:
        """Is `models.tag_costs.nats`, for Keras' `fit`."""
        return nats(outputs, batch)

    def get_config(self):
        dtype = keras.dtype_policies.serialize(self.dtype_policy)
        config = {"config": dataclasses.asdict(self.config), "labels": self.labels}
        return config | {"picture": list(self.picture), "name": self.name, "dtype": dtype}

    @classmethod
    def from_config(cls, config):
        """Rebuilds a model that `.keras` saved."""
        sizes = config["config"] | {"widths": tuple(config["config"]["widths"])}
        return cls(**config | {"config": FramesConfig(**sizes)})

"""Training steps in TensorFlow: ours and those of Keras' own layers, from the same weights."""

import itertools
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from benchmarks.contenders import LEARNING_RATE, Contender, Learning
from benchmarks.tasks import Task
from tfrnn.data.batch import Batch, Splits
from tfrnn.layers import GRU, LSTM, Bidirectional, Dense, SimpleRNN, Stacked
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import make_score, train
from tfrnn.training.losses import cross_entropy

OUR_CELLS = {"lstm": LSTM, "gru": GRU, "rnn": SimpleRNN}
KERAS_CELLS = {
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
    "rnn": keras.layers.SimpleRNN,
}
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
ENDLESS = 1_000_000_000


class Ours(keras.Model):
    """What `models.CharRNN` is, for any cell: (batch, time) ids -> (batch, time, vocab) logits.

    The embedding is folded into the first projection where that makes fewer products, into both
    where the layer reads both ways.
    """

    def __init__(self, task: Task, policy: str):
        super().__init__(dtype=policy)
        self.folds = task.vocab < task.batch * task.steps
        self.embed = keras.layers.Embedding(task.vocab, task.embed, dtype=policy)
        self.recurrent = our_layers(task, policy)
        self.logits = Dense(task.vocab, dtype=policy)
        self.embed.build((None, None))
        self.recurrent.build((None, None, task.embed))
        self.logits.build((None, None, task.width))
        self.built = True

    def call(self, inputs, training=False):
        ids = inputs["ids"]
        if self.folds:
            table = self._folded(tf.cast(self.embed.embeddings, self.compute_dtype))
            start = self.recurrent.initial_state(tf.shape(ids)[0])
            hidden, _ = self.recurrent.unroll_rows(table, ids, start, training=training)
        else:
            hidden, _ = self.recurrent(self.embed(ids), training=training)
        return tf.cast(self.logits(hidden), tf.float32)

    def _folded(self, embeddings):
        layer = self.recurrent
        if isinstance(layer, Bidirectional):
            return layer.forward.project(embeddings), layer.backward.project(embeddings)
        return layer.project(embeddings)


def our_layers(task: Task, policy: str) -> Stacked | Bidirectional:
    """Returns the recurrent part of `Ours`."""
    cell = OUR_CELLS[task.cell]
    if task.both:
        return Bidirectional(*[cell(task.units, dtype=policy) for _ in range(2)])
    return Stacked([cell(task.units, dtype=policy) for _ in range(task.layers)])


def our_training(
    task: Task, weights: Sequence[np.ndarray], ids: np.ndarray, contender: Contender
) -> Learning:
    """Trains with `tfrnn.training`: a step is a turn of the very loop that train.py runs."""
    policy = POLICIES[contender.precision]
    model = Ours(task, policy)
    model.set_weights(weights)
    config = TrainConfig(
        steps=ENDLESS,
        learning_rate=LEARNING_RATE,
        schedule="constant",
        warmup=0,
        clip_norm=1e9,  # never reached, but train.py always clips, so our step pays for it
        evaluate_every=ENDLESS,
        precision=policy,
        compile=contender.compile,
        shards=contender.shards,
    )
    around = itertools.cycle([our_batch(row) for row in ids])
    splits = Splits(train=lambda start: around, valid=[], test=[], sizes={"vocab": task.vocab})
    loop = train(model, cross_entropy, config, splits)
    score = make_score(model, cross_entropy)
    return Learning(lambda: next(loop).loss, lambda rows: score([our_batch(rows)]))


def our_batch(ids: np.ndarray) -> Batch:
    """Returns (batch, steps + 1) ids as what the loop reads."""
    targets = tf.constant(ids[:, 1:])
    return Batch({"ids": tf.constant(ids[:, :-1])}, targets, tf.ones(targets.shape))


def keras_model(task: Task, policy: str) -> keras.Sequential:
    """Returns embedding, Keras' recurrent layers and a dense layer: ids -> float32 logits."""
    cell = KERAS_CELLS[task.cell]
    layers = [cell(task.units, return_sequences=True, dtype=policy) for _ in range(task.layers)]
    if task.both:
        layers = [keras.layers.Bidirectional(layer, dtype=policy) for layer in layers]
    return keras.Sequential(
        [
            keras.Input((task.steps,), batch_size=task.batch, dtype="int32"),
            keras.layers.Embedding(task.vocab, task.embed, dtype=policy),
            *layers,
            keras.layers.Dense(task.vocab, dtype=policy),
            keras.layers.Activation("linear", dtype="float32"),
        ]
    )


def keras_training(
    task: Task, weights: Sequence[np.ndarray], ids: np.ndarray, contender: Contender
) -> Learning:
    """Takes steps as `fit` makes them, without metrics: all of one in one function."""
    model = keras_model(task, POLICIES[contender.precision])
    model.set_weights(weights)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=contender.compile == "xla", autograph=False)
    def step(ids, targets):
        with tf.GradientTape() as tape:
            logits = model(ids, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
            loss = tf.reduce_mean(losses)
        # Keras' Adam squares the rows of a sparse gradient before it adds those of one id: another
        # algorithm than Adam, with another loss after 20 steps.
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply([tf.convert_to_tensor(grad) for grad in grads], model.trainable_variables)
        return loss

    def score(rows):
        logits = model.predict(rows[:, :-1], batch_size=task.batch, verbose=0)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(rows[:, 1:], logits)
        return float(tf.reduce_mean(losses))

    around = itertools.cycle([(tf.constant(row[:, :-1]), tf.constant(row[:, 1:])) for row in ids])
    return Learning(lambda: float(step(*next(around))), score)

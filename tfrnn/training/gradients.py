"""The pure half of a training step: weights and a batch in, gradients out."""

import contextlib
import functools
import itertools
import operator
from collections.abc import Callable

import keras
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.kernels.llvm.machine import cores
from tfrnn.kernels.llvm.scope import compiled_by_llvm

SEED_STRIDE = 0x3C6EF372  # between the seeds of shards, far from any small number

LossFn = Callable[[tf.Tensor, Batch], tf.Tensor]  # (outputs, batch) -> a number for each target


def make_gradients(
    model: keras.Model,
    loss_fn: LossFn,
    *,
    compile: str = "graph",
    shards: int = 1,
):
    """Compiles the pure half of a step: variables' values and a batch in, values out.

    Pure, so that the same function runs under XLA, without it and under every tf.distribute
    strategy; the optimizer applies what it returns outside.

    Args:
        model: Built.
        loss_fn: See `tfrnn.training.losses`.
        compile: "graph" for none, "xla" for XLA; "llvm" for a graph whose fused recurrences are
            compiled functions.
        shards: Parts of the batch that are computed side by side. A recurrence has little to
            share out within a step; its rows are independent, so that each core takes some.

    Returns:
        (weights, others, batch) -> (gradients, new others, loss, global norm of the gradients),
        where weights and others are the values of the trainable and other variables.
    """
    seeds = are_seeds(model)
    scope = contextlib.nullcontext
    if compile == "llvm":
        scope = functools.partial(compiled_by_llvm, max(1, cores() // shards))

    @tf.function(jit_compile=compile == "xla", autograph=False)
    def part(weights, others, batch, counted):
        with scope(), tf.GradientTape() as tape:
            tape.watch(weights)
            outputs, others, added = model.stateless_call(
                weights, others, batch.inputs, training=True, return_losses=True
            )
            losses = loss_fn(outputs, batch)
            loss = tf.reduce_sum(losses * batch.weights) / counted
            # What layers add is a mean, of which each shard has its part.
            loss += sum(added, 0.0) / shards
        return tape.gradient(loss, weights), others, loss

    # Never under XLA: on a CPU it takes seconds to add up the rows of an embedding's gradient.
    @tf.function(autograph=False)
    def gradients(weights, others, batch):
        counted = tf.maximum(tf.reduce_sum(batch.weights), 1.0)
        found = [
            part(weights, _reseed(others, seeds, i), shard, counted)
            for i, shard in enumerate(_shards(batch, shards))
        ]
        grads, others, losses = zip(*found)
        grads = [_sum(each) for each in zip(*grads)]
        return grads, _merge(others, seeds), tf.add_n(losses), tf.linalg.global_norm(grads)

    return gradients


def _shards(batch, shards):
    """Cuts the rows of a batch into parts of the same size, or one more."""
    rows = batch.targets.shape[0]
    cuts = itertools.pairwise([rows * i // shards for i in range(shards + 1)])
    return [tf.nest.map_structure(operator.itemgetter(slice(*cut)), batch) for cut in cuts]


def _sum(parts):
    """Adds up, densely: of the rows of an embedding, Keras' Adam would square each, then add."""
    if parts[0] is None:  # the loss does not depend on it
        return None
    return tf.add_n([tf.convert_to_tensor(part) for part in parts])


def _reseed(others, seeds: list[bool], shard):
    """Gives a shard seeds of its own: else each would drop what the first drops."""
    apart = tf.constant([shard * SEED_STRIDE, 0], tf.int64)
    return [v + tf.cast(apart, v.dtype) if s else v for v, s in zip(others, seeds)]


def _merge(others, seeds: list[bool]):
    """Of values that each shard has changed: the first's seeds, the mean of the statistics."""
    return [each[0] if s else tf.add_n(each) / len(each) for each, s in zip(zip(*others), seeds)]


def are_seeds(model: keras.Model) -> list[bool]:
    """Which of the non-trainable variables are the states of seed generators."""
    weights = {id(v) for v in model.weights}
    return [id(v) not in weights for v in model.non_trainable_variables]

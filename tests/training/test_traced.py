"""Functions of batches: one trace for each set of names, dtypes and shapes."""

import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.training.traced import traced


def batch(names="ab", rows=2, dtype=tf.float32):
    values = {name: tf.fill([rows, 3], float(i + 1)) for i, name in enumerate(names)}
    return Batch(values, tf.ones([rows], dtype), tf.ones([rows]))


def test_each_kind_of_batch_is_traced_once():
    traces = []

    def first(given):
        traces.append(1)
        return given.inputs["a"][0, 0] * tf.reduce_sum(given.weights)

    run = traced(first)
    kinds = [{}, {"rows": 5}, {"dtype": tf.int32}, {"names": "ba"}, {"names": "ac"}]
    wanted = [2.0, 5.0, 2.0, 4.0, 2.0]
    for _ in range(3):
        assert [float(run(batch(**kind))) for kind in kinds] == wanted
    # The order of names is no kind of its own.
    assert len(traces) == len(kinds) - 1

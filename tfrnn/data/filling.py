"""Batches that hold rows of an array by their numbers until their turn comes.

Outside the graph of the pipeline: the array may be more than the memory holds.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from tfrnn.data.batch import Batch


def filled(batch: Batch, name: str, rows: np.ndarray) -> Batch:
    """Returns a batch with the rows in place of their numbers, inputs[name]."""
    found = tf.constant(rows[batch.inputs[name].numpy()])
    return batch._replace(inputs=batch.inputs | {name: found})


class Filled:
    """Batches as `filled` makes them, each when its turn comes."""

    def __init__(self, batches: Iterable[Batch], name: str, rows: np.ndarray):
        self.batches, self.name, self.rows = batches, name, rows

    def __iter__(self) -> Iterator[Batch]:
        return (filled(batch, self.name, self.rows) for batch in self.batches)

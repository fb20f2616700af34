"""One step of a recurrent model as arrays in and arrays out: what small runtimes can run.

A loop around it is a few lines in any language; the state goes in and comes out, so that a stream
can be stopped and gone on with.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from tfrnn.export.runtimes import Run

STEPS = 24  # that a converted model is compared over


class Step:
    """The step of a model of characters, one text at a time.

    inputs: name -> shape and dtype: ids (1,) int32, and state_0, state_1, ... (1, units) float32,
    zeros at first. outputs: names in their order: logits (1, vocab), then next_state_0 and so on.

    Args:
        model: Built, with `initial_state`, `table` and `step` as `models.char_rnn.CharRNN` has.
    """

    def __init__(self, model: keras.Model):
        self._model = model
        self._start = model.initial_state(1)
        self._table = model.table().numpy()
        states = tf.nest.flatten(self._start)
        self.states = [f"state_{n}" for n in range(len(states))]
        self.outputs = ["logits", *(f"next_{name}" for name in self.states)]
        self.inputs = {"ids": tf.TensorSpec([1], tf.int32, "ids")}
        for name, state in zip(self.states, states):
            self.inputs[name] = tf.TensorSpec(state.shape, tf.float32, name)

    def __call__(self, ids, *states):
        """Returns the logits and the states after an id, as a tuple in the order of `outputs`."""
        state = tf.nest.pack_sequence_as(self._start, states)
        logits, state = self._model.step(tf.constant(self._table), ids, state)
        # Named, and never the name of an input: converters look at both.
        found = (logits, *tf.nest.flatten(state))
        return tuple(tf.identity(x, name) for x, name in zip(found, self.outputs))

    def frozen(self) -> Callable:
        """Returns the step as one graph with the weights inside, loops and branches whole."""
        traced = tf.function(self, input_signature=[*self.inputs.values()], autograph=False)
        graph = traced.get_concrete_function()
        return convert_variables_to_constants_v2(graph, lower_control_flow=False)

    def zeros(self) -> dict[str, np.ndarray]:
        """Returns the states before the first id."""
        return {name: np.zeros(self.inputs[name].shape, np.float32) for name in self.states}

    def distance(self, run: Run) -> float:
        """Returns by how much another runtime's probabilities differ from the model's.

        Both read what the model finds likeliest, STEPS ids from the start, each with its own state.

        Args:
            run: What runs a converted step, see `tfrnn.export.runtimes`.

        Returns:
            The largest share of probability that is elsewhere, from 0 to 1.
        """
        mine, theirs, ids, worst = self.zeros(), self.zeros(), np.zeros([1], np.int32), 0.0
        for _ in range(STEPS):
            ours = [x.numpy() for x in self(tf.constant(ids), *map(tf.constant, mine.values()))]
            found = run({"ids": ids, **theirs})
            shares = [_softmax(x[0][0].astype(np.float64)) for x in (ours, found)]
            worst = max(worst, 0.5 * float(np.abs(shares[0] - shares[1]).sum()))
            mine, theirs = (dict(zip(self.states, x[1:])) for x in (ours, found))
            ids = ours[0].argmax(-1).astype(np.int32)
        return worst


def _softmax(logits):
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()

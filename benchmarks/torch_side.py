"""Training and writing in PyTorch, from the same weights as the others."""

import itertools
import timeit
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks.contenders import LEARNING_RATE, Learning
from benchmarks.machine import cores
from benchmarks.tasks import Task
from benchmarks.texts import VOCABULARY, writing_weights
from tfrnn.data.vocabulary import BOUNDARY

EPSILON = 1e-7  # of Keras' Adam
CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


class Model(torch.nn.Module):
    """Embedding, recurrent layers, linear layer: (batch, time) ids -> (batch, time, vocab)."""

    def __init__(self, task: Task, weights: Sequence[np.ndarray]):
        super().__init__()
        self.embed = torch.nn.Embedding(task.vocab, task.embed)
        self.recurrent = CELLS[task.cell](
            task.embed, task.units, task.layers, batch_first=True, bidirectional=task.both
        )
        self.linear = torch.nn.Linear(task.width, task.vocab)
        embedding, *middle, dense, bias = weights
        given = {self.embed.weight: embedding, self.linear.weight: dense.T, self.linear.bias: bias}
        ends = ["", "_reverse"][: 1 + task.both]
        places = [f"l{layer}{end}" for layer in range(task.layers) for end in ends]
        for i, place in enumerate(places):
            given |= self._of_layer(task.cell, place, middle[3 * i : 3 * i + 3])
        with torch.no_grad():
            for parameter, value in given.items():
                parameter.copy_(torch.from_numpy(np.array(value)))

    def forward(self, ids):
        return self.linear(self.recurrent(self.embed(ids))[0])

    def _of_layer(self, cell, place, weights):
        """Maps Keras' kernel, recurrent kernel and bias to the four parameters of PyTorch."""
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        parameters = [getattr(self.recurrent, f"{name}_{place}") for name in names]
        kernel, recurrent, bias = weights
        if cell == "gru":
            biases = [in_order_of_torch(row) for row in bias]
            values = [in_order_of_torch(kernel).T, in_order_of_torch(recurrent).T, *biases]
        else:
            values = [kernel.T, recurrent.T, bias, np.zeros_like(bias)]
            # A second bias that learns would make every step of their sum twice as long.
            parameters[3].requires_grad_(False)
        return dict(zip(parameters, values))


def in_order_of_torch(block: np.ndarray) -> np.ndarray:
    """Swaps the columns of a GRU from z, r, g to PyTorch's r, z, g."""
    z, r, g = np.split(block, 3, axis=-1)
    return np.concatenate([r, z, g], axis=-1)


def training(
    task: Task, weights: Sequence[np.ndarray], ids: np.ndarray, *, precision: str
) -> Learning:
    """Trains with PyTorch at its best: fused Adam, autocast for bfloat16."""
    # The trial's model is gone before the next one comes, which so takes no more memory.
    threads = fastest_threads(optimizing(task, weights, ids, precision).step)
    step, score = optimizing(task, weights, ids, precision)
    return Learning(in_threads(threads, step), score)


def optimizing(
    task: Task, weights: Sequence[np.ndarray], ids: np.ndarray, precision: str
) -> Learning:
    """Trains a new model, in as many threads as are set."""
    model = Model(task, weights)
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learning, LEARNING_RATE, fused=True)
    (group,) = optimizer.param_groups
    around = itertools.cycle(torch.from_numpy(ids.astype(np.int64)))
    count = itertools.count(1)

    def loss_of(batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            logits = model(batch[:, :-1]).float().flatten(0, 1)
        return torch.nn.functional.cross_entropy(logits, batch[:, 1:].flatten())

    def step():
        # Keras adds epsilon to the root of the moment as it is, PyTorch once it is corrected.
        group["eps"] = EPSILON / (1 - group["betas"][1] ** next(count)) ** 0.5
        loss = loss_of(next(around))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    @torch.inference_mode()
    def score(rows):
        return loss_of(torch.from_numpy(rows.astype(np.int64))).item()

    return Learning(step, score)


def writing_loop(task: Task, dtype: str) -> Callable[[], list[str]]:
    """Returns what writes `task.batch` texts of `task.steps` characters, PyTorch at its best.

    There are no gradients, and ids are read once at the end.
    """
    model = Model(task, writing_weights(task)).to(getattr(torch, dtype)).eval()

    @torch.inference_mode()
    def write(length=task.steps):
        ids, state, written = torch.full([task.batch, 1], BOUNDARY), None, []
        for _ in range(length):
            hidden, state = model.recurrent(model.embed(ids), state)
            probabilities = torch.softmax(model.linear(hidden[:, -1]).float(), -1)
            ids = torch.multinomial(probabilities, 1)
            written.append(ids)
        return [VOCABULARY.decode(row) for row in torch.cat(written, 1).numpy()]

    return in_threads(fastest_threads(lambda: write(16)), write)


def fastest_threads(trial: Callable[[], Any]) -> int:
    """Returns whether `trial` is faster in one thread or in as many as there are cores.

    Two threads may wait for each other for longer than they work: at small sizes, and on a busy
    machine for most of the time.
    """

    def timed(threads):
        torch.set_num_threads(threads)
        trial()
        return min(timeit.repeat(trial, number=1, repeat=3))

    return min({1, cores()}, key=timed)


def in_threads(threads: int, call: Callable[[], Any]) -> Callable[[], Any]:
    """Returns `call` in so many threads."""

    def call_so():
        torch.set_num_threads(threads)
        return call()

    return call_so

"""The batcher alone, over functions whose calls are seen."""

import asyncio
import threading

import numpy as np
import pytest
import tensorflow as tf

from tests.serving.toys import Limits, Metrics, Workers
from tfrnn.serving.batcher import Batcher
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.signatures import Signature, Spec

ROWS, WIDE = Spec(tf.float32, (None,)), Spec(tf.float32, (None, None))
SHARED = Signature("double", {"x": ROWS}, {"y": ROWS, "names": Spec(tf.string, (2,))}, {})
ALONE = Signature("free", {"x": WIDE}, {"z": WIDE}, {})


class Double:
    """Doubles; keeps what it was called with, and waits for `go` if told to."""

    def __init__(self, *, held=False):
        self.calls, self.go = [], threading.Event()
        if not held:
            self.go.set()

    def __call__(self, arrays):
        self.calls.append(arrays["x"].tolist())
        assert self.go.wait(20)
        if 13 in arrays["x"]:
            raise Refusal(400, "no thirteen")
        return {"y": 2 * arrays["x"], "names": np.array([b"a", b"b"], object)}


def made(call, signature=SHARED, threads=1, **limits):
    metrics = Metrics()
    workers = Workers(Limits(**limits), metrics, threads)
    return Batcher(call, signature, "toy", workers), workers


async def ask(batcher, workers, *numbers):
    inputs = {"x": np.array(numbers, np.float32)}
    async with workers.place():
        return await batcher.submit(inputs, len(numbers))


def all_of(batcher, workers, *questions):
    async def gathered():
        asked = [ask(batcher, workers, *numbers) for numbers in questions]
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(gathered())


def sample(workers, name):
    labels = {"model": "toy", "signature": "double"}
    return workers.metrics.registry.get_sample_value(name, labels)


def test_requests_at_the_same_time_run_together():
    double = Double()
    batcher, workers = made(double, wait=0.05)
    found = all_of(batcher, workers, [1], [2, 3], [4, 5])
    assert double.calls == [[1, 2, 3, 4, 5, 5, 5, 5]]  # up to eight, by copies of the last
    assert [answer["y"].tolist() for answer in found] == [[2], [4, 6], [8, 10]]
    assert all(answer["names"].tolist() == [b"a", b"b"] for answer in found)
    assert sample(workers, "tfrnn_batch_requests_sum") == 3
    assert sample(workers, "tfrnn_batch_requests_count") == 1
    assert sample(workers, "tfrnn_batch_rows_sum") == 5
    assert workers.metrics.registry.get_sample_value("tfrnn_requests_waiting") == 0


def test_a_batch_has_an_end():
    double = Double()
    batcher, workers = made(double, wait=0.05, batch=4)
    found = all_of(batcher, workers, [1, 2], [3, 4], [5], [6, 7, 8, 9, 10], [11])
    assert double.calls == [[1, 2, 3, 4], [5], [6, 7, 8, 9, 10, 10, 10, 10], [11]]
    assert [answer["y"].tolist()[0] for answer in found] == [2, 6, 10, 12, 22]


def test_what_one_does_wrong_no_other_pays_for():
    double = Double()
    batcher, workers = made(double, wait=0.05)
    one, thirteen, two = all_of(batcher, workers, [1], [13], [2])
    assert one["y"].tolist() == [2]
    assert two["y"].tolist() == [4]
    assert thirteen.status == 400
    assert double.calls == [[1, 13, 2, 2], [1], [13], [2]]


def test_inputs_of_other_shapes_run_apart():
    class Sum(Double):
        def __call__(self, arrays):
            self.calls.append(arrays["x"].shape)
            return {"y": arrays["x"].sum(1), "names": np.array([b"a", b"b"], object)}

    wide = Signature("double", {"x": WIDE}, SHARED.outputs, {})
    double = Sum()
    batcher, workers = made(double, wide, wait=0.05)
    found = all_of(batcher, workers, [[1, 2]], [[1, 2, 3]], [[3, 4]])
    assert sorted(double.calls) == [(1, 3), (2, 2)]
    assert [answer["y"].tolist() for answer in found] == [[3], [6], [7]]


def test_a_signature_whose_padding_is_not_known_runs_alone():
    class Same(Double):
        def __call__(self, arrays):
            self.calls.append(arrays["x"].shape)
            return {"z": arrays["x"]}

    double = Same()
    batcher, workers = made(double, ALONE)
    found = all_of(batcher, workers, [[1], [2], [3]], [[4]])
    assert double.calls == [(3, 1), (1, 1)]  # nor are rows added
    assert found[0]["z"].tolist() == [[1], [2], [3]]


def test_a_full_queue_says_so_at_once():
    double = Double(held=True)
    batcher, workers = made(double, queue=2, wait=0.001)

    async def crowd():
        asked = [asyncio.create_task(ask(batcher, workers, number)) for number in range(4)]
        done, waiting = await asyncio.wait(asked, timeout=0.2)
        assert len(waiting) == 2
        double.go.set()
        return done, [await task for task in waiting]

    done, answered = asyncio.run(crowd())
    assert [(task.exception().status, task.exception().headers) for task in done] == [
        (429, {"Retry-After": "1"})
    ] * 2
    assert sorted(answer["y"].tolist() for answer in answered) == [[0], [2]]


def test_a_deadline_is_kept_and_what_waits_for_nobody_is_not_run():
    double = Double(held=True)
    batcher, workers = made(double, deadline=0.2, wait=0.001)

    async def late():
        first = asyncio.create_task(ask(batcher, workers, 1))
        await asyncio.sleep(0.1)
        refused = await asyncio.gather(first, ask(batcher, workers, 2), return_exceptions=True)
        double.go.set()
        return refused, await ask(batcher, workers, 3)

    refused, answer = asyncio.run(late())
    assert [error.status for error in refused] == [504, 504]
    assert answer["y"].tolist() == [6]
    assert double.calls == [[1], [3]]


def test_a_batch_gathers_while_the_threads_are_busy():
    double = Double(held=True)
    batcher, workers = made(double, wait=0.001)

    async def busy():
        first = asyncio.create_task(ask(batcher, workers, 1))
        await asyncio.sleep(0.1)
        others = [asyncio.create_task(ask(batcher, workers, number)) for number in (2, 3, 4, 5)]
        await asyncio.sleep(0.1)
        double.go.set()
        await asyncio.gather(first, *others)

    asyncio.run(busy())
    assert double.calls == [[1], [2, 3, 4, 5]]


@pytest.mark.parametrize(
    ("inputs", "outputs", "shares"),
    [
        ({"x": ROWS}, {"y": ROWS}, True),
        ({"x": WIDE}, {"y": ROWS}, True),
        ({"x": ROWS, "n": Spec(tf.int32, ())}, {"y": ROWS}, False),
        ({"x": Spec(tf.float32, None)}, {"y": ROWS}, False),
        ({"x": Spec(tf.float32, (4,))}, {"y": ROWS}, False),
        ({"x": ROWS}, {"y": WIDE}, False),
        ({"x": ROWS}, {"y": Spec(tf.float32, None)}, False),
        ({"x": ROWS}, {"y": ROWS, "names": Spec(tf.string, (7,))}, True),
        ({"x": ROWS}, dict.fromkeys(("words", "tags", "probabilities"), WIDE), True),
    ],
)
def test_what_can_share_a_batch(inputs, outputs, shares):
    assert Signature("x", inputs, outputs, {}).shares_batches == shares

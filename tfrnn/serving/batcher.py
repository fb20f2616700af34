"""Requests that come at the same time, run together: rows in, rows dealt back."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import NamedTuple

import numpy as np

from tfrnn.serving.limits import Limits
from tfrnn.serving.metrics import Metrics
from tfrnn.serving.padding import cut
from tfrnn.serving.refusal import Refusal
from tfrnn.serving.signatures import Signature

Arrays = Mapping[str, np.ndarray]


class Workers:
    """The threads that run models, and the queue before them.

    All methods are called in the event loop, but what `run` is given runs in a thread.

    Args:
        limits: How many may wait, and how long.
        metrics: Where that is counted.
        threads: How many models run at a time; TensorFlow shares each out over the cores.
    """

    def __init__(self, limits: Limits, metrics: Metrics, threads: int = 2):
        self.limits, self.metrics = limits, metrics
        self.free = asyncio.Semaphore(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="model")
        self._inside = 0

    @asynccontextmanager
    async def place(self):
        """Takes a place in the queue for as long as a request needs an answer.

        Raises:
            Refusal: 429, if there is none; 504, if it takes longer than the deadline.
        """
        if self._inside >= self.limits.queue:
            raise Refusal(429, "too many requests are waiting; try again.", {"Retry-After": "1"})
        self._inside += 1
        self.metrics.waiting.set(self._inside)
        try:
            async with asyncio.timeout(self.limits.deadline):
                yield
        except TimeoutError:
            seconds = f"{self.limits.deadline:g} seconds"
            raise Refusal(504, f"it takes longer than {seconds}; ask for less.") from None
        finally:
            self._inside -= 1
            self.metrics.waiting.set(self._inside)

    async def run(self, function: Callable, *args):
        """Runs a function in a thread, when one is free."""
        async with self.free:
            return await self.run_now(function, *args)

    async def run_now(self, function: Callable, *args):
        """Runs a function in a thread; the caller holds `free`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def close(self) -> None:
        """Ends the threads when they have done what they are doing."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class _Job(NamedTuple):
    inputs: Arrays
    rows: int
    done: asyncio.Future


class Batcher:
    """Runs one signature for whoever asks.

    While all threads are busy requests gather, and those whose inputs have one shape but for the
    rows run together. What fails together is run again one by one, so that nobody fails for
    another's input. The rows are padded to a power of two with copies of the last: few shapes are
    compiled, and a copy is no input that a model has not met.

    Args:
        call: Arrays by name -> outputs by name, in any thread.
        signature: What it takes and gives.
        model: Its name, for the metrics.
        workers: Where it runs.
    """

    def __init__(
        self,
        call: Callable[[Arrays], dict[str, np.ndarray]],
        signature: Signature,
        model: str,
        workers: Workers,
    ):
        self._call, self._signature, self._workers = call, signature, workers
        metrics, labels = workers.metrics, (model, signature.name)
        self._requests = metrics.batch_requests.labels(*labels)
        self._rows = metrics.batch_rows.labels(*labels)
        self._waiting: dict[tuple, deque[_Job]] = {}
        self._tasks: set[asyncio.Task] = set()

    async def submit(self, inputs: Arrays, rows: int) -> dict[str, np.ndarray]:
        """Returns the outputs of one request, which holds a place in the queue.

        Raises:
            Exception: What the model makes of these inputs.
        """
        job = _Job(inputs, rows, asyncio.get_running_loop().create_future())
        key = tuple((name, value.shape[1:]) for name, value in sorted(inputs.items()))
        if key in self._waiting:
            self._waiting[key].append(job)
        else:
            self._waiting[key] = deque([job])
            self._start(self._gather(key))
        return await job.done

    def _start(self, coroutine) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)  # or it might be collected while it runs
        task.add_done_callback(self._tasks.discard)

    async def _gather(self, key: tuple) -> None:
        """Sends batches off until nobody waits with inputs of this shape."""
        waiting = self._waiting[key]
        while waiting:
            if self._signature.shares_batches:
                await asyncio.sleep(self._workers.limits.wait)
            await self._workers.free.acquire()
            self._start(self._run(self._take(waiting)))
        del self._waiting[key]

    def _take(self, waiting: deque[_Job]) -> list[_Job]:
        taken: list[_Job] = []
        most = self._workers.limits.batch if self._signature.shares_batches else 0
        while waiting:
            rows = sum(job.rows for job in taken) + waiting[0].rows
            if taken and rows > most:
                break
            job = waiting.popleft()
            if not job.done.done():  # given up meanwhile
                taken.append(job)
        return taken

    async def _run(self, jobs: list[_Job]) -> None:
        try:
            found = await self._workers.run_now(self._together, jobs) if jobs else []
        finally:
            self._workers.free.release()
        for job, result in zip(jobs, found):
            if job.done.done():
                continue
            if isinstance(result, Exception):
                job.done.set_exception(result)
            else:
                job.done.set_result(result)

    def _together(self, jobs: list[_Job]) -> list[dict[str, np.ndarray] | Exception]:
        try:
            found = self._share(jobs) if self._signature.shares_batches else self._alone(jobs)
        except Exception as error:
            return [error] if len(jobs) == 1 else [self._together([job])[0] for job in jobs]
        self._requests.observe(len(jobs))
        self._rows.observe(sum(job.rows for job in jobs))
        return found

    def _alone(self, jobs: list[_Job]) -> list[dict[str, np.ndarray]]:
        return [cut(self._call(job.inputs)) for job in jobs]

    def _share(self, jobs: list[_Job]) -> list[dict[str, np.ndarray]]:
        outputs = self._call(_padded([job.inputs for job in jobs]))
        specs, found, first = self._signature.outputs, [], 0
        for job in jobs:
            part = slice(first, first + job.rows)
            mine = {k: v[part] if specs[k].has_rows else v for k, v in outputs.items()}
            found.append(cut(mine))
            first += job.rows
        return found


def _padded(parts: Sequence[Arrays]) -> dict[str, np.ndarray]:
    """Puts rows of several requests below each other, and copies of the last up to a power of 2."""
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows = len(next(iter(whole.values())))
    missing = (1 << (rows - 1).bit_length()) - rows
    return {name: np.concatenate([x, np.repeat(x[-1:], missing, 0)]) for name, x in whole.items()}

"""One model in one form, asked in a process of its own: what it says, and what that takes."""

import json
import statistics
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import machine
from benchmarks.questions import LENGTH, QUESTIONS


class Found(NamedTuple):
    """What came of it.

    load, request: Seconds. memory: MB once it is loaded; None where another process has it.
    answer: As text, to be compared.
    """

    load: float | None
    request: float
    memory: float | None
    answer: str


def timed(load: Callable[[], Callable[[], str]], calls: int) -> Found:
    """Loads, asks twice, then asks `calls` times and takes the median."""
    began = time.perf_counter()
    ask = load()
    loaded = time.perf_counter() - began
    ask()
    answer, seconds = ask(), []
    for _ in range(calls):
        began = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - began)
    return Found(loaded, statistics.median(seconds), machine.memory().get("now"), answer)


def of_folder(name: str, folder: str, calls: int) -> Found:
    """Asks a run or an exported model as generate.py does."""
    question = QUESTIONS[name]
    return timed(lambda: partial(question.ask, question.open(Path(folder))), calls)


def of_step(kind: str, file: str, calls: int) -> Found:
    """Writes with the step of a .tflite or .onnx file."""
    from tfrnn.export.runtimes import run_litert, run_onnx

    open_file = {"litert": run_litert, "onnx": run_onnx}[kind]

    def load():
        card, run = json.loads(Path(f"{file}.json").read_text("utf-8")), open_file(Path(file))
        return lambda: _written(run, card)

    return timed(load, calls)


def of_server(name: str, url: str, calls: int) -> Found:
    """Asks a server that has loaded the model already, by the address of its :predict."""
    question = QUESTIONS[name]
    body = json.dumps(question.request()).encode()

    def ask() -> str:
        asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked) as reply:
            return question.read(json.load(reply))

    return timed(lambda: ask, calls)._replace(memory=None)


def _written(run, card) -> str:
    states = {name: np.zeros(shape, np.float32) for name, shape in card["states"].items()}
    written, last = [], 0
    while len(written) < LENGTH:
        logits, *after = run({"ids": np.array([last], np.int32), **states})
        states, last = dict(zip(states, after)), int(np.argmax(logits[0]))
        if last == 0:
            break
        written.append(card["characters"][last])
    return "".join(written)

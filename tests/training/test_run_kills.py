"""F01: a run killed at random times and resumed each time ends as if it had never been killed."""

import random
import time

import numpy as np
import pytest

from tests.training.faults import pipe, quick_place, start
from tfrnn.training.checkpoint import prune, restore, save
from tfrnn.training.checkpoint_files import MANIFEST
from tfrnn.training.metrics_log import MetricsLog
from tfrnn.training.run_lock import run_lock

EVERY = 3


def train(folder, steps, writer):
    """A small trainer, as exact as the real one: step k is a function of the state and k."""
    with run_lock(folder):
        found = restore(folder)
        step = found.step if found else 0
        kernel = found.arrays["kernel"] if found else np.zeros((64, 64), np.float32)
        best = found.meta["best"] if found else None
        writer.send(step)
        with MetricsLog(folder / "metrics.jsonl", step or None) as log:
            while step < steps:
                step += 1
                noise = np.random.default_rng(step).normal(size=kernel.shape)
                kernel = (0.9 * kernel + noise).astype(np.float32)
                loss = float(np.abs(kernel).mean())
                best = loss if best is None else min(best, loss)
                log.append(step, {"loss": loss})
                if step % EVERY == 0:
                    log.sync()
                    save(folder, step, {"kernel": kernel}, {"best": best})
                    prune(folder, keep=2)
                    writer.send(step)


def run_once(folder, steps, saves=None, seconds=0.0):
    """Trains, and kills `seconds` after so many saves; returns the steps that were told."""
    reader, writer = pipe()
    process = start(train, folder, steps, writer)
    writer.close()
    told = []
    with reader:
        try:
            while True:
                told.append(reader.recv())
                if len(told) - 1 == saves:
                    time.sleep(seconds)
                    process.kill()
        except EOFError:
            process.join()
    return told


def survive(place, kills):
    """Compares a run killed that often with one that was left alone; returns how many hit."""
    steps = 7 * EVERY * kills
    run_once(place / "whole", steps)
    clock, acknowledged, hits = random.Random(0), 0, 0
    for _ in range(kills):
        saves, seconds = clock.randrange(5), clock.uniform(0, 0.004)
        resumed, *saved = run_once(place / "killed", steps, saves, seconds)
        assert resumed >= acknowledged
        acknowledged = max([resumed, *saved])
        hits += acknowledged < steps
    run_once(place / "killed", steps)
    name = f"step-{steps:08d}/{MANIFEST}"
    assert (place / "killed" / name).read_bytes() == (place / "whole" / name).read_bytes()
    log = (place / "killed" / "metrics.jsonl").read_bytes()
    assert log == (place / "whole" / "metrics.jsonl").read_bytes()
    assert log.count(b"\n") == steps
    assert sorted(p.name for p in (place / "killed").iterdir()) == sorted(
        p.name for p in (place / "whole").iterdir()
    )
    return hits


def test_some_kills(tmp_path):
    with quick_place(tmp_path) as place:
        assert survive(place, kills=4) == 4


@pytest.mark.slow
def test_many_kills(tmp_path):
    assert survive(tmp_path, kills=200) == 200

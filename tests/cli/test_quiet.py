"""A quiet TensorFlow, in a process of its own each time."""

import os
import subprocess
import sys

import pytest

USE = """
import sys
from tfrnn.cli.quiet import prepare

prepare(debug="--debug" in sys.argv)

import keras, tensorflow as tf, warnings

@tf.function(jit_compile=True)
def total(x):
    return tf.reduce_sum(x @ x)

warnings.warn("a library warns")
tf.get_logger().warning("TensorFlow warns")
print(int(total(tf.ones((4, 4)))))
"""

FAULTS = """
import resource
import numpy as np
from tfrnn.cli.quiet import tune_malloc

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        np.ones(1 << 23)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
untuned = faults()
done = tune_malloc()
faults()
print(done, untuned, faults())
"""

SHARDS = """
from tfrnn.cli.quiet import prepare

prepare()

import tensorflow as tf

for rows in range(800, 900):  # each has a function of its own, which both shards call at once
    part = tf.function(lambda x: tf.reduce_logsumexp(x, -1), jit_compile=True, autograph=False)
    both = tf.function(lambda a, b: part(a) + part(b), autograph=False)
    x = tf.reshape(tf.range(rows * 83, dtype=tf.float32), [rows, 83])
    for _ in range(6):
        both(x, x + 1)
print("fine")
"""


def python(code: str, *argv: str) -> subprocess.CompletedProcess:
    # pytest's own environment is quiet already, which would hide what is tested here.
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-c", code, *argv],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )


def test_nothing_but_results_is_printed():
    ran = python(USE)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "64\n", "")


def test_debug_shows_everything():
    ran = python(USE, "--debug")

    assert ran.stdout == "64\n"
    assert "a library warns" in ran.stderr
    assert "TensorFlow warns" in ran.stderr


def test_what_a_failing_import_wrote_is_shown():
    ran = python(
        "import os, tfrnn.cli.quiet as quiet\n"
        "def load():\n"
        "    os.write(2, b'needs AVX\\n')\n"
        "    raise ImportError('no TensorFlow')\n"
        "quiet._load = load\n"
        "quiet.prepare()"
    )

    assert "needs AVX" in ran.stderr
    assert "ImportError: no TensorFlow" in ran.stderr


def test_nothing_is_imported_before_it_is_wanted():
    ran = python("import sys, tfrnn.cli.quiet; print('tensorflow' in sys.modules)")

    assert ran.stdout == "False\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's settings")
def test_large_blocks_are_kept_once_memory_is_tuned():
    ran = python(FAULTS)

    done, untuned, tuned = ran.stdout.split()
    if done == "False":
        pytest.skip("another C library")
    # 640 MB in pages, of 4 kB or, where the kernel joins them, of 2 MB: at least 320.
    assert int(untuned) >= 320
    assert int(tuned) < int(untuned) / 10


def test_other_systems_are_left_alone(monkeypatch):
    import tfrnn.cli.quiet as quiet

    def unknown(name):
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(quiet.os, "confstr", unknown)

    assert quiet.tune_malloc() is False


def test_two_shards_may_call_a_compiled_function_at_once():
    ran = python(SHARDS)

    assert (ran.returncode, ran.stdout) == (0, "fine\n")


@pytest.mark.parametrize(
    ("given", "installed", "wanted"),
    [
        ("", "2.21.0", "--xla_cpu_experimental_ynn_fusion_type="),
        ("--a=1", "2.21.0", "--a=1 --xla_cpu_experimental_ynn_fusion_type="),
        ("--xla_cpu_experimental_ynn_fusion_type=X", "2.21.0",
         "--xla_cpu_experimental_ynn_fusion_type=X"),
        ("", "2.22.0", ""),
    ],
)  # fmt: skip
def test_what_the_user_set_of_xla_stays(monkeypatch, given, installed, wanted):
    import tfrnn.cli.quiet as quiet

    monkeypatch.setattr(quiet, "_tensorflow", lambda: installed)
    monkeypatch.setenv("XLA_FLAGS", given)

    quiet.avoid_ynn()

    assert os.environ["XLA_FLAGS"] == wanted
